/** What is replicated. */
import { defineValue } from 'rafted'

/** @type {readonly string[]} */
const empty = []

export const queue = defineValue({
  init: () => empty,
  commands: {
    enqueue: (items, /** @type {string} */ item) => [items.length, [...items, item]],
  },
  queries: {
    length: (items) => items.length,
    all: (items) => items,
  },
})
