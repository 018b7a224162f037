/**
 * Answered operations that are not in the order yet, as the calls and answers in which they were seen: a list from which an
 * operation is taken, and put back, in constant time (Lowe, "Testing for linearizability", section 3).
 */

/** An operation that has to be put in the order. */
export interface Call {
  /** Its index in the history. */
  readonly index: number
  readonly kind: number
  /** The kind with the same input and any answer. */
  readonly asked: number
  readonly calledAt: number
  readonly answeredAt: number
}

export class Pending {
  /** In the order of their calls. */
  readonly calls: readonly Call[]
  /** Call `i` is event `2 i`, its answer `2 i + 1`; the last is before the first and behind the last. */
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #end: number
  readonly #taken: number[] = []
  /** The latest call among those taken, after each. */
  readonly #latest: number[] = []

  /** @param calls in any order. */
  constructor(calls: readonly Call[]) {
    this.calls = [...calls].sort((a, b) => a.calledAt - b.calledAt)
    this.#end = 2 * calls.length
    this.#next = new Int32Array(this.#end + 1)
    this.#previous = new Int32Array(this.#end + 1)
    let last = this.#end
    for (const event of [...this.#sorted(), this.#end]) {
      this.#next[last] = event
      this.#previous[event] = last
      last = event
    }
  }

  /** Calls before answers of the same time: they overlap. */
  #sorted(): number[] {
    const time = (event: number): number => {
      const { calledAt, answeredAt } = this.calls[event >> 1]!
      return event % 2 === 0 ? calledAt : answeredAt
    }
    const events = Array.from({ length: this.#end }, (_, event) => event)
    return events.sort((a, b) => time(a) - time(b) || (a % 2) - (b % 2))
  }

  /** How many are in the order. */
  get taken(): number {
    return this.#taken.length
  }

  get isEmpty(): boolean {
    return this.#next[this.#end] === this.#end
  }

  /** Those that may come next: called before the first answer of all. */
  open(): number[] {
    const open: number[] = []
    for (
      let event = this.#next[this.#end]!;
      event % 2 === 0 && event !== this.#end;
      event = this.#next[event]!
    )
      open.push(event >> 1)
    return open
  }

  /** The one whose answer is the first: whatever comes next was called before that. There must be one. */
  due(): Call {
    let event = this.#next[this.#end]!
    while (event % 2 === 0) event = this.#next[event]!
    return this.calls[event >> 1]!
  }

  take(place: number): void {
    this.#unlink(2 * place)
    this.#unlink(2 * place + 1)
    this.#latest.push(Math.max(place, this.#latest.at(-1) ?? -1))
    this.#taken.push(place)
  }

  /** Puts back what was taken last. */
  putBack(): void {
    const place = this.#taken.pop()!
    this.#latest.pop()
    this.#link(2 * place + 1)
    this.#link(2 * place)
  }

  /** Text that says which are taken, and nothing else: the latest, and those before it that are not. These all overlap. */
  key(): string {
    const latest = this.#latest.at(-1) ?? -1
    let key = String(latest)
    for (
      let event = this.#next[this.#end]!;
      event < 2 * latest || event % 2 === 1;
      event = this.#next[event]!
    )
      if (event % 2 === 0) key += `,${event >> 1}`
    return key
  }

  #unlink(event: number): void {
    this.#next[this.#previous[event]!] = this.#next[event]!
    this.#previous[this.#next[event]!] = this.#previous[event]!
  }

  #link(event: number): void {
    this.#next[this.#previous[event]!] = event
    this.#previous[this.#next[event]!] = event
  }
}
