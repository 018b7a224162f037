/** Values as bytes, for machines by themselves. */
import { deserialize, serialize } from 'node:v8'
import type { Codec } from '@rafted/contracts'

export const codec: Codec = {
  encode: (value) => new Uint8Array(serialize(value)),
  decode: (bytes) => deserialize(bytes),
}
