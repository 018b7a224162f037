/** A machine that needs more memory than there is: JavaScript, so that any Node.js runs it as it is. */
import { defineValue } from 'rafted'

export const hoard = defineValue({
  init: () => 0,
  commands: {
    /** @returns {never} */
    grow: (value) => {
      const all = []
      for (;;) all.push(new Array(10_000).fill(value))
    },
  },
  queries: {},
})
