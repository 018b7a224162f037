/** A machine for workers, as a module of its own. */
import { CommandError, defineValue } from 'rafted'

export const tally = defineValue({
  init: () => ({ sum: 0, entries: [] as readonly number[] }),
  commands: {
    add: (value, amount: number) => {
      const sum = value.sum + amount
      return [sum, { sum, entries: [...value.entries, amount] }]
    },
    refuse: (_, why: string): never => {
      throw new CommandError('refused', why, { why })
    },
    break: (): never => {
      throw new TypeError('this machine is broken')
    },
    /** Ends the thread it runs in. */
    exit: (value, code: number) => {
      process.exit(code)
      return [0, value]
    },
  },
  queries: {
    sum: (value) => value.sum,
    entries: (value) => value.entries,
    slow: (value, ms: number) => {
      const until = performance.now() + ms
      while (performance.now() < until);
      return value.sum
    },
  },
})

export const hooks = {
  commandCommitted(): void {
    throw new RangeError('a hook that fails')
  },
}

export const noMachine = { create: 'nothing' }
