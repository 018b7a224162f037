/** What happened in a run, line by line: hashed always, kept or printed when asked for. The same seed gives the same hash. */
export class Trace {
  readonly #now: () => number
  readonly #print: ((line: string) => void) | null
  #hash = 0x811c9dc5
  #lines = 0

  constructor(now: () => number, print: ((line: string) => void) | null) {
    this.#now = now
    this.#print = print
  }

  /** Whether somebody reads it: what costs much to say is left out if not. */
  get isRead(): boolean {
    return this.#print !== null
  }

  /** Notes one thing that happened. @param read what a person reads instead of `detail`, which is what is hashed. */
  note(what: string, where: string, detail: string | number, read?: () => string): void {
    this.#lines++
    const now = this.#now()
    this.#mix(now * 1000)
    this.#mixText(what)
    this.#mixText(where)
    if (typeof detail === 'number') this.#mix(detail)
    else this.#mixText(detail)
    if (this.#print === null) return
    const head = `${now.toFixed(3).padStart(10)}  ${where.padEnd(12)} ${what.padEnd(10)} `
    this.#print(`${head}${read?.() ?? detail}`)
  }

  get lines(): number {
    return this.#lines
  }

  /** Of all lines so far: eight hexadecimal digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  /** FNV-1a, over numbers in place of bytes. */
  #mix(number: number): void {
    this.#hash = Math.imul(this.#hash ^ (number | 0), 0x01000193)
    this.#hash ^= this.#hash >>> 15
  }

  #mixText(text: string): void {
    let hash = this.#hash
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    this.#hash = hash ^ (hash >>> 15)
  }
}
