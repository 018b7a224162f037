/** The words of one command. Each must be asked for: what is left over was misspelt. */
export class Arguments {
  readonly #words: string[] = []
  readonly #options = new Map<string, string>()

  constructor(text: string) {
    for (const word of text.split(' ')) {
      const [, name, value] = /^([a-z-]+)=(.*)$/.exec(word) ?? []
      if (word === '') throw new SyntaxError('two spaces, or one at the end')
      if (name === undefined) this.#words.push(word)
      else this.#options.set(name, value!)
    }
  }

  /** The next word. */
  word(what: string): string {
    const word = this.#words.shift()
    if (word === undefined) throw new SyntaxError(`${what} is missing`)
    return word
  }

  optionalWord(): string | null {
    return this.#words.shift() ?? null
  }

  /** The next word, if it is this one. */
  accept(word: string): boolean {
    if (this.#words[0] !== word) return false
    this.#words.shift()
    return true
  }

  rest(): string[] {
    return this.#words.splice(0)
  }

  number(what: string): number {
    return toNumber(this.word(what), what)
  }

  option(name: string): string | null {
    const value = this.#options.get(name) ?? null
    this.#options.delete(name)
    return value
  }

  numberOption(name: string): number | null {
    const value = this.option(name)
    return value === null ? null : toNumber(value, name)
  }

  listOption(name: string): string[] | null {
    const value = this.option(name)
    return value === null ? null : value === '' ? [] : value.split(',')
  }

  end(): void {
    const left = [...this.#words, ...[...this.#options].map(([name, value]) => `${name}=${value}`)]
    if (left.length > 0) throw new SyntaxError(`what is "${left.join(' ')}"?`)
  }
}

export function toNumber(text: string, what: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new SyntaxError(`${what} is a number, not "${text}"`)
  return Number(text)
}
