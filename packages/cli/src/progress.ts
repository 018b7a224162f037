/** Tells somebody who watches how far something has got, in one line that is written over. */
import { shownBytes } from './shown.ts'
import type { Terminal } from './terminal.ts'

/** What takes less needs no word. */
const FIRST_MS = 500
const NEXT_MS = 100

export class Progress {
  /** Of all that there is to do, about; null while that is not known. */
  expected: number | null = null
  readonly #terminal: Terminal
  readonly #doing: string
  #done = 0
  #next: number
  #shown = false

  /** @param doing what takes so long, as a word. */
  constructor(terminal: Terminal, doing = 'reading') {
    this.#terminal = terminal
    this.#doing = doing
    this.#next = terminal.clock.now() + FIRST_MS
  }

  /** So many bytes have been dealt with. */
  readonly add = (bytes: number): void => {
    this.#done += bytes
    const of = this.expected === null ? '' : ` of about ${shownBytes(this.expected)}`
    this.#show(`${shownBytes(this.#done)}${of}`)
  }

  /** It has got as far as this text says. */
  readonly tell = (text: string): void => this.#show(text)

  #show(text: string): void {
    const { clock, watched } = this.#terminal
    const now = clock.now()
    if (!watched || now < this.#next) return
    this.#next = now + NEXT_MS
    this.#shown = true
    this.#terminal.say(`\r\u001b[K${this.#doing}: ${text}`)
  }

  /** Clears the line, for what is said next. */
  clear(): void {
    if (this.#shown) this.#terminal.say('\r\u001b[K')
    this.#shown = false
  }
}
