/** A machine for a worker, as a module of its own. */
import { defineValue } from 'rafted'

export const tally = defineValue({
  init: () => 0,
  commands: { add: (sum, amount: number) => [sum + amount, sum + amount] },
  queries: { sum: (sum) => sum },
})
