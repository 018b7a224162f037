/** The groups a client has to do with, as many as fit. */
import type { Context } from './context.ts'
import { overloadedError } from './failures.ts'
import { Group } from './group.ts'

export class Groups {
  readonly #context: Context
  readonly #capacity: number
  readonly #byName = new Map<string, Group>()

  constructor(context: Context, capacity: number) {
    this.#context = context
    this.#capacity = capacity
  }

  /**
   * The group of this name, remembered or new. Room for a new one is made by forgetting one that is idle.
   * @throws {RaftedError} `overloaded` if none is.
   */
  get(name: string): Group {
    const known = this.#byName.get(name)
    if (known !== undefined) {
      known.used = true
      return known
    }
    if (this.#byName.size >= this.#capacity) this.#forgetOne()
    const group = new Group(this.#context, name)
    this.#byName.set(name, group)
    return group
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((group) => group.close()))
    this.#byName.clear()
  }

  /** Forgets the first idle one that was not used since it was passed over before. */
  #forgetOne(): void {
    for (const [name, group] of this.#byName) {
      if (!group.idle) continue
      this.#byName.delete(name)
      if (!group.used) {
        void group.close()
        return
      }
      // Passed over once: the loop meets it again behind all others.
      group.used = false
      this.#byName.set(name, group)
    }
    throw overloadedError('A call', `calls to ${this.#capacity} groups`)
  }
}
