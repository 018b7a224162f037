/** Logs in memory: as durable as the process. */
import {
  entryBytes,
  type GroupIdentity,
  type GroupWrite,
  isSpecial,
  type LogEntry,
  type LogStore,
  type LogWrite,
  type OpenedLog,
  RaftedError,
  type Room,
} from '@rafted/contracts'
import { notDamaged } from './not-damaged.ts'
import { PackedEntries } from './packed-entries.ts'
import { runsOf } from './runs.ts'
import { faultOf } from './write-fault.ts'

type Position = OpenedLog['base']

interface MemoryLog extends GroupIdentity {
  removedAt: number | null
  term: number
  vote: string | null
  base: Position
  lostTo: number | null
  /** Those after `base`. */
  entries: PackedEntries
}

/** What outlives one opening of the store. */
export interface MemoryLogs {
  readonly byGroup: Map<string, MemoryLog>
  bytes: number
  /** The store that may use them. */
  opening: MemoryLogStore | null
}

/** One opening of logs in memory. */
export class MemoryLogStore implements LogStore {
  readonly durableAtOnce = true
  readonly #kept: MemoryLogs
  readonly #logs: Map<string, MemoryLog>
  readonly #quota: number
  /** The write that was refused: as after an I/O error, nothing works from then on. */
  #failure: RaftedError | null = null

  /** @param quota bytes of entries at which `room` says `full`; `low` from nine tenths on. */
  constructor(kept: MemoryLogs, quota: number) {
    this.#kept = kept
    this.#logs = kept.byGroup
    this.#quota = quota
    kept.opening = this
  }

  async groups(): Promise<readonly string[]> {
    this.#check()
    return [...this.#logs.keys()]
  }

  async create(group: string, identity: GroupIdentity): Promise<void> {
    this.#check()
    if (this.#logs.has(group))
      throw new RaftedError('already-exists', `Group "${group}" has a log here already.`, {
        outcome: 'not-applied',
      })
    const { incarnation, member } = identity
    const base = { index: 0, term: 0 }
    this.#logs.set(group, {
      incarnation,
      member,
      removedAt: null,
      term: 0,
      vote: null,
      base,
      lostTo: null,
      entries: new PackedEntries(base.index),
    })
  }

  async open(group: string): Promise<OpenedLog | null> {
    this.#check()
    const log = this.#logs.get(group)
    if (log === undefined) return null
    const { incarnation, member, removedAt, term, vote, base, lostTo } = log
    const entries = listOf(log.entries, base.index + 1, log.entries.last)
    return {
      incarnation,
      member,
      removedAt,
      term,
      vote,
      base,
      runs: runsOf(entries),
      last: log.entries.last,
      special: entries.filter(({ kind }) => isSpecial(kind)),
      lastTime: entries.at(-1)?.time ?? 0,
      damaged: [],
      lostTo,
    }
  }

  // Not `async`, so that it costs no more than the entries it keeps.
  write(writes: readonly GroupWrite[]): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== null) return Promise.reject(refusal)
    for (const { group, write } of writes) {
      const log = this.#logs.get(group)
      if (log === undefined) return this.#fail(group, 'it has no log here')
      const { removedAt, base, entries } = log
      const fault = faultOf({ removedAt, base, last: entries.last }, write)
      if (fault !== null) return this.#fail(group, fault)
      this.#apply(log, write)
    }
    return Promise.resolve()
  }

  /** A write that doesn't fit its log is an error of whoever made it. Nobody should build on what stands here then. */
  #fail(group: string, why: string): Promise<never> {
    const message = `The write for group "${group}" can't be carried out: ${why}. Open the storage anew.`
    // `unknown`: the writes before it in the same call stand.
    this.#failure = new RaftedError('storage-failed', message, { outcome: 'unknown' })
    return Promise.reject(this.#failure)
  }

  #apply(log: MemoryLog, { term, vote, reset, truncateFrom, entries, lostTo = log.lostTo }: LogWrite): void {
    log.term = term
    log.vote = vote
    log.lostTo = lostTo
    const before = log.entries.bytes
    if (reset !== null) {
      log.entries = new PackedEntries(reset.index)
      log.base = { index: reset.index, term: reset.term }
    }
    if (truncateFrom !== null) log.entries.truncate(truncateFrom)
    for (let i = 0; i < entries.length; i++) log.entries.push(entries[i]!)
    this.#kept.bytes += log.entries.bytes - before
  }

  async read(group: string, from: number, count: number, maxBytes: number): Promise<readonly LogEntry[]> {
    this.#check()
    const log = this.#log(group)
    if (from <= log.base.index) return []
    const last = Math.min(log.entries.last, from + count - 1)
    const found: LogEntry[] = []
    for (let index = from, left = maxBytes; index <= last; index++) {
      const entry = log.entries.get(index)
      left -= entryBytes(entry.payload)
      if (left < 0 && index > from) break
      found.push(entry)
    }
    return found
  }

  /** What is in memory is never damaged. */
  async restore(group: string, entries: readonly LogEntry[]): Promise<void> {
    this.#check()
    this.#log(group)
    const [first] = entries
    if (first !== undefined) throw notDamaged(group, first)
  }

  room(): Room {
    if (this.#kept.bytes >= this.#quota) return 'full'
    return this.#kept.bytes >= this.#quota * 0.9 ? 'low' : 'ok'
  }

  async compact(group: string, upTo: Position): Promise<void> {
    this.#check()
    const log = this.#log(group)
    if (upTo.index <= log.base.index) return
    const { entries } = log
    if (upTo.index > entries.last || entries.termOf(upTo.index) !== upTo.term)
      throw new RaftedError(
        'invalid-argument',
        `The log of group "${group}" has no entry ${upTo.index} of term ${upTo.term} to be compacted up to.`,
        { outcome: 'not-applied' },
      )
    const before = entries.bytes
    entries.drop(upTo.index)
    this.#kept.bytes += entries.bytes - before
    log.base = { index: upTo.index, term: upTo.term }
  }

  async markRemoved(group: string, removedAt: number): Promise<void> {
    this.#check()
    this.#log(group).removedAt = removedAt
  }

  async remove(group: string): Promise<void> {
    this.#check()
    const log = this.#logs.get(group)
    if (log !== undefined) this.#kept.bytes -= log.entries.bytes
    this.#logs.delete(group)
  }

  async close(): Promise<void> {
    if (this.#kept.opening === this) this.#kept.opening = null
  }

  #log(group: string): MemoryLog {
    const log = this.#logs.get(group)
    if (log === undefined)
      throw new RaftedError('no-such-group', `Group "${group}" has no log here. Create it first.`, {
        outcome: 'not-applied',
      })
    return log
  }

  #refusal(): RaftedError | null {
    if (this.#kept.opening !== this)
      return new RaftedError('closed', 'The log store is closed.', { outcome: 'not-applied' })
    if (this.#failure === null) return null
    const message = 'The log store failed at an earlier write. Open the storage anew.'
    return new RaftedError('storage-failed', message, { outcome: 'not-applied', cause: this.#failure })
  }

  #check(): void {
    const refusal = this.#refusal()
    if (refusal !== null) throw refusal
  }
}

function listOf(entries: PackedEntries, from: number, to: number): LogEntry[] {
  const list: LogEntry[] = []
  for (let index = from; index <= to; index++) list.push(entries.get(index))
  return list
}
