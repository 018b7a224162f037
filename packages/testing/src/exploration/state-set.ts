/** The situations seen so far: 64 bits of hash and the number of the situation before, for each. Nothing else is kept of them. */

export class StateSet {
  #first = new Int32Array(1 << 16)
  #second = new Int32Array(1 << 16)
  #parent = new Int32Array(1 << 16)
  /** Number of the situation + 1, found by its hash; 0 for an empty place. At most half of the places are taken. */
  #places = new Int32Array(1 << 17)
  size = 0

  /** Bytes taken, per situation. */
  get bytesPerState(): number {
    const bytes = this.#first.byteLength * 3 + this.#places.byteLength
    return this.size === 0 ? 0 : bytes / this.size
  }

  /** Adds a situation. @returns whether it is new; if so its number is the size before. */
  add(first: number, second: number, parent: number): boolean {
    const mask = this.#places.length - 1
    let place = first & mask
    for (;;) {
      const number = this.#places[place]! - 1
      if (number < 0) break
      if (this.#first[number] === first && this.#second[number] === second) return false
      place = (place + 1) & mask
    }
    if (this.size === this.#first.length) {
      this.#grow()
      return this.add(first, second, parent)
    }
    this.#first[this.size] = first
    this.#second[this.size] = second
    this.#parent[this.size] = parent
    this.size++
    this.#places[place] = this.size
    return true
  }

  /** Whether the hash is that of this situation. */
  isAt(number: number, first: number, second: number): boolean {
    return this.#first[number] === first && this.#second[number] === second
  }

  /** The numbers of the situations that led to this one, the beginning first, itself last. */
  pathTo(number: number): number[] {
    const path: number[] = []
    for (let at = number; at >= 0; at = this.#parent[at]!) path.push(at)
    return path.reverse()
  }

  #grow(): void {
    this.#first = twice(this.#first)
    this.#second = twice(this.#second)
    this.#parent = twice(this.#parent)
    this.#places = new Int32Array(this.#places.length * 2)
    const mask = this.#places.length - 1
    for (let number = 0; number < this.size; number++) {
      let place = this.#first[number]! & mask
      while (this.#places[place] !== 0) place = (place + 1) & mask
      this.#places[place] = number + 1
    }
  }
}

function twice(words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const result = new Int32Array(words.length * 2)
  result.set(words)
  return result
}
