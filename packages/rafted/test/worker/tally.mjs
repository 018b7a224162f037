/** A machine for workers, as a module of its own: JavaScript, so that any Node.js runs it as it is. */
import { CommandError, defineValue } from 'rafted'

export const tally = defineValue({
  init: () => ({ sum: 0, entries: /** @type {readonly number[]} */ ([]) }),
  commands: {
    /** @param {number} amount */
    add: (value, amount) => {
      const sum = value.sum + amount
      return [sum, { sum, entries: [...value.entries, amount] }]
    },
    /**
     * @param {string} why
     * @returns {never}
     */
    refuse: (_, why) => {
      throw new CommandError('refused', why, { why })
    },
    /** @returns {never} */
    break: () => {
      throw new TypeError('this machine is broken')
    },
    /**
     * Ends the thread it runs in.
     * @param {number} code
     */
    exit: (value, code) => {
      process.exit(code)
      return [0, value]
    },
  },
  queries: {
    sum: (value) => value.sum,
    entries: (value) => value.entries,
    /** @param {number} ms */
    slow: (value, ms) => {
      const until = performance.now() + ms
      while (performance.now() < until);
      return value.sum
    },
  },
})

export const hooks = {
  commandCommitted() {
    throw new RangeError('a hook that fails')
  },
}

export const noMachine = { create: 'nothing' }
