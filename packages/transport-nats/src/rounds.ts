/**
 * What was published, in rounds: a round ends when the server has answered that it took all before (`flush`). What nobody was there to
 * receive is told before that, by the same connection. So when a round ends it is known of each of its messages.
 */
import type { Link } from './link.ts'

export interface Entry {
  readonly link: Link
  /** What the server has not taken yet, in the link's count. */
  bytes: number
  messages: number
  /** Of these, such as carry bytes of batches. */
  carrying: number
  /** Of these, such as nobody was there to receive. */
  absent: number
}

export class Round {
  readonly number: number
  readonly #byLink = new Map<number, Entry>()

  constructor(number: number) {
    this.number = number
  }

  get isEmpty(): boolean {
    return this.#byLink.size === 0
  }

  published(link: Link, bytes: number, carries: boolean): void {
    let entry = this.#byLink.get(link.o.number)
    if (entry === undefined) {
      entry = { link, bytes: 0, messages: 0, carrying: 0, absent: 0 }
      this.#byLink.set(link.o.number, entry)
    }
    entry.bytes += bytes
    entry.messages += 1
    if (carries) entry.carrying += 1
  }

  carriesFor(link: Link): boolean {
    return (this.#byLink.get(link.o.number)?.carrying ?? 0) > 0
  }

  absent(link: number): void {
    const entry = this.#byLink.get(link)
    if (entry !== undefined) entry.absent += 1
  }

  entries(): Iterable<Entry> {
    return this.#byLink.values()
  }
}
