/** What clients have asked for, and what became of it. The replicated value is a register, `x`, that each command sets to a new number. */

export interface Command {
  readonly number: number
  readonly member: string
  readonly index: number
  readonly term: number
}

export interface Read {
  readonly number: number
  readonly member: string
  readonly stale: boolean
  /** What was committed when it was asked. */
  readonly floor: number
  readonly state: 'waiting' | 'answered' | 'refused'
  /** The value, or why there is none. */
  readonly answer: string | null
}

/** What an entry is for. */
export type EntrySort = 'command' | 'noop' | 'configuration'

export interface SavedCalls {
  readonly commands: readonly Command[]
  readonly reads: readonly Read[]
  readonly sorts: readonly (readonly [string, EntrySort])[]
  readonly values: readonly (readonly [string, number])[]
}

export class Calls {
  commands: readonly Command[]
  reads: readonly Read[]
  /** By `index@term`. */
  readonly #sorts: Map<string, EntrySort>
  readonly #values: Map<string, number>

  constructor(saved: SavedCalls | null = null) {
    this.commands = saved?.commands ?? []
    this.reads = saved?.reads ?? []
    this.#sorts = new Map(saved?.sorts)
    this.#values = new Map(saved?.values)
  }

  save(): SavedCalls {
    return { commands: this.commands, reads: this.reads, sorts: [...this.#sorts], values: [...this.#values] }
  }

  made(index: number, term: number, sort: EntrySort): void {
    this.#sorts.set(`${index}@${term}`, sort)
  }

  /** A leader has taken a command. @returns the number that it sets the value to. */
  proposed(member: string, index: number, term: number): number {
    const number = this.commands.length + 1
    this.commands = [...this.commands, { number, member, index, term }]
    this.made(index, term, 'command')
    this.#values.set(`${index}@${term}`, number)
    return number
  }

  sortOf(index: number, term: number): EntrySort | null {
    return this.#sorts.get(`${index}@${term}`) ?? null
  }

  /** What the entry sets the value to; null if it sets nothing. */
  valueOf(index: number, term: number): number | null {
    return this.#values.get(`${index}@${term}`) ?? null
  }

  asked(member: string, stale: boolean, floor: number): number {
    const number = this.reads.length + 1
    this.reads = [...this.reads, { number, member, stale, floor, state: 'waiting', answer: null }]
    return number
  }

  /** @returns the read, if it still waited. */
  settle(number: number, state: 'answered' | 'refused', answer: string): Read | null {
    const read = this.reads[number - 1]
    if (read === undefined || read.state !== 'waiting') return null
    this.reads = this.reads.map((each) => (each === read ? { ...read, state, answer } : each))
    return read
  }
}
