/** The logs of a host as its writes make them, in memory: what a store should hold. Replaced, never changed. */
import {
  entryBytes,
  type GroupIdentity,
  type GroupWrite,
  isSpecial,
  type LogEntry,
  type LogStore,
  type LogWrite,
  type OpenedLog,
} from '@rafted/contracts'

export interface LogHead extends GroupIdentity {
  readonly removedAt: number | null
  readonly term: number
  readonly vote: string | null
  readonly base: OpenedLog['base']
  readonly lostTo: number | null
}

/** So many entries may be kept that no log has any more. */
const FORGOTTEN = 1024

/** A log after one of its writes. Those after one another share their entries, so that a write costs what it writes. */
export class WrittenLog {
  readonly incarnation: string
  readonly member: string
  readonly removedAt: number | null
  readonly term: number
  readonly vote: string | null
  readonly base: OpenedLog['base']
  readonly lostTo: number | null
  /** Of this log are the first `#end`, from `#begin` on. What stands behind them is of later ones. */
  readonly #shared: LogEntry[]
  readonly #begin: number
  readonly #end: number
  #entries: readonly LogEntry[] | null = null

  constructor(head: LogHead, shared: LogEntry[] = [], begin = 0, end: number = shared.length) {
    this.incarnation = head.incarnation
    this.member = head.member
    this.removedAt = head.removedAt
    this.term = head.term
    this.vote = head.vote
    this.base = head.base
    this.lostTo = head.lostTo
    this.#shared = shared
    this.#begin = begin
    this.#end = end
  }

  get entries(): readonly LogEntry[] {
    this.#entries ??= this.#shared.slice(this.#begin, this.#end)
    return this.#entries
  }

  /** How many entries it has. */
  get count(): number {
    return this.#end - this.#begin
  }

  /** Index of the last entry; that of the base if it has none. */
  get last(): number {
    return this.base.index + this.count
  }

  /** The entry at `index`, if it has one. */
  at(index: number): LogEntry | undefined {
    const place = this.#begin + index - this.base.index - 1
    return place >= this.#begin && place < this.#end ? this.#shared[place] : undefined
  }

