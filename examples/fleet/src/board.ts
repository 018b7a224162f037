/** Where the story is told: on a terminal with a table below it that is always as things stand; else as plain lines. */

/** What is needed of `process.stdout`. */
export interface Screen {
  readonly isTTY?: boolean | undefined
  write(text: string): unknown
}

/** Begin of the line `rows` above, and nothing from there on. */
const clearUp = (rows: number): string => `\r${rows > 0 ? `\x1b[${rows}A` : ''}\x1b[J`

export class Board {
  readonly #screen: Screen
  #shown = 0
  #table: readonly string[] = []

  constructor(screen: Screen) {
    this.#screen = screen
  }

  /** Whether there is anybody to see it live. */
  get isLive(): boolean {
    return this.#screen.isTTY === true
  }

  /** A line of the story. */
  say(line: string): void {
    if (!this.isLive) this.#screen.write(`${line}\n`)
    else this.#draw(`${line}\n`)
  }

  /** How it stands now: drawn in the place of what stood there before. Without a terminal it shows nothing. */
  update(table: readonly string[]): void {
    if (!this.isLive || table.join('\n') === this.#table.join('\n')) return
    this.#table = table
    this.#draw('')
  }

  /** How it stands, as a part of the story. */
  show(table: readonly string[]): void {
    this.say(table.join('\n'))
  }

  /** The last table stays where it is. */
  close(): void {
    this.#table = []
    if (this.isLive) this.#draw('')
  }

  #draw(text: string): void {
    const table = this.#table.map((line) => `${line}\n`).join('')
    this.#screen.write(clearUp(this.#shown) + text + table)
    this.#shown = this.#table.length
  }
}
