/** Users' values as bytes. */
import { RaftedError } from './errors.ts'
import type { Machine } from './state-machine.ts'

/**
 * Turns users' values into bytes and back. Deterministic: equal values give equal bytes on every member, and what is decoded follows from the
 * bytes alone. Synchronous. What it throws is the failure of the one command or query that it was asked for.
 */
export interface Codec {
  /** @returns bytes that nobody writes to again, of an array of its own size. @throws if the value can't be represented; nothing is encoded half. */
  encode(value: unknown): Uint8Array
  /**
   * As `encode`, and the same bytes, but of memory that the codec writes to again: good until it is next asked for anything. For who copies them at once. May be missing.
   */
  encodeShared?(value: unknown): Uint8Array
  /** @throws if the bytes are no value. Never aborts the process, whatever the bytes. */
  decode(bytes: Uint8Array): unknown
  /** As `decode` of all from `at` on, for which nobody has to make a view. May be missing. */
  decodeFrom?(bytes: Uint8Array, at: number): unknown
  /** Nothing that is decoded is a view of its bytes, so that these may be written to again. Where it isn't said, each `decode` is given bytes that stay as they are. */
  readonly copiesBytes?: boolean
}

/**
 * @returns the codec of a machine, or `fallback` where it names none. What a machine's own gives for bytes are bytes, or it has failed.
 * @throws {RaftedError} `invalid-argument` for what is no codec.
 */
export function codecOf({ codec }: Pick<Machine, 'codec'>, fallback: Codec): Codec {
  const own = codec ?? fallback
  return own === fallback ? fallback : fenced(checkCodec(own))
}

/** @throws {RaftedError} `invalid-argument` for what is no codec. */
export function checkCodec(codec: Codec): Codec {
  if (typeof codec?.encode === 'function' && typeof codec.decode === 'function') return codec
  throw new RaftedError(
    'invalid-argument',
    'A `codec` is an object with `encode`, which makes a Uint8Array of a value, and `decode`, which makes the value again.',
    { outcome: 'not-applied' },
  )
}

function fenced(codec: Codec): Codec {
  return {
    encode: (value) => ownBytes(codec.encode(value)),
    decode: (bytes) => codec.decode(bytes),
  }
}

/** Part of a larger memory is taken out of it: whoever owns the rest may write there again, and it would be kept for a few bytes. */
function ownBytes(encoded: unknown): Uint8Array {
  if (!isBytes(encoded)) throw new TypeError('A codec encodes to a Uint8Array, at once and not as a promise.')
  return encoded.byteLength === encoded.buffer.byteLength ? encoded : new Uint8Array(encoded)
}

/** Of this realm or another. */
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}
