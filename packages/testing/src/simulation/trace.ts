/** What happened in a run, line by line: hashed always, kept or printed when asked for. The same seed gives the same hash. */
import { crc32 } from 'node:zlib'

export class Trace {
  readonly #now: () => number
  readonly #print: ((line: string) => void) | null
  #hash = 0
  #lines = 0

  constructor(now: () => number, print: ((line: string) => void) | null) {
    this.#now = now
    this.#print = print
  }

  /** Notes one thing that happened. @param read what a person reads instead of `detail`, which is what is hashed. */
  note(what: string, where: string, detail: string, read?: () => string): void {
    const head = `${this.#now().toFixed(3).padStart(10)}  ${where.padEnd(12)} ${what.padEnd(10)} `
    this.#lines++
    this.#hash = crc32(`${head}${detail}`, this.#hash)
    this.#print?.(`${head}${read?.() ?? detail}`)
  }

  get lines(): number {
    return this.#lines
  }

  /** Of all lines so far: eight hexadecimal digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }
}
