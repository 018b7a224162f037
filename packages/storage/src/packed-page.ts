/** Contiguous entries in one array of bytes. What is packed is never written over: whoever was given a payload may still look at it. */
import { ENTRY_HEAD_BYTES, type LogEntry } from '@rafted/contracts'

/** Bytes of a page for each entry that it has room for. */
const BYTES_PER_ENTRY = 64
/** An entry longer than this part of a page doesn't go on it. */
const LARGE_PART = 8

/** Where the parts of an entry's head stand; the payload follows. */
const TERM = 0
const TIME = 8
const KIND = 16
const HEAD_BYTES = 17

export class PackedPage {
  /** Index of the first entry. */
  readonly first: number
  count = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  /** Where each entry begins; behind the last, where the next would. */
  readonly #starts: Uint32Array
  #sealed = false

  /** Room for `entries` entries, if they are short. */
  constructor(first: number, entries: number) {
    this.first = first
    this.#bytes = new Uint8Array(entries * BYTES_PER_ENTRY)
    this.#view = new DataView(this.#bytes.buffer)
    this.#starts = new Uint32Array(entries + 1)
  }

  /** Whether an entry is too large for a page of that capacity, be it empty. */
  static isTooLarge(payload: Uint8Array, capacity: number): boolean {
    return (HEAD_BYTES + payload.length) * LARGE_PART > capacity * BYTES_PER_ENTRY
  }

  /** Puts the entry behind the others. @returns false if there is no room. */
  push({ term, time, kind, payload }: LogEntry): boolean {
    const { length } = payload
    const starts = this.#starts
    const at = starts[this.count]!
    const end = at + HEAD_BYTES + length
    const bytes = this.#bytes
    if (this.#sealed || this.count + 1 === starts.length || end > bytes.length) return false
    this.#putUint(at + TERM, term)
    this.#putUint(at + TIME, time)
    bytes[at + KIND] = kind
    const from = at + HEAD_BYTES
    // A call into the engine costs more than a few dozen bytes do.
    if (length <= 48) for (let i = 0; i < length; i++) bytes[from + i] = payload[i]!
    else bytes.set(payload, from)
    starts[++this.count] = end
    return true
  }

  /** The entry, made anew around a view of its payload. */
  get(index: number): LogEntry {
    const start = this.#starts[index - this.first]!
    const end = this.#starts[index - this.first + 1]!
    return {
      index,
      term: this.#uintAt(start + TERM),
      kind: this.#bytes[start + KIND]! as LogEntry['kind'],
      time: this.#uintAt(start + TIME),
      payload: new Uint8Array(this.#bytes.buffer, start + HEAD_BYTES, end - start - HEAD_BYTES),
    }
  }

  termOf(index: number): number {
    return this.#uintAt(this.#starts[index - this.first]! + TERM)
  }

  #putUint(at: number, value: number): void {
    this.#view.setUint32(at, value / 2 ** 32)
    this.#view.setUint32(at + 4, value)
  }

  // Not read as a float: the engine would from then on make an object of each number of each entry, wherever it comes from.
  #uintAt(at: number): number {
    const high = this.#view.getUint32(at)
    const low = this.#view.getUint32(at + 4)
    return high === 0 ? low : high * 2 ** 32 + low
  }

  /** What the entries `from … to` of it count for in every limit. */
  bytesOf(from: number, to: number): number {
    const length = this.#starts[to + 1 - this.first]! - this.#starts[from - this.first]!
    return length + (to + 1 - from) * (ENTRY_HEAD_BYTES - HEAD_BYTES)
  }

  /** Forgets the entry at `from` and those behind it. It takes no more: their bytes may still be looked at. */
  cutFrom(from: number): void {
    if (from >= this.first + this.count) return
    this.count = from - this.first
    this.#sealed = true
  }
}

/** A large entry may hold on to a buffer of this many times its bytes; beyond, its payload is copied out. */
const HELD_AT_MOST = 4

/** One large entry, kept as it is. */
export class PageOfOne {
  readonly first: number
  readonly count = 1
  readonly #entry: LogEntry

  constructor(entry: LogEntry) {
    const { index, term, kind, time, payload } = entry
    this.first = index
    this.#entry =
      payload.buffer.byteLength <= HELD_AT_MOST * (payload.length + ENTRY_HEAD_BYTES)
        ? entry
        : { index, term, kind, time, payload: new Uint8Array(payload) }
  }

  push(): boolean {
    return false
  }

  get(): LogEntry {
    return this.#entry
  }

  termOf(): number {
    return this.#entry.term
  }

  bytesOf(): number {
    return this.#entry.payload.length + ENTRY_HEAD_BYTES
  }

  /** What comes behind it is on other pages. */
  cutFrom(): void {}
}
