/**
 * The codec of users' values where they name no other: MessagePack as msgpackr writes it, fenced in. What would come
 * back as something else is refused before it is encoded (`checkValue`); what is decoded is read by a reader of our own
 * that takes one form for each value and nothing else (`ValueReader`).
 *
 * No state is carried from one value to the next (no shared structures, no records): equal values give equal bytes.
 */
import type { Codec } from '@rafted/contracts'
import { addExtension, Packr, RESET_BUFFER_MODE } from 'msgpackr/pack'
import { encodeFlat, MAX_FLAT_BYTES, MAX_FLAT_DEPTH } from './flat-value.ts'
import { checkValue, PackedMap, tooLargeValue } from './value-check.ts'
import { MAP_EXTENSION, resolveValueLimits, type ValueLimits } from './value-limits.ts'
import { ValueReader } from './value-reader.ts'

// MessagePack's own maps hold plain objects; a `Map` is an extension around [key, value, key, value, …].
addExtension({
  Class: PackedMap,
  type: MAP_EXTENSION,
  write: (map: PackedMap) => map.flat,
})

/** msgpackr keeps the longest buffer it ever wrote to. Beyond this many bytes it is made to let go of it. */
const MAX_KEPT_BYTES = 1024 * 1024

/**
 * A codec with limits of its own. It takes null, undefined, booleans, numbers, strings, BigInts, arrays, plain objects,
 * `Map`, `Set`, `Date` and typed arrays, nested; `encode` refuses all else with `invalid-argument`, and with `too-large`
 * what exceeds the limits. `decode` throws `BadBytes` for what `encode` could not have made. docs/wire-format.md lists
 * what comes back changed.
 * @throws {RaftedError} `invalid-argument` for a limit that can't be.
 */
export function createValueCodec(limits?: Partial<ValueLimits>): Codec {
  const bounds = resolveValueLimits(limits)
  const packr = new Packr({
    useRecords: false,
    mapsAsObjects: true,
    variableMapSize: true,
    moreTypes: true,
    useBigIntExtension: true,
    useToJSON: false,
  })
  const flat =
    bounds.maxBytes >= MAX_FLAT_BYTES &&
    bounds.maxDepth >= MAX_FLAT_DEPTH &&
    bounds.maxContainers >= MAX_FLAT_BYTES
  const reader = new ValueReader(bounds)
  const codec: Codec = {
    encode: (value) => (flat ? encodeFlat(value) : null) ?? encodeAny(packr, value, bounds),
    decode: (bytes) => reader.read(bytes),
  }
  return withShortcuts(codec, {
    encodeShared: (value) => packedBy(packr, value, bounds),
    decodeFrom: (bytes, at) => reader.read(bytes, at),
    copiesBytes: true,
  })
}

type Shortcuts = Required<Omit<Codec, 'encode' | 'decode'>>

/** They are not taken along into a codec that is made of this one (`{ ...valueCodec, decode }`): what is said of these two ways is not true of others. */
function withShortcuts(codec: Codec, shortcuts: Shortcuts): Codec & Shortcuts {
  for (const [name, value] of Object.entries(shortcuts)) Object.defineProperty(codec, name, { value })
  return codec as Codec & Shortcuts
}

/** msgpackr's own buffer is shared by all it packs: the bytes are taken out of it. */
function encodeAny(packr: Packr, value: unknown, limits: ValueLimits): Uint8Array {
  return new Uint8Array(packedBy(packr, value, limits))
}

/** Each begins where the one before did, as nobody needs that any more: else msgpackr would make a new buffer whenever the old one is full. */
function packedBy(packr: Packr, value: unknown, limits: ValueLimits): Uint8Array {
  const packed = packr.pack(checkValue(value, limits), RESET_BUFFER_MODE)
  if (packed.buffer.byteLength > MAX_KEPT_BYTES) letGo(packr)
  return packed.length > limits.maxBytes ? tooLargeValue(`${packed.length} bytes`, limits.maxBytes) : packed
}

function letGo(packr: Packr): void {
  const small = new Uint8Array(8192)
  packr.useBuffer(typeof Buffer === 'function' ? Buffer.from(small.buffer) : (small as Buffer))
}

/** The default codec, with the default limits. */
export const valueCodec: Codec = createValueCodec()
