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
import { runsOf } from './runs.ts'
import { faultOf } from './write-fault.ts'

type Position = OpenedLog['base']

interface MemoryLog extends GroupIdentity {
  removedAt: number | null
  term: number
  vote: string | null
  base: Position
  /** `entries[first]` is the entry after `base`; what stood before it has been compacted. */
  entries: LogEntry[]
  first: number
  bytes: number
}

/** What outlives one opening of the store. */
export interface MemoryLogs {
  readonly byGroup: Map<string, MemoryLog>
  bytes: number
  /** The store that may use them. */
  opening: MemoryLogStore | null
}

/**
 * One opening of logs in memory. Entries are kept as they are given, objects and payloads, without a copy, unless little
 * would keep much: a payload is often a view of the batch it came in.
 */
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
      entries: [],
      first: 0,
      bytes: 0,
    })
  }

  async open(group: string): Promise<OpenedLog | null> {
    this.#check()
    const log = this.#logs.get(group)
    if (log === undefined) return null
    const { incarnation, member, removedAt, term, vote, base } = log
    const entries = log.entries.slice(log.first)
    return {
      incarnation,
      member,
      removedAt,
      term,
      vote,
      base,
      runs: runsOf(entries),
      last: lastOf(log),
      special: entries.filter(({ kind }) => isSpecial(kind)),
      lastTime: entries.at(-1)?.time ?? 0,
      damaged: [],
    }
  }

  // Not `async`, so that it costs no more than the entries it keeps.
  write(writes: readonly GroupWrite[]): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== null) return Promise.reject(refusal)
    for (const { group, write } of writes) {
      const log = this.#logs.get(group)
      if (log === undefined) return this.#fail(group, 'it has no log here')
      const { removedAt, base } = log
      const fault = faultOf({ removedAt, base, last: lastOf(log) }, write)
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

  #apply(log: MemoryLog, { term, vote, reset, truncateFrom, entries }: LogWrite): void {
    log.term = term
    log.vote = vote
    if (reset !== null) {
      this.#count(log, -log.bytes)
      log.entries = []
      log.first = 0
      log.base = { index: reset.index, term: reset.term }
    }
    if (truncateFrom !== null && truncateFrom <= lastOf(log)) {
      const end = log.first + Math.max(0, truncateFrom - log.base.index - 1)
      this.#count(log, -bytesOf(log.entries, end, log.entries.length))
      log.entries.length = end
    }
    const bytes = bytesOf(entries, 0, entries.length)
    for (const entry of held(entries, bytes)) log.entries.push(entry)
    this.#count(log, bytes)
  }

  #count(log: MemoryLog, bytes: number): void {
    log.bytes += bytes
    this.#kept.bytes += bytes
  }

  async read(group: string, from: number, count: number, maxBytes: number): Promise<readonly LogEntry[]> {
    this.#check()
    const log = this.#log(group)
    if (from <= log.base.index) return []
    const start = log.first + from - log.base.index - 1
    const end = Math.min(log.entries.length, start + count)
    let stop = start
    for (let left = maxBytes; stop < end; stop++) {
      left -= entryBytes(log.entries[stop]!.payload)
      if (left < 0 && stop > start) break
    }
    return log.entries.slice(start, stop)
  }

  room(): Room {
    if (this.#kept.bytes >= this.#quota) return 'full'
    return this.#kept.bytes >= this.#quota * 0.9 ? 'low' : 'ok'
  }

  async compact(group: string, upTo: Position): Promise<void> {
    this.#check()
    const log = this.#log(group)
    const drop = upTo.index - log.base.index
    if (drop <= 0) return
    const { entries, first } = log
    const last = entries[first + drop - 1]
    if (last === undefined || last.term !== upTo.term)
      throw new RaftedError(
        'invalid-argument',
        `The log of group "${group}" has no entry ${upTo.index} of term ${upTo.term} to be compacted up to.`,
        { outcome: 'not-applied' },
      )
    this.#count(log, -bytesOf(entries, first, first + drop))
    log.base = { index: upTo.index, term: upTo.term }
    log.first += drop
    // Moved down only once as much has gone as is left, so that compacting costs what it frees.
    if (log.first * 2 < entries.length) {
      entries.fill(undefined as unknown as LogEntry, first, log.first)
    } else {
      log.entries = entries.slice(log.first)
      log.first = 0
    }
  }

  async markRemoved(group: string, removedAt: number): Promise<void> {
    this.#check()
    this.#log(group).removedAt = removedAt
  }

  async remove(group: string): Promise<void> {
    this.#check()
    const log = this.#logs.get(group)
    if (log !== undefined) this.#count(log, -log.bytes)
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

/** Index of the last entry, or of the base. */
function lastOf({ base, entries, first }: MemoryLog): number {
  return base.index + entries.length - first
}

function bytesOf(entries: readonly LogEntry[], from: number, to: number): number {
  let bytes = 0
  for (let i = from; i < to; i++) bytes += entryBytes(entries[i]!.payload)
  return bytes
}

/** A write may hold on to this many times its own bytes. `room` does not see them. */
const HELD_AT_MOST = 4

/** @returns entries that keep no buffer much larger than they are: these, or with copies of their payloads. */
function held(entries: readonly LogEntry[], bytes: number): readonly LogEntry[] {
  // Those of one write are of one batch, so the first one's buffer stands for all.
  const first = entries[0]
  if (first === undefined || first.payload.buffer.byteLength <= HELD_AT_MOST * bytes) return entries
  let size = 0
  for (const { payload } of entries) size += payload.byteLength
  const all = new Uint8Array(size)
  const copies: LogEntry[] = []
  let at = 0
  for (const { index, term, kind, time, payload } of entries) {
    all.set(payload, at)
    const copy = new Uint8Array(all.buffer, at, payload.byteLength)
    copies.push({ index, term, kind, time, payload: copy })
    at += payload.byteLength
  }
  return copies
}
