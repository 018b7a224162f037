/** What a hostile client sends for a value: MessagePack that is deep, that claims more than is there, or that is none. */
import type { SeededRandom } from '@rafted/testing'

const bytes = (...parts: number[]): Uint8Array => Uint8Array.from(parts)
const repeated = (times: number, ...parts: number[]): Uint8Array =>
  Uint8Array.from({ length: times * parts.length }, (_, i) => parts[i % parts.length]!)

/** An array of two: the name of a call, and what follows. */
const call = (name: string, argument: Uint8Array): Uint8Array =>
  Buffer.concat([bytes(0x92, 0xa0 | name.length), Buffer.from(name), argument])

const ARGUMENTS: readonly Uint8Array[] = [
  // Arrays within arrays, maps within maps.
  repeated(200, 0x91),
  repeated(20_000, 0x91),
  repeated(5000, 0x81, 0xa1, 0x61),
  repeated(30_000, 0xdd, 0, 0, 0, 1),
  // Four billion of them, it says.
  bytes(0xdd, 0xff, 0xff, 0xff, 0xff),
  bytes(0xdf, 0xff, 0xff, 0xff, 0xff),
  bytes(0xdb, 0xff, 0xff, 0xff, 0xff, 0x61),
  bytes(0xc6, 0xff, 0xff, 0xff, 0xff),
  bytes(0xc9, 0x7f, 0xff, 0xff, 0xff, 0x42, 1),
  bytes(0xdd, 0, 0, 0x40, 0, ...repeated(200, 0xdd, 0, 0, 0x40, 0)),
  // Many small ones.
  Buffer.concat([bytes(0xdd, 0, 0, 0x75, 0x30), repeated(30_000, 0x90)]),
  // BigInts, dates, sets, maps and typed arrays that are none.
  bytes(0xc7, 0, 0x42),
  Buffer.concat([bytes(0xc8, 0xff, 0xff, 0x42), repeated(65_535, 0xff)]),
  bytes(0xd6, 0xff, 0xff, 0xff, 0xff, 0xff),
  bytes(0xd4, 0x73, 0xc1),
  bytes(0xd4, 0x4d, 0x93),
  bytes(0xc7, 3, 0x74, 0xff, 0xff, 0xff),
  // Numbers and texts that are none.
  bytes(0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1),
  bytes(0xa3, 0xed, 0xa0, 0x80),
  bytes(0xc1),
  // What a program might take for its own.
  bytes(0x81, 0xa9, ...Buffer.from('__proto__'), 0x81, 0xa1, 0x61, 1),
]

const CALLS = ['add', 'of', '__proto__', 'constructor', 'toString', 'x']

/** @returns a payload for a command or a query. */
export function hostileValue(random: SeededRandom): Uint8Array {
  const argument = random.pick(ARGUMENTS)
  if (random.chance(0.3)) return argument
  return random.chance(0.1) ? random.bytes(random.below(100)) : call(random.pick(CALLS), argument)
}
