/** What the commands of this package have in common: arguments that are none of theirs end them with 2, and say what they take. */

export class CommandLine {
  readonly #usage: string

  /** @param usage `usage: npm run …`. */
  constructor(usage: string) {
    this.#usage = usage
  }

  /** @param parse calls `parseArgs`. */
  parsed<T>(parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      return this.stop(error instanceof Error ? error.message : String(error))
    }
  }

  stop(problem: string): never {
    console.error(problem)
    console.error(this.#usage)
    process.exit(2)
  }

  natural(name: string, text: string): number {
    if (/^\d{1,10}$/.test(text)) return Number(text)
    return this.stop(`--${name} takes a whole number, not ${JSON.stringify(text)}`)
  }

  positive(name: string, text: string): number {
    const number = Number(text)
    if (Number.isFinite(number) && number > 0) return number
    return this.stop(`--${name} takes a number above 0, not ${JSON.stringify(text)}`)
  }
}
