/** Copies of batches. Small ones share slabs: the engine needs longer to make an array of its own than to fill one. */

const SLAB_BYTES = 16 * 1024
/** Larger ones get an array of their own, so that whoever keeps one keeps no more than about itself. */
const LARGEST_SHARED = 1024

let slab = new Uint8Array(SLAB_BYTES)
let used = 0

/** A copy that nothing else is written over. It may share its buffer with other copies. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  if (length > LARGEST_SHARED) return new Uint8Array(bytes)
  if (used + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES)
    used = 0
  }
  const copy = new Uint8Array(slab.buffer, used, length)
  copy.set(bytes)
  used += length
  return copy
}
