/** A queue of texts, as a pure definition. */
import { defineValue } from 'rafted-nats'

export const group = 'queue'
export const ids = ['a', 'b', 'c']

export const queue = defineValue({
  init: () => [] as readonly string[],
  commands: {
    enqueue: (items, item: string) => [items.length, [...items, item]],
    dequeue: (items) => [items[0] ?? null, items.slice(1)],
  },
  queries: { length: (items) => items.length },
})
