/** How much a body counts towards the bytes of its queue: the same on every member. */

const PART_BYTES = 8

/** @returns bytes, roughly: a text counts one for each UTF-16 unit, bytes themselves, and every part of a value eight more. */
export function bytesOf(body: unknown): number {
  let bytes = 0
  const left: unknown[] = [body]
  while (left.length > 0) {
    const value = left.pop()
    bytes += PART_BYTES
    if (typeof value === 'string') bytes += value.length
    else if (typeof value === 'object' && value !== null) {
      if (ArrayBuffer.isView(value)) bytes += value.byteLength
      else for (const part of partsOf(value)) left.push(part)
    }
  }
  return bytes
}

function* partsOf(value: object): Generator<unknown> {
  if (value instanceof Map) {
    for (const [key, held] of value) {
      yield key
      yield held
    }
  } else if (Array.isArray(value) || value instanceof Set) yield* value
  else
    for (const [key, held] of Object.entries(value)) {
      yield key
      yield held
    }
}
