import { deserialize, serialize } from 'node:v8'
import type { Codec } from '../src/index.ts'

/** A codec to test with: it knows all that values are made of, and what it decodes may be views of the bytes. */
export const testCodec: Codec = {
  encode: (value) => new Uint8Array(serialize(value)),
  decode: (bytes) => {
    const value: unknown = deserialize(bytes)
    return value
  },
}

/** Counts, of what it is given to encode, calls, bytes and values (themselves and all in them). */
export class CountingCodec implements Codec {
  calls = 0
  nodes = 0
  bytes = 0

  encode(value: unknown): Uint8Array {
    this.calls += 1
    this.nodes += countNodes(value)
    const bytes = testCodec.encode(value)
    this.bytes += bytes.byteLength
    return bytes
  }

  decode(bytes: Uint8Array): unknown {
    return testCodec.decode(bytes)
  }
}

function countNodes(value: unknown): number {
  let nodes = 0
  const waiting = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    nodes += 1
    if (typeof next !== 'object' || next === null || ArrayBuffer.isView(next)) continue
    if (next instanceof Map) for (const [key, child] of next) waiting.push(key, child)
    else if (next instanceof Set) waiting.push(...next)
    else if (Array.isArray(next)) waiting.push(...(next as unknown[]))
    else for (const [key, child] of Object.entries(next)) waiting.push(key, child)
  }
  return nodes
}
