/** How large and how deep a value of a user may be. The same bounds hold for encoding and decoding. */
import { cannotEncode } from './bad-bytes.ts'

/** What a value of a user may take. */
export interface ValueLimits {
  /** Containers (arrays, objects, maps, sets) within each other. Default 100. */
  readonly maxDepth: number
  /** Bytes of the encoded value. Default 16 MiB. */
  readonly maxBytes: number
  /** Containers in all: an empty one takes a byte encoded, and some hundred in memory. Default 1,048,576. */
  readonly maxContainers: number
}

const defaults: ValueLimits = { maxDepth: 100, maxBytes: 16 * 1024 * 1024, maxContainers: 1024 * 1024 }

/** Beyond this depth the engine's stack, not this limit, would decide. */
const DEEPEST = 500

/** @throws {RaftedError} `invalid-argument` naming the limit. */
export function resolveValueLimits(limits: Partial<ValueLimits> = {}): ValueLimits {
  const resolved = { ...defaults, ...limits }
  for (const name of Object.keys(defaults) as (keyof ValueLimits)[])
    if (!Number.isSafeInteger(resolved[name]) || resolved[name] < 1)
      cannotEncode(`the limit ${name} must be a positive integer, not ${resolved[name]}`)
  if (resolved.maxDepth > DEEPEST) cannotEncode(`the limit maxDepth can be ${DEEPEST} at most`)
  return resolved
}

/** MessagePack extensions a value may hold; all others are refused. */
export const UNDEFINED_EXTENSION = 0x00
export const BIGINT_EXTENSION = 0x42
export const MAP_EXTENSION = 0x4d
export const SET_EXTENSION = 0x73
export const TYPED_ARRAY_EXTENSION = 0x74
export const DATE_EXTENSION = 0xff

/** A BigInt's bytes: reading one takes time that grows faster than its length. */
export const MAX_BIGINT_BYTES = 1024
