/** Tells somebody who watches how much has been read, in one line that is written over. */
import { shownBytes } from './shown.ts'
import type { Terminal } from './terminal.ts'

/** What takes less needs no word. */
const FIRST_MS = 500
const NEXT_MS = 100

export class Progress {
  /** Of all that will be read, about; null while that is not known. */
  expected: number | null = null
  readonly #terminal: Terminal
  #read = 0
  #next: number
  #shown = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.#next = terminal.clock.now() + FIRST_MS
  }

  /** So many bytes have been read. */
  readonly add = (bytes: number): void => {
    this.#read += bytes
    const { clock, watched } = this.#terminal
    const now = clock.now()
    if (!watched || now < this.#next) return
    this.#next = now + NEXT_MS
    this.#shown = true
    const of = this.expected === null ? '' : ` of about ${shownBytes(this.expected)}`
    this.#terminal.say(`\r\u001b[Kreading: ${shownBytes(this.#read)}${of}`)
  }

  /** Clears the line, for what is said next. */
  clear(): void {
    if (this.#shown) this.#terminal.say('\r\u001b[K')
    this.#shown = false
  }
}
