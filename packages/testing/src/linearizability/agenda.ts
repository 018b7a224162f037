/** What is still to be tried, by priority; of the same priority, what came last comes first. */
export class Agenda<Item> {
  readonly #stacks: Item[][] = []

  /** @param priority an integer from 0 on; the highest comes first. */
  add(item: Item, priority: number): void {
    while (this.#stacks.length <= priority) this.#stacks.push([])
    this.#stacks[priority]!.push(item)
  }

  take(): Item | undefined {
    while (this.#stacks.length > 0) {
      const item = this.#stacks.at(-1)!.pop()
      if (item !== undefined) return item
      this.#stacks.pop()
    }
    return undefined
  }
}
