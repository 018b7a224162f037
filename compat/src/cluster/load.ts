/** Writers that add to the list all the time, and what must be so of it in the end. */
import type { Child } from './child.ts'
import type { Outcome } from './program.ts'
import { until } from './until.ts'

/** Calls of one writer that are under way at a time: commands of a client take effect in their order. */
const AT_A_TIME = 4

export class Load {
  /** All that came of the calls. */
  readonly outcomes: Outcome[] = []
  readonly #writers: Promise<void>[]
  #isOver = false

  /** @param clients each of which is a writer. */
  constructor(clients: readonly Child[]) {
    this.#writers = clients.map((client, writer) => this.#write(client, writer))
  }

  get acknowledged(): number {
    return this.outcomes.filter((outcome) => 'place' in outcome).length
  }

  /** Resolves when so many more have been acknowledged. */
  async advance(by: number): Promise<void> {
    const goal = this.acknowledged + by
    await until(`${by} more items are there`, () => this.acknowledged >= goal)
  }

  async #write(client: Child, writer: number): Promise<void> {
    for (let n = 0; !this.#isOver; n += AT_A_TIME) {
      const items = Array.from({ length: AT_A_TIME }, (_, i) => `${writer}-${n + i}`)
      this.outcomes.push(...(await client.add(items)))
    }
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#writers)
  }

  /** What is wrong with the list, given what writers were told. Empty: nothing. */
  problemsOf(list: readonly string[]): string[] {
    const problems: string[] = []
    const places = new Map<string, number>()
    for (const [place, item] of list.entries()) {
      if (places.has(item)) problems.push(`${item} stands there twice`)
      places.set(item, place)
    }
    for (const outcome of this.outcomes) {
      const at = places.get(outcome.item)
      if ('place' in outcome) {
        if (at !== outcome.place)
          problems.push(`${outcome.item} was told ${outcome.place}, and stands at ${at}`)
      } else if (outcome.outcome !== 'unknown' && at !== undefined)
        problems.push(`${outcome.item} was said not to be there (${outcome.code}), and is`)
      places.delete(outcome.item)
    }
    for (const item of places.keys()) problems.push(`${item} was asked for by nobody`)
    return problems
  }
}
