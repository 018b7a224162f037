/** The situations that wait to be explored, first in, first out: words in chunks, each given up as soon as it has been read. */

const CHUNK_WORDS = 1 << 18

export class Frontier {
  readonly #chunks: Int32Array[] = [new Int32Array(CHUNK_WORDS)]
  #writeAt = 0
  #readAt = 0
  #taken = 0
  size = 0

  get bytes(): number {
    return (this.#chunks.length - this.#taken) * CHUNK_WORDS * 4
  }

  /** Adds `length` words, the first of which is their number. */
  push(words: Int32Array, length: number): void {
    if (this.#writeAt + length + 1 > CHUNK_WORDS) {
      // A length of 0 says that the rest of a chunk is empty.
      if (this.#writeAt < CHUNK_WORDS) this.#chunks[this.#chunks.length - 1]![this.#writeAt] = 0
      this.#chunks.push(new Int32Array(CHUNK_WORDS))
      this.#writeAt = 0
    }
    const chunk = this.#chunks[this.#chunks.length - 1]!
    chunk[this.#writeAt] = length
    for (let i = 0; i < length; i++) chunk[this.#writeAt + 1 + i] = words[i]!
    this.#writeAt += length + 1
    this.size++
  }

  /** Takes the oldest into `words`. @returns how many words they are. */
  shift(words: Int32Array): number {
    if (this.#readAt === CHUNK_WORDS || this.#chunks[this.#taken]![this.#readAt] === 0) {
      this.#chunks[this.#taken] = new Int32Array(0)
      this.#taken++
      this.#readAt = 0
      if (this.#taken >= 64) {
        this.#chunks.splice(0, this.#taken)
        this.#taken = 0
      }
    }
    const chunk = this.#chunks[this.#taken]!
    const length = chunk[this.#readAt]!
    for (let i = 0; i < length; i++) words[i] = chunk[this.#readAt + 1 + i]!
    this.#readAt += length + 1
    this.size--
    return length
  }
}
