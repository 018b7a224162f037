/** Messages that were sent and have neither arrived nor been lost. Nothing moves by itself. */
import type { Message, SnapshotPosition } from '../../../src/index.ts'

export interface Flying {
  readonly message: Message
  /** The snapshot whose part this is. */
  readonly snapshot: SnapshotPosition | null
}

export interface Selection {
  /** Null for any. */
  readonly from: string | null
  readonly to: string | null
  readonly kind: Message['kind'] | null
  /** The n-th of them, from 1. Null for all. */
  readonly nth: number | null
}

export class Network {
  /** In the order of sending. */
  flying: Flying[] = []
  /** Messages put aside by name. */
  readonly pockets = new Map<string, Flying[]>()
  /** Number of messages ever sent, by `from->to kind`. */
  readonly sent = new Map<string, number>()
  readonly #cuts = new Set<string>()

  send(flying: Flying): boolean {
    const { from, to, kind } = flying.message
    const key = `${from}->${to} ${kind}`
    this.sent.set(key, (this.sent.get(key) ?? 0) + 1)
    if (this.#cuts.has(`${from}->${to}`)) return false
    this.flying.push(flying)
    return true
  }

  cut(from: string, to: string): void {
    this.#cuts.add(`${from}->${to}`)
  }

  heal(): void {
    this.#cuts.clear()
  }

  select({ from, to, kind, nth }: Selection): Flying[] {
    const matching = this.flying.filter(
      ({ message }) =>
        (from === null || message.from === from) &&
        (to === null || message.to === to) &&
        (kind === null || message.kind === kind),
    )
    return nth === null ? matching : matching.slice(nth - 1, nth)
  }

  take(taken: readonly Flying[]): void {
    this.flying = this.flying.filter((flying) => !taken.includes(flying))
  }
}
