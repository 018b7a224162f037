/** How often a value is looked at: at each command while it is small, and of a large one so rarely that the cost per command stays the same. */

/** So many values are looked at per command, on average. */
const NODES_PER_COMMAND = 256

/**
 * Which commands to look after. It follows from their indices and the size of the value alone, and strides are powers of two: members
 * that apply the same commands look at the same ones, also where one of them has come to a longer stride than another.
 */
export class Sampling {
  #stride = 1
  #last = -1

  /** Whether to look at the value after the command at `index`: whenever a multiple of the stride has been passed. */
  isDue(index: number): boolean {
    const due = Math.floor(index / this.#stride) > Math.floor(this.#last / this.#stride)
    this.#last = index
    return due
  }

  /** How large the value was. */
  measured(nodes: number): void {
    this.#stride = nodes <= NODES_PER_COMMAND ? 1 : 2 ** Math.ceil(Math.log2(nodes / NODES_PER_COMMAND))
  }
}
