/** Values of any shape the codec carries: how large they are, and whether two of them are the same. */

/** Containers within each other. What a store answers puts some more around a value, and a codec carries 100. */
const MAX_DEPTH = 80
/** A number, a boolean, or the head of anything else. */
const NODE_BYTES = 8

/** @returns about how many bytes it takes, encoded; infinitely many where it is deeper than a store takes. */
export function sizeOf(value: unknown, depth = 0): number {
  if (typeof value === 'string') return NODE_BYTES + value.length
  if (typeof value === 'bigint') return NODE_BYTES + value.toString(16).length
  if (typeof value !== 'object' || value === null || value instanceof Date) return NODE_BYTES
  if (ArrayBuffer.isView(value)) return NODE_BYTES + value.byteLength
  if (depth === MAX_DEPTH) return Number.POSITIVE_INFINITY
  let size = NODE_BYTES
  if (value instanceof Map)
    for (const [key, item] of value) size += sizeOf(key, depth + 1) + sizeOf(item, depth + 1)
  else if (Array.isArray(value) || value instanceof Set)
    for (const item of value) size += sizeOf(item, depth + 1)
  else
    for (const [name, item] of Object.entries(value))
      size += NODE_BYTES + name.length + sizeOf(item, depth + 1)
  return size
}

/** Whether they have the same content. Properties are in no order; entries of Maps and Sets are. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (a instanceof Date) return isSame(a.getTime(), (b as Date).getTime())
  if (ArrayBuffer.isView(a)) return areSame([...bytesOf(a)], [...bytesOf(b as ArrayBufferView)])
  if (Array.isArray(a)) return areSame(a, b as unknown[])
  if (a instanceof Map || a instanceof Set) return areSame([...a], [...(b as Iterable<unknown>)])
  const names = Object.keys(a)
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(left[name], right[name]))
  )
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => isSame(item, b[i]))
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
