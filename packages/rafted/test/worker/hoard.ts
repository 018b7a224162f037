/** A machine that needs more memory than there is. */
import { defineValue } from 'rafted'

export const hoard = defineValue({
  init: () => 0,
  commands: {
    grow: (value) => {
      const all: unknown[] = []
      for (;;) all.push(new Array(10_000).fill(value))
    },
  },
  queries: {},
})
