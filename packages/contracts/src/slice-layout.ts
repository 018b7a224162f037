/**
 * How a machine's state is written in a snapshot, in slices, so that neither writing nor reading a large state ever holds
 * up the process for long.
 *
 * A version byte (1), then records, then the end record. A record is a tag byte; `run` goes on with a length (four bytes,
 * little-endian) and that many bytes: an array of values, encoded with the value's codec.
 *
 * The records describe a sequence of values: one for a pure value, the items of the state for an in-place one. A small
 * value stands in a `run`, with small neighbours. A large one is opened, its children follow in the same way, and `close`
 * ends it. The children of an array and of a set are their elements, in order; of a map and of an object their keys and
 * values, alternating; of a string and of a typed array their consecutive parts.
 *
 * There is no checksum: the snapshot store has one over all of it.
 */

export const LAYOUT_VERSION = 1

export const Tag = {
  end: 0,
  close: 1,
  run: 2,
  array: 3,
  map: 4,
  set: 5,
  object: 6,
  string: 7,
  typedArray: 8,
} as const

/** Bytes of a run's tag and length. */
export const RUN_HEAD_BYTES = 5

/** The longest run, bytes: what a reader gathers before it decodes. A writer stays far below unless one value is that large. */
export const MAX_RUN_BYTES = 64 * 1024 * 1024

/** A value of more nodes than this (itself and all in it, keys included) is opened rather than put in a run. */
export const RUN_NODES = 500

/** So is one of more bytes than this, roughly: strings count a byte for each UTF-16 unit. */
export const RUN_BYTES = 32 * 1024

/** And one that holds containers deeper than this: a run must not exceed what codecs take, and is walked recursively. */
export const RUN_DEPTH = 16

/** Longest part of an opened string, UTF-16 units, and of an opened typed array, bytes. Less than `RUN_BYTES`. */
export const STRING_PART = 8 * 1024
export const TYPED_ARRAY_PART = 16 * 1024

/** A chunk ends when this much was visited or written. The last run may take it beyond by its own size. */
export const CHUNK_NODES = 1000
export const CHUNK_BYTES = 64 * 1024

/** What can be opened. All else is taken whole by the codec. */
export type ContainerKind = Exclude<keyof typeof Tag, 'end' | 'close' | 'run'>

/** @returns what kind of container `value` is, or null. Subclasses are none: the codec knows whether it can bring them back. */
export function containerKind(value: unknown): ContainerKind | null {
  if (typeof value === 'string') return 'string'
  if (typeof value !== 'object' || value === null) return null
  switch (Object.getPrototypeOf(value)) {
    case Object.prototype:
    case null:
      return 'object'
    case Array.prototype:
      return 'array'
    case Map.prototype:
      return 'map'
    case Set.prototype:
      return 'set'
    default:
      return isTypedArray(value) ? 'typedArray' : null
  }
}

/** Those there are, by the name they give themselves. */
export const typedArrays = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
}

/** A typed array, as far as it has to be known to cut it and to put it together. */
export interface TypedArray extends ArrayBufferView {
  readonly length: number
  readonly [Symbol.toStringTag]: keyof typeof typedArrays
  readonly BYTES_PER_ELEMENT: number
  subarray(begin: number, end: number): TypedArray
  set(from: TypedArray, offset: number): void
}

export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}
