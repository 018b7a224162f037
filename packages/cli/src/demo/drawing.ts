/** Draws lines on a screen, in the place of those it has drawn before. */
import type { Terminal } from '../terminal.ts'

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_BELOW = '\u001b[J'

export class Drawing {
  readonly #terminal: Terminal
  #lines = 0

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** Whatever has no room is left out: a line that is broken would not be drawn over. @param paint colours a line, and changes no letter of it. */
  async draw(lines: readonly string[], paint: (line: string, at: number) => string): Promise<void> {
    const { columns, rows } = this.#terminal.screen ?? { columns: 80, rows: 24 }
    const shown = lines.slice(0, Math.max(1, rows - 1)).map((line) => line.slice(0, Math.max(1, columns - 1)))
    const back = this.#lines === 0 ? HIDE_CURSOR : `\u001b[${this.#lines}A\r${CLEAR_BELOW}`
    this.#lines = shown.length
    await this.#terminal.print(`${back}${shown.map((line, at) => `${paint(line, at)}\n`).join('')}`)
  }

  /** What was drawn stays. */
  async end(): Promise<void> {
    if (this.#lines > 0) await this.#terminal.print(SHOW_CURSOR)
  }
}
