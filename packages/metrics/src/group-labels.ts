/** Which groups have a label of their own. There may be any number of groups; a label costs whoever stores what is collected. */
import { OTHER_GROUPS } from './description.ts'

export class GroupLabels {
  readonly #limit: number
  /** In the order in which they came. */
  readonly #own = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The label of the group. It gets its own as long as there is room. */
  of(group: string): string {
    if (this.#own.has(group)) return group
    if (group === OTHER_GROUPS || this.#own.size >= this.#limit) return OTHER_GROUPS
    this.#own.add(group)
    return group
  }

  /**
   * These groups run here now. Where some of them have no label for want of room, labels of groups that don't run any more are given up, the oldest
   * first: not before that, so that what was counted of a group that comes back is not lost.
   * @returns the groups whose label was given up.
   */
  makeRoom(running: readonly string[]): string[] {
    const isRunning = new Set(running)
    const wanting = running.filter((group) => group !== OTHER_GROUPS && !this.#own.has(group)).length
    const given: string[] = []
    for (const group of this.#own) {
      if (this.#own.size + wanting <= this.#limit) break
      if (isRunning.has(group)) continue
      this.#own.delete(group)
      given.push(group)
    }
    return given
  }
}
