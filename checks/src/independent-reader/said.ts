/** What a batch says, one thing after the other, as far as it can be read. */
import {
  BATCH_HEAD_BYTES,
  type BatchHead,
  type LogRecord,
  recordAt,
  recordsBetween,
  STRETCH_BYTES,
  type Stretch,
} from './batch.ts'
import { Bytes, Unreadable } from './bytes.ts'

/** In a head that is not as it was written. */
const MAX_WRONG_BYTES = 1

/** Entries that are known by their names only. */
export interface NamedEntries {
  readonly group: number
  readonly copies: boolean
  readonly special: boolean
  readonly first: number
  readonly last: number
  readonly term: number
  readonly time: number
}

export interface ReadBatch {
  readonly offset: number
  readonly said: readonly (LogRecord | NamedEntries)[]
  /** Records that are no entries can't be read: where the first record stands that is not as it was written. Null if there are none. */
  readonly factsLostAt: number | null
}

/** @returns what a batch says that is as it was written, or null. */
export function wholeBatch(bytes: Buffer, head: BatchHead): ReadBatch | null {
  const { offset, recordsAt, end, count } = head
  const said = end > bytes.length ? null : recordsBetween(bytes, recordsAt, end)
  return said?.length === count ? { offset, said, factsLostAt: null } : null
}

/** @returns what a batch says whose head is not as it was written, and which lies between two places; null if that can't be. */
export function rebuiltBatch(bytes: Buffer, offset: number, end: number): ReadBatch | null {
  if (end > bytes.length) return null
  const first = offset + BATCH_HEAD_BYTES
  for (let from = first; from <= end; from += STRETCH_BYTES) {
    const [stretches, length] = [(from - first) / STRETCH_BYTES, end - from]
    // Looked at beforehand, since it is soon done: it is part of what is wrong in all.
    if (!saysAlmost(bytes, offset, { stretches, length })) continue
    const said = recordsBetween(bytes, from, end)
    if (said === null || (said.length === 0 && stretches > 0)) continue
    if (saysAlmost(bytes, offset, { stretches, records: said.length, length }))
      return { offset, said, factsLostAt: null }
  }
  return null
}

/** @returns whether a head says so of what follows it, but for one byte at most. */
function saysAlmost(
  bytes: Buffer,
  head: number,
  says: { readonly stretches: number; readonly records?: number; readonly length: number },
): boolean {
  const found = bytes.subarray(head, head + BATCH_HEAD_BYTES)
  const expected = Buffer.from(found)
  expected.writeUInt32LE(says.stretches, 16)
  if (says.records !== undefined) expected.writeUInt32LE(says.records, 20)
  expected.writeBigUInt64LE(BigInt(says.length), 48)
  return wrongBytes(found, expected) <= MAX_WRONG_BYTES
}

/** @returns how many bytes are others than they should be. */
export function wrongBytes(found: Uint8Array, expected: Uint8Array): number {
  return found.filter((byte, at) => byte !== expected[at]).length
}

/** @returns what a batch says that is not as it was written, but for its head. */
export function brokenBatch(bytes: Buffer, head: BatchHead): ReadBatch {
  const { stretches, offset, recordsAt, end, count } = head
  const factsLostAt = firstBroken(bytes, head)
  const facts = stretches.reduce((left, stretch) => left - stretch.count, count)
  const reading = new BrokenBatch(bytes, recordsAt, end, facts)
  const sum = facts < 0 ? 'wrong' : reading.read(stretches)
  if (sum === 'wrong')
    return {
      offset,
      said: stretches.map((stretch) => named(stretch)),
      factsLostAt: facts === 0 ? null : factsLostAt,
    }
  return { offset, said: reading.said, factsLostAt: reading.factsLeft > 0 ? factsLostAt : null }
}

function firstBroken(bytes: Buffer, { recordsAt, end }: BatchHead): number {
  let at = recordsAt
  for (;;) {
    const record = recordAt(bytes, at, end)
    if (record === null) return at
    at = record.end
  }
}

