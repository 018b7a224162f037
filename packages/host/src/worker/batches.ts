/** Requests and responses between threads, as batches of the wire in buffers that change hands. */
import { encodeBatch, type Item, MAX_ITEMS, WIRE_VERSIONS } from '@rafted/wire'

/** A batch is closed when it is about as large: a buffer that is cloned into at once is not longer than needed. */
const BATCH_BYTES = 4 * 1024 * 1024
/** What an item takes at most beside its payload, but for lists of members. */
const ITEM_BYTES = 2048

/** About how much memory an item takes, at least. */
export function sizeOf(item: Item): number {
  if (item.kind === 'request' && 'payload' in item.request) return ITEM_BYTES + item.request.payload.length
  if (item.kind === 'response' && 'payload' in item.response) return ITEM_BYTES + item.response.payload.length
  return ITEM_BYTES
}

/** @returns the items in order, in as many runs as batches are needed. */
export function* runsOf<T>(items: readonly T[], itemOf: (one: T) => Item): Generator<readonly T[]> {
  let run: T[] = []
  let bytes = 0
  for (const one of items) {
    const size = sizeOf(itemOf(one))
    if (run.length > 0 && (bytes + size > BATCH_BYTES || run.length === MAX_ITEMS)) {
      yield run
      run = []
      bytes = 0
    }
    run.push(one)
    bytes += size
  }
  if (run.length > 0) yield run
}

/** @returns the batch in a buffer of its own, to be transferred. @throws what `encodeBatch` throws. */
export function encodeOwn(cluster: string, items: readonly Item[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeBatch({ cluster, versions: WIRE_VERSIONS, sender: 'thread' }, items))
}
