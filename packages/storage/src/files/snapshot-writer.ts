/** Writes the content of a snapshot into its file, block by block. */
import { crc32 } from 'node:zlib'
import type { FileHandle } from '@rafted/contracts'
import { BLOCK_BYTES, BLOCK_HEAD_BYTES, blockChecksum, encodeHead } from './snapshot-layout.ts'

export class SnapshotWriter {
  /** Bytes of content so far, and their CRC-32. */
  size = 0
  checksum = 0
  /** Bytes of the file so far. */
  length = 0
  readonly #file: FileHandle
  /** One block with its head, and how much content is in it. */
  readonly #block = new Uint8Array(BLOCK_HEAD_BYTES + BLOCK_BYTES)
  #filled = 0
  #number = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async head(group: string): Promise<void> {
    await this.#append(encodeHead(group))
  }

  /** Nothing of `chunk` is kept. */
  async content(chunk: Uint8Array): Promise<void> {
    this.size += chunk.byteLength
    this.checksum = crc32(chunk, this.checksum)
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + BLOCK_BYTES - this.#filled)
      this.#block.set(part, BLOCK_HEAD_BYTES + this.#filled)
      this.#filled += part.byteLength
      at += part.byteLength
      if (this.#filled === BLOCK_BYTES) await this.#endBlock()
    }
  }

  async tail(bytes: Uint8Array): Promise<void> {
    if (this.#filled > 0) await this.#endBlock()
    await this.#append(bytes)
  }

  async #endBlock(): Promise<void> {
    const bytes = this.#block.subarray(0, BLOCK_HEAD_BYTES + this.#filled)
    const sum = blockChecksum(this.#number, bytes.subarray(BLOCK_HEAD_BYTES))
    new DataView(this.#block.buffer).setUint32(0, sum, true)
    await this.#append(bytes)
    this.#number++
    this.#filled = 0
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.#file.write([bytes], this.length)
    this.length += bytes.byteLength
  }
}
