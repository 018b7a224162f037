/** One file of the log: its head, and what can be read of the batches in it. */
import { BATCH_MAGIC, type BatchHead, batchHeadAt, type Place } from './batch.ts'
import { Bytes, checksum, readableOr, same } from './bytes.ts'
import { Refused } from './refusal.ts'
import { brokenBatch, type ReadBatch, rebuiltBatch, wholeBatch, wrongBytes } from './said.ts'

const SEGMENT_MAGIC = Uint8Array.of(0xd7, 0x52, 0x66, 0x74, 0x4c, 0x6f, 0x67, 0x0a)
const SEGMENT_HEAD_BYTES = 64
const VERSION = 1
/** Of the directory's id, in a head that is broken. */
const MAX_WRONG_BYTES = 1

interface SegmentHead {
  readonly version: number
  readonly number: number
  /** The id in hexadecimal. */
  readonly directory: string
  readonly salt: number
  /** It has its magic and its checksum. */
  readonly isRight: boolean
}

export interface Segment {
  readonly file: string
  readonly number: number
  /** In their order; null for a hole, of which nothing is known. */
  readonly batches: readonly (ReadBatch | null)[]
  /** Something in it is not as it was written. */
  readonly isDamaged: boolean
  /** Where the last batch ends. */
  readonly end: number
  /** Number of the last batch, if there is one. */
  readonly sequence: number
}

/** Which file is read, and what is known of it beforehand. */
interface SegmentOf {
  readonly file: string
  readonly bytes: Uint8Array
  readonly number: number
  readonly directory: string
}

/**
 * @param followed null, or the next segment was begun when all of this one was durable: then up to where that was by what the next one says, or 0.
 * @throws {Refused}
 */
export function newestSegment(of: SegmentOf, followed: number | null): Segment {
  const salt = saltOf(of)
  if (salt === null) throw new Refused('damaged-storage', of.file, 0)
  return new Walk(of, salt, null, followed).segment(0)
}

/** @param end where its batches end. @param sequence of the last batch before. @returns null if it counts as missing. @throws {Refused} */
export function olderSegment(of: SegmentOf, end: number, sequence: number): Segment | null {
  const salt = saltOf(of)
  return salt === null ? null : new Walk(of, salt, end, end).segment(sequence)
}

/** @returns null if the head says nothing that can be believed. @throws {Refused} */
function saltOf({ file, bytes, number, directory }: SegmentOf): number | null {
  const head = headIn(bytes)
  if (head === null) return null
  if (head.isRight) {
    if (head.version > VERSION) throw new Refused('version-mismatch', file, 0)
    if (head.directory !== directory) throw new Refused('wrong-directory', file, 0)
    return head.number === number ? head.salt : null
  }
  const isOurs =
    wrongBytes(Buffer.from(head.directory, 'hex'), Buffer.from(directory, 'hex')) <= MAX_WRONG_BYTES
  const first = batchHeadAt(bytes, SEGMENT_HEAD_BYTES)
  return head.number === number && isOurs && first !== null ? first.salt : null
}

class Walk {
  readonly #of: SegmentOf
  readonly #bytes: Buffer
  readonly #salt: number
  /** Null in the newest segment, which ends where it does. */
  readonly #end: number | null
  /** Null, or all of it was durable, at least up to here. */
  readonly #durable: number | null
  readonly #batches: (ReadBatch | null)[] = []
  #isDamaged = false
  #at = SEGMENT_HEAD_BYTES
  /** Of the batch that is due; null as long as it may be any. */
  #next: number | null = null

  constructor(of: SegmentOf, salt: number, end: number | null, durable: number | null) {
    this.#of = of
    this.#bytes = Buffer.from(of.bytes.buffer, of.bytes.byteOffset, of.bytes.byteLength)
    this.#salt = salt
    this.#end = end
    this.#durable = durable
    this.#isDamaged = headIn(of.bytes)?.isRight !== true
  }

