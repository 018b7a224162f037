/** One file of the log, as the store holds it open. */
import type { FileHandle } from '@rafted/contracts'
import { notRead } from './storage-failed.ts'

export interface SegmentOptions {
  readonly number: number
  readonly path: string
  readonly salt: number
  readonly file: FileHandle
  /** Where the next batch goes. */
  readonly end: number
  readonly isDamaged?: boolean
  readonly lacksBatches?: boolean
}

export class Segment {
  readonly number: number
  readonly path: string
  readonly salt: number
  readonly file: FileHandle
  end: number
  /** Something in it is not what was written: nothing more is, and what can be read is to stand elsewhere. */
  isDamaged: boolean
  /** Of some of its batches nothing is known any more. */
  readonly lacksBatches: boolean
  /** Extents that lie here, and how many bytes of entries they have at most: at 0 nothing needs this file any more. */
  extents = 0
  liveBytes = 0
  /** Of these, those of extents that have been cut: how much of them is left is not known. */
  cutBytes = 0
  /** Bytes of all entries that were ever put here. */
  writtenBytes = 0
  /** Bytes of what its first batch says of all groups: any other segment would begin with as many. */
  restatedBytes = 0
  #pins = 0
  #retired = false

  constructor({ number, path, salt, file, end, isDamaged, lacksBatches }: SegmentOptions) {
    this.number = number
    this.path = path
    this.salt = salt
    this.file = file
    this.end = end
    this.isDamaged = isDamaged ?? false
    this.lacksBatches = lacksBatches ?? false
  }

  count(extents: number, bytes: number): void {
    this.extents += extents
    this.liveBytes += bytes
  }

  /** @throws {RaftedError} `storage-failed`. */
  async read(from: number, to: number): Promise<Uint8Array> {
    try {
      return await this.file.read(from, to - from)
    } catch (error) {
      throw notRead(this.path, from, error)
    }
  }

  /** Keeps the file open, whatever becomes of the segment, until `unpin`. */
  pin(): void {
    this.#pins++
  }

  async unpin(): Promise<void> {
    this.#pins--
    if (this.#retired && this.#pins === 0) await this.file.close()
  }

  /** Closes the file, once nobody needs it. */
  async retire(): Promise<void> {
    if (this.#retired) return
    this.#retired = true
    if (this.#pins === 0) await this.file.close()
  }
}

export function segmentName(number: number): string {
  return `${String(number).padStart(16, '0')}.log`
}

/** @returns the number of the segment with this file name, or null for other files. */
export function segmentNumber(name: string): number | null {
  return /^\d{16}\.log$/.test(name) ? Number(name.slice(0, 16)) : null
}
