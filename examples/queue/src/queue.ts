/** A queue of byte strings, as a pure definition. */
import { defineValue } from 'rafted'

/** Items per chunk: a change copies one chunk and the list of chunks, never the whole queue. */
const chunkItems = 256

/**
 * Immutable, as pure values are: what a command does not touch is shared with the value before it. The oldest item is
 * `chunks[0][taken]`. No chunk is empty.
 */
export interface Queue {
  readonly chunks: readonly (readonly Uint8Array[])[]
  /** Items of the first chunk that are gone already. */
  readonly taken: number
  readonly length: number
}

const empty: Queue = { chunks: [], taken: 0, length: 0 }

/** @returns how many items were there before, and the queue with `item` behind them. */
function enqueue(queue: Queue, item: Uint8Array): [number, Queue] {
  const { chunks, taken, length } = queue
  const last = chunks.at(-1)
  const grown =
    last === undefined || last.length === chunkItems ? [...chunks, [item]] : chunks.with(-1, [...last, item])
  return [length, { chunks: grown, taken, length: length + 1 }]
}

/** @returns the oldest item, or null if there is none, and the queue without it. */
function dequeue(queue: Queue): [Uint8Array | null, Queue] {
  const { chunks, taken, length } = queue
  const first = chunks[0]
  if (first === undefined) return [null, queue]
  const item = first[taken]!
  if (length === 1) return [item, empty]
  const finished = taken + 1 === first.length
  return [
    item,
    { chunks: finished ? chunks.slice(1) : chunks, taken: finished ? 0 : taken + 1, length: length - 1 },
  ]
}

export const queue = defineValue({
  init: () => empty,
  commands: { enqueue, dequeue },
  queries: { length: ({ length }: Queue) => length },
})