  get #limit(): number {
    return this.#end ?? Math.max(this.#bytes.length, this.#durable ?? 0)
  }

  segment(before: number): Segment {
    while (this.#at < this.#limit) {
      const head = this.#headAt(this.#at)
      const isDue =
        head !== null && (this.#next === null ? head.sequence > before : head.sequence === this.#next)
      const isNamed = isDue && (this.#end === null || head.end <= this.#end)
      const whole = isNamed ? wholeBatch(this.#bytes, head) : null
      if (whole !== null) this.#take(whole, head!.end, head!.sequence + 1)
      else if (this.#end === null && !this.#wasDurable()) break
      else {
        this.#isDamaged = true
        if (isNamed) this.#takeBroken(head)
        else this.#resume()
      }
    }
    const { file, number } = this.#of
    const sequence = this.#next === null ? before : this.#next - 1
    return { file, number, batches: this.#batches, isDamaged: this.#isDamaged, end: this.#at, sequence }
  }

  /** @throws {Refused} if something is lost in it that stands nowhere else: what older segments say is said again. */
  #takeBroken(head: BatchHead): void {
    const batch = brokenBatch(this.#bytes, head)
    if (this.#end === null && batch.factsLostAt !== null)
      throw new Refused('damaged-storage', this.#of.file, batch.factsLostAt)
    this.#take(batch, head.end, head.sequence + 1)
  }

  #take(batch: ReadBatch | null, end: number, next: number | null): void {
    this.#batches.push(batch)
    this.#at = end
    this.#next = next
  }

  /** The head of the batch that is due is lost. */
  #resume(): void {
    const found = this.#nextHead()
    const end = found?.offset ?? this.#limit
    const due = this.#next
    const isOne = due === null || found === null || found.sequence === due + 1
    const rebuilt = isOne ? rebuiltBatch(this.#bytes, this.#at, end) : null
    if (rebuilt === null && this.#end === null) throw new Refused('damaged-storage', this.#of.file, this.#at)
    this.#take(rebuilt, end, found?.sequence ?? (due === null ? null : due + 1))
  }

  #nextHead(): BatchHead | null {
    for (const head of this.#headsBehind(this.#at)) {
      const { offset, durable, sequence } = head
      if (offset >= this.#limit) return null
      const isItself = durable.segment === this.#of.number && durable.offset === offset
      if (isItself && (this.#next === null || sequence > this.#next)) return head
    }
    return null
  }

  /** Whether what stands here, and is broken, was durable once. */
  #wasDurable(): boolean {
    // A segment whose first batch is torn was never used.
    if (this.#durable !== null || this.#at === SEGMENT_HEAD_BYTES) return true
    const { number } = this.#of
    for (const { sequence, durable } of this.#headsBehind(this.#at)) {
      if (this.#next !== null && sequence < this.#next) continue
      if (durable.segment > number || (durable.segment === number && durable.offset > this.#at)) return true
    }
    return false
  }

  *#headsBehind(place: number): Generator<BatchHead, void, undefined> {
    for (const at of magicsIn(this.#bytes, place + 1)) {
      const head = this.#headAt(at)
      if (head !== null) yield head
    }
  }

  #headAt(offset: number): BatchHead | null {
    const head = batchHeadAt(this.#bytes, offset)
    return head?.salt === this.#salt ? head : null
  }
}

/** @returns where the newest segment is broken if it was never used, or null if it was. */
export function neverUsed(bytes: Uint8Array): number | null {
  const head = headIn(bytes)
  const isRight = head?.isRight === true
  if (isRight && head.version > VERSION) return null
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const at of magicsIn(buffer, 0)) {
    const batch = batchHeadAt(bytes, at)
    if (batch === null || (isRight && batch.salt !== head.salt)) continue
    if (at > SEGMENT_HEAD_BYTES || wholeBatch(buffer, batch) !== null) return null
  }
  return isRight ? SEGMENT_HEAD_BYTES : 0
}

/** @returns the place before which all was durable when a segment was begun that was never used; null if that can't be believed. */
export function placeBefore(bytes: Uint8Array, number: number, directory: string): Place | null {
  const head = headIn(bytes)
  if (head?.isRight !== true || head.number !== number || head.directory !== directory) return null
  const first = batchHeadAt(bytes, SEGMENT_HEAD_BYTES)
  return first?.salt === head.salt ? first.durable : null
}

/** @returns what a head says, right or not; null if there is none. */
function headIn(bytes: Uint8Array): SegmentHead | null {
  return readableOr(() => {
    const head = new Bytes(bytes.subarray(0, SEGMENT_HEAD_BYTES))
    const hasMagic = same(head.take(8), SEGMENT_MAGIC)
    const sum = head.u32()
    const version = head.u32()
    const number = head.u64()
    const directory = Buffer.from(head.take(16)).toString('hex')
    const salt = head.u32()
    head.take(20)
    const isRight = hasMagic && sum === checksum(bytes.subarray(12, SEGMENT_HEAD_BYTES))
    return { version, number, directory, salt, isRight }
  })
}

/** Where what looks like a batch begins. */
function* magicsIn(bytes: Buffer, from: number): Generator<number, void, undefined> {
  for (let at = bytes.indexOf(BATCH_MAGIC, from); at >= 0; at = bytes.indexOf(BATCH_MAGIC, at + 1)) yield at
}
