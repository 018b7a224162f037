/** Honest callers: each adds to a sum of its own, one call after the other, and knows what it must be told. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@rafted/client'
import { HONEST } from './besieged.ts'
import { CALLERS, tally } from './tally-machine.ts'

/** Between two calls of one caller. */
const PAUSE_MS = 2
/** A call that takes longer counts as one that is not answered. The machine may have much else to do. */
const PATIENCE_MS = 300_000
/** More is not looked at. */
const MOST_PROBLEMS = 20

/** How long calls took, milliseconds. */
export class Latencies {
  #taken: number[] = []

  get count(): number {
    return this.#taken.length
  }

  add(ms: number): void {
    this.#taken.push(ms)
  }

  take(): number[] {
    const taken = this.#taken
    this.#taken = []
    return taken.sort((a, b) => a - b)
  }
}

/** Of sorted numbers. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
}

export class Callers {
  readonly #clients: readonly Client[]
  readonly #sums = CALLERS.map(() => 0)
  readonly #ends: Promise<void>[] = []
  readonly problems: string[] = []
  /** Where calls are counted that begin and end now. */
  latencies: Latencies | null = null
  answered = 0
  #over = false

  constructor(clients: readonly Client[]) {
    this.#clients = clients
  }

  begin(): void {
    for (const [i, client] of this.#clients.entries()) this.#ends.push(this.#call(client, i))
  }

  /** What each caller has been told last, by its name. */
  get sums(): Record<string, number> {
    return Object.fromEntries(CALLERS.map((name, i) => [name, this.#sums[i]!]))
  }

  /** Resolves when the calls under way are answered. */
  async end(): Promise<void> {
    this.#over = true
    await Promise.all(this.#ends)
  }

  async #call(client: Client, i: number): Promise<void> {
    const handle = client.value(HONEST, tally).with({ timeoutMs: PATIENCE_MS })
    const name = CALLERS[i]!
    for (let call = 0; !this.#over; call++) {
      const isQuery = call % 4 === 3
      const expected = this.#sums[i]! + (isQuery ? 0 : 1)
      const { latencies } = this
      const begun = performance.now()
      try {
        const told = isQuery ? await handle.of(name) : await handle.add(name, 1)
        if (told !== expected) this.#problem(`${name} was told ${told} where ${expected} is right`)
      } catch (error) {
        this.#problem(`a call of ${name} was not answered: ${error}`)
        return
      }
      this.#sums[i] = expected
      this.answered++
      if (latencies !== null && latencies === this.latencies) latencies.add(performance.now() - begun)
      await pause(PAUSE_MS)
    }
  }

  #problem(problem: string): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(problem)
  }
}