class BrokenBatch {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number
  /** Records that are no entries, as far as they have not been read yet. */
  factsLeft: number
  readonly said: (LogRecord | NamedEntries)[] = []

  constructor(bytes: Buffer, from: number, end: number, facts: number) {
    this.#bytes = bytes
    this.#at = from
    this.#end = end
    this.factsLeft = facts
  }

  /** @returns `wrong` if the head can't be true. */
  read(stretches: readonly Stretch[]): 'wrong' | 'right' {
    for (const [i, stretch] of stretches.entries()) {
      if (!followsAtOnce(stretches[i - 1], stretch) && !this.#factsBefore(stretch)) {
        this.said.push(...stretches.slice(i).map((stretch) => named(stretch)))
        return 'right'
      }
      const end = this.#at + stretch.bytes
      if (end > this.#end) return 'wrong'
      this.#stretch(stretch, end)
      this.#at = end
    }
    while (this.factsLeft > 0) {
      const record = recordAt(this.#bytes, this.#at, this.#end)
      if (record === null) return 'right'
      this.#fact(record)
    }
    return this.#at === this.#end ? 'right' : 'wrong'
  }

  /** @returns whether it is known where the stretch begins. */
  #factsBefore(stretch: Stretch): boolean {
    while (this.factsLeft > 0) {
      const record = recordAt(this.#bytes, this.#at, this.#end)
      if (record === null) return this.#looksLikeFirstOf(stretch)
      if (isEntry(record)) return isOf(stretch, stretch.first, record)
      this.#fact(record)
    }
    return true
  }

  /** A record begins here: that it is the first entry of a stretch is known by its head, though it is not whole. */
  #looksLikeFirstOf({ copies, group, first, term }: Stretch): boolean {
    const expected = Buffer.alloc(40)
    expected[8] = copies ? 2 : 1
    expected.writeUInt32LE(group, 12)
    expected.writeBigUInt64LE(BigInt(first), 16)
    expected.writeBigUInt64LE(BigInt(term), 24)
    const found = this.#bytes.subarray(this.#at, Math.min(this.#end, this.#at + 40))
    if (found.length < 40) return false
    const isCompared = (at: number): boolean => at === 8 || (at >= 12 && at < 32)
    return found.filter((byte, at) => isCompared(at) && byte !== expected[at]).length <= MAX_WRONG_BYTES
  }

  #fact(record: LogRecord): void {
    this.said.push(record)
    this.factsLeft--
    this.#at = record.end
  }

  #stretch(stretch: Stretch, end: number): void {
    const last = stretch.first + stretch.count - 1
    for (let index = stretch.first; index <= last; index++) {
      const record = recordAt(this.#bytes, this.#at, end)
      if (record === null || !isOf(stretch, index, record)) {
        this.said.push(named(stretch, index))
        return
      }
      this.said.push(record)
      this.#at = record.end
    }
  }
}

/** Nothing that is no entry can stand between two stretches. */
function followsAtOnce(before: Stretch | undefined, { group, copies }: Stretch): boolean {
  return before !== undefined && (before.copies || (before.group === group && before.copies === copies))
}

function isEntry({ kind }: LogRecord): boolean {
  return kind === 1 || kind === 2
}

function isOf({ group, copies, term }: Stretch, index: number, record: LogRecord): boolean {
  if (record.kind !== (copies ? 2 : 1) || record.group !== group) return false
  const content = new Bytes(record.content)
  return content.u64() === index && content.u64() === term
}

function named(stretch: Stretch, first = stretch.first): NamedEntries {
  const { group, copies, special, count, term, time } = stretch
  return { group, copies, special, first, last: stretch.first + count - 1, term, time }
}

/** What a record says that is as it was written, and yet can't be true. */
export class Untrue extends Error {
  readonly offset: number

  constructor(offset: number) {
    super('a record that can not be true')
    this.offset = offset
  }
}

/** @throws {Untrue} where `read` finds something that it can't read. */
export function orUntrue<T>(offset: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Unreadable) throw new Untrue(offset)
    throw error
  }
}
