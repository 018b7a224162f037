/** The logs of all groups, as the records of batches make them, one by one. */
import type { Batch, LogRecord } from './batch.ts'
import { Bytes, Unreadable } from './bytes.ts'

export interface ReadEntry {
  readonly index: number
  readonly term: number
  readonly kind: number
  readonly time: number
  readonly payload: Uint8Array
}

/** What is known of one group. */
export interface ReadLog {
  readonly name: string
  readonly incarnation: string
  readonly member: string
  readonly removedAt: number | null
  readonly term: number
  readonly vote: string | null
  readonly base: { readonly index: number; readonly term: number }
  /** Index of the last entry. */
  readonly last: number
  /** Those after the base, by index. */
  readonly entries: ReadonlyMap<number, ReadEntry>
}

type Changing = Omit<ReadLog, 'last' | 'entries'> & { last: number; readonly entries: Map<number, ReadEntry> }

export class GroupLogs {
  readonly #groups = new Map<number, Changing>()
  /** Those that the batch names. */
  #named = new Set<number>()

  get all(): readonly ReadLog[] {
    return [...this.#groups.values()]
  }

  /** @throws {Unreadable} if it says what cannot be. */
  take({ records }: Batch): void {
    this.#named = new Set()
    for (const record of records) this.#record(record)
    if (!records.some(({ kind }) => kind === 5)) return
    for (const group of this.#groups.keys()) if (!this.#named.has(group)) this.#groups.delete(group)
  }

  #record(record: LogRecord): void {
    const { kind, group, content } = record
    const bytes = new Bytes(content)
    if (kind === 1 || kind === 2) this.#entry(record, bytes)
    else if (kind === 3) this.#group(group, bytes)
    else if (kind === 4) this.#groups.delete(group)
    // What those of a catalogue say has been heard before the segments were read.
    else if (kind !== 5 && kind !== 6) throw new Unreadable('a record of an unknown kind')
  }

  #entry({ kind, group, entryKind }: LogRecord, bytes: Bytes): void {
    const log = this.#groups.get(group)
    const [index, term, time] = [bytes.u64(), bytes.u64(), bytes.u64()]
    const entry = { index, term, kind: entryKind, time, payload: bytes.take(bytes.left) }
    if (kind === 1) {
      if (log === undefined) throw new Unreadable('an entry of no group')
      if (index !== log.last + 1) throw new Unreadable('an entry that follows none')
      log.last = index
    } else if (log === undefined || index <= log.base.index || index > log.last) return
    log.entries.set(index, entry)
  }

  #group(number: number, bytes: Bytes): void {
    const log: Changing = {
      name: bytes.text(),
      incarnation: bytes.text(),
      member: bytes.text(),
      removedAt: orNull(bytes.varint()),
      term: bytes.varint(),
      vote: bytes.text() || null,
      base: { index: bytes.varint(), term: bytes.varint() },
      last: bytes.varint(),
      entries: this.#groups.get(number)?.entries ?? new Map(),
    }
    for (const index of log.entries.keys())
      if (index > log.last || index <= log.base.index) log.entries.delete(index)
    bytes.done()
    this.#groups.set(number, log)
    this.#named.add(number)
  }
}

function orNull(number: number): number | null {
  return number === 0 ? null : number - 1
}

/** @returns the older segments that are needed, by number, and where each ends. @throws {Unreadable} */
export function neededSegments(batches: readonly Batch[]): ReadonlyMap<number, number> {
  let needed = new Map<number, number>()
  for (const { kind, content } of batches.flatMap(({ records }) => records)) {
    const bytes = new Bytes(content)
    if (kind === 5) needed = catalogue(bytes)
    else if (kind === 6) needed.delete(bytes.varint())
    else continue
    bytes.done()
  }
  return needed
}

function catalogue(bytes: Bytes): Map<number, number> {
  bytes.varint()
  bytes.varint()
  const needed = new Map<number, number>()
  for (let left = bytes.varint(); left > 0; left--) needed.set(bytes.varint(), bytes.varint())
  return needed
}