  /** The log after a write. */
  written({ term, vote, reset, truncateFrom, entries: added, lostTo = this.lostTo }: LogWrite): WrittenLog {
    const base = reset === null ? this.base : { index: reset.index, term: reset.term }
    let shared = this.#shared
    let begin = reset === null ? this.#begin : this.#end
    let end = this.#end
    if (truncateFrom !== null)
      end = Math.max(begin, Math.min(end, begin + Math.max(0, truncateFrom - base.index - 1)))
    if (added.length > 0) {
      // Others have gone on from here in another way, or most of what is shared has been forgotten.
      if (end !== shared.length || begin > FORGOTTEN + end - begin) {
        shared = shared.slice(begin, end)
        begin = 0
      }
      for (const entry of added) shared.push(entry)
      end = shared.length
    }
    return new WrittenLog({ ...this.#head(), term, vote, base, lostTo }, shared, begin, end)
  }

  /** The log without its entries up to there, if it has that one. */
  compacted({ index, term }: OpenedLog['base']): WrittenLog {
    if (index <= this.base.index || this.at(index)?.term !== term) return this
    const begin = this.#begin + index - this.base.index
    return new WrittenLog({ ...this.#head(), base: { index, term } }, this.#shared, begin, this.#end)
  }

  /** The log when all behind `last` is lost. */
  lost(last: number, lostTo: number): WrittenLog {
    const end = this.#begin + Math.max(0, last - this.base.index)
    return new WrittenLog({ ...this.#head(), lostTo }, this.#shared, this.#begin, end)
  }

  removed(removedAt: number): WrittenLog {
    return new WrittenLog({ ...this.#head(), removedAt }, this.#shared, this.#begin, this.#end)
  }

  #head(): LogHead {
    const { incarnation, member, removedAt, term, vote, base, lostTo } = this
    return { incarnation, member, removedAt, term, vote, base, lostTo }
  }
}

/** By group. */
export type WrittenLogs = ReadonlyMap<string, WrittenLog>

/** One call of a log store. */
export type LogsChange = (logs: WrittenLogs) => WrittenLogs

export function create(group: string, { incarnation, member }: GroupIdentity): LogsChange {
  const base = { index: 0, term: 0 }
  const log = new WrittenLog({
    incarnation,
    member,
    removedAt: null,
    term: 0,
    vote: null,
    base,
    lostTo: null,
  })
  return (logs) => (logs.has(group) ? logs : new Map(logs).set(group, log))
}

export function write(writes: readonly GroupWrite[]): LogsChange {
  return (logs) => {
    const next = new Map(logs)
    for (const { group, write } of writes) {
      const log = next.get(group)
      if (log !== undefined) next.set(group, log.written(write))
    }
    return next
  }
}

export function compact(group: string, upTo: OpenedLog['base']): LogsChange {
  return changeOf(group, (log) => log.compacted(upTo))
}

export function markRemoved(group: string, removedAt: number): LogsChange {
  return changeOf(group, (log) => log.removed(removedAt))
}

export function remove(group: string): LogsChange {
  return (logs) => {
    const next = new Map(logs)
    next.delete(group)
    return next
  }
}

function changeOf(group: string, change: (log: WrittenLog) => WrittenLog): LogsChange {
  return (logs) => {
    const log = logs.get(group)
    return log === undefined ? logs : new Map(logs).set(group, change(log))
  }
}

/**
 * Everything that a store holds. @throws {Error} if what `open` says of a log is not what `read` gives of it.
 * @param written what was written there, which stands for entries that are damaged, in a store that may have some.
 */
export async function logsIn(store: LogStore, written: WrittenLogs | null = null): Promise<WrittenLogs> {
  const logs = new Map<string, WrittenLog>()
  for (const group of await store.groups()) {
    const opened = await store.open(group)
    if (opened === null) throw new Error(`group "${group}" is listed and has no log`)
    const { incarnation, member, removedAt, term, vote, base, lostTo } = opened
    const entries = await entriesIn(store, group, opened, written?.get(group))
    const fault = faultOf(opened, entries)
    if (fault !== null) throw new Error(`the log of "${group}" says of itself what is not true: ${fault}`)
    logs.set(
      group,
      new WrittenLog({ incarnation, member, removedAt, term, vote, base, lostTo }, [...entries]),
    )
  }
  return logs
}

async function entriesIn(
  store: LogStore,
  group: string,
  { base, last, damaged }: OpenedLog,
  written: WrittenLog | undefined,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  const read = async (from: number, to: number): Promise<void> => {
    if (from <= to) entries.push(...(await store.read(group, from, to - from + 1, Number.MAX_SAFE_INTEGER)))
  }
  let next = base.index + 1
  for (const { from, to } of written === undefined ? [] : damaged) {
    await read(next, from - 1)
    for (let index = from; index <= to; index++) {
      if ((await store.read(group, index, 1, 0)).length > 0)
        throw new Error(`entry ${index} is damaged, and is read`)
      const entry = written!.at(index)
      if (entry !== undefined) entries.push(entry)
    }
    next = to + 1
  }
  await read(next, last)
  return entries
}

function faultOf(
  { base, last, damaged, runs, special, lastTime }: OpenedLog,
  entries: readonly LogEntry[],
): string | null {
  if (entries.some(({ index }, i) => index !== base.index + 1 + i) || entries.length !== last - base.index)
    return `entries ${base.index + 1} to ${last}`
  let next = base.index + 1
  for (const [i, run] of runs.entries()) {
    const end = runs[i + 1]?.first ?? last + 1
    const held = entries.slice(next - base.index - 1, end - base.index - 1)
    const bytes = held.reduce((sum, { payload }) => sum + entryBytes(payload), 0)
    // Of a stretch of damaged entries that was cut what is left is not known so well.
    const isKnown = !damaged.some(({ from, to }) => from < end && to >= next)
    if (run.first !== next || (isKnown && (run.bytes !== bytes || run.time !== held.at(-1)?.time)))
      return `the run from ${run.first} on`
    if (held.some(({ term }) => term !== run.term)) return `term ${run.term} from ${run.first} on`
    next = end
  }
  if (next !== last + 1) return `runs up to ${next - 1} of ${last}`
  const expected = entries.filter(({ kind }) => isSpecial(kind))
  if (special.length !== expected.length || !special.every((entry, i) => isSame(entry, expected[i]!)))
    return 'its configurations and settings'
  if (damaged.at(-1)?.to === last) return null
  return lastTime === (entries.at(-1)?.time ?? 0) ? null : `its last time ${lastTime}`
}

/** A log that has lost entries, and says so: it is the beginning of what was written. It may have lost some before, and say that still. */
function asLost(found: WrittenLog, written: WrittenLog): WrittenLog {
  const last = written.base.index + written.count
  const isSaid = found.lostTo !== null && found.lostTo >= Math.max(last, written.lostTo ?? 0)
  if (!isSaid || found.base.index + found.count >= last) return written
  return written.lost(found.base.index + found.count, found.lostTo)
}

/** What differs, or null. @param mayLack whether logs may have lost entries, if they say so. */
export function differenceOf(found: WrittenLogs, expected: WrittenLogs, mayLack = false): string | null {
  for (const group of new Set([...expected.keys(), ...found.keys()])) {
    const a = found.get(group)
    const written = expected.get(group)
    const b = mayLack && a !== undefined && written !== undefined ? asLost(a, written) : written
    if (a === undefined || b === undefined) return `"${group}" is ${textOf(a)}, not ${textOf(b)}`
    if (!isSameHead(a, b) || a.count !== b.count) return `"${group}" is ${textOf(a)}, not ${textOf(b)}`
    const { entries: held } = a
    const { entries: wanted } = b
    const at = held.findIndex((entry, i) => !isSame(entry, wanted[i]!))
    if (at !== -1) return `"${group}" has ${textOfEntry(held[at]!)}, not ${textOfEntry(wanted[at]!)}`
  }
  return null
}

function isSameHead(a: LogHead, b: LogHead): boolean {
  return (
    a.incarnation === b.incarnation &&
    a.member === b.member &&
    a.removedAt === b.removedAt &&
    a.term === b.term &&
    a.vote === b.vote &&
    a.lostTo === b.lostTo &&
    a.base.index === b.base.index &&
    a.base.term === b.base.term
  )
}

export function isSame(a: LogEntry, b: LogEntry): boolean {
  return (
    a === b ||
    (a.index === b.index &&
      a.term === b.term &&
      a.kind === b.kind &&
      a.time === b.time &&
      isSameBytes(a.payload, b.payload))
  )
}

/** Most are so short that a call into the engine would take longer than the comparison. */
const SHORT_BYTES = 64

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  if (a.length > SHORT_BYTES) return Buffer.compare(a, b) === 0
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function textOf(log: WrittenLog | undefined): string {
  if (log === undefined) return 'no log'
  const { member, term, vote, base, removedAt, lostTo, entries } = log
  const lost = lostTo === null ? '' : `, lost up to ${lostTo}`
  const removed = removedAt === null ? '' : `, removed at ${removedAt}`
  const held = entries.length === 0 ? 'no entries' : `entries up to ${textOfEntry(entries.at(-1)!)}`
  return `the log of member ${member.slice(0, 6)} at term ${term} with vote ${vote?.slice(0, 6)}, base ${base.index}/${base.term}, ${held}${removed}${lost}`
}

function textOfEntry({ index, term, kind, payload }: LogEntry): string {
  return `${index}/${term} (kind ${kind}, ${payload.length} bytes)`
}
