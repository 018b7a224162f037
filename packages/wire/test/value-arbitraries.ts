/** Values that come back as they are. */
import fc from 'fast-check'
import { hasLoneSurrogate } from '../src/utf8.ts'

const number = fc.oneof(
  fc.integer(),
  fc.integer({ min: -140, max: 300 }),
  fc.double(),
  fc.constantFrom(
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    -32,
    -33,
    -128,
    -129,
    -32_768,
    -32_769,
  ),
  fc.constantFrom(-(2 ** 31), -(2 ** 31) - 1, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, Number.MIN_VALUE),
  fc.constantFrom(Number.NaN, Infinity, -Infinity),
)
// −0 comes back as 0.
const anyNumber = number.map((value) => value + 0)

const bigint = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.bigInt({ min: -(1n << 8191n), max: (1n << 8191n) - 1n }),
  fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(-1n, 0n, 1n), fc.constantFrom(-1n, 1n))
    .map(([bytes, more, sign]) => sign * (1n << BigInt(8 * bytes - 1)) + more),
)

function text(maxLength: number): fc.Arbitrary<string> {
  return fc
    .oneof(
      fc.string({ maxLength }),
      fc.string({ unit: 'binary', maxLength: Math.floor(maxLength / 2) }),
      fc
        .tuple(fc.constantFrom('\ufeff', '', 'ä', '\u{1f600}'), fc.nat(maxLength - 2))
        .map(([first, n]) => first + 'x'.repeat(n)),
      fc
        .tuple(fc.constantFrom('ä', '\u{1f600}', '€'), fc.nat(Math.floor(maxLength / 2)))
        .map(([one, n]) => one.repeat(n)),
    )
    .filter((value) => !hasLoneSurrogate(value))
}
const key = fc.oneof(
  text(20),
  fc.nat(300).map(String),
  fc.constantFrom('constructor', 'toString', '__proto', 'length', 'then'),
)
const anyText = fc.oneof(
  { weight: 9, arbitrary: text(100) },
  text(400),
  fc.integer({ min: 65_000, max: 66_000 }).map((n) => 'y'.repeat(n)),
)

const date = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.integer({ min: -5, max: 5 }).map((ms) => new Date(ms)),
  fc.integer({ min: -2000, max: 2000 }).map((ms) => new Date(2 ** 32 * 1000 + ms)),
  fc.constantFrom(8.64e15, -8.64e15, 8.64e15 - 1, -8.64e15 + 1).map((ms) => new Date(ms)),
)

const typedArray = fc.oneof(
  fc.int8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
)
const bytes = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ maxLength: 100 }) },
  fc.uint8Array({ minLength: 250, maxLength: 300, size: 'max' }),
  fc.constant(new Uint8Array(66_000)),
)

function objects(value: fc.Arbitrary<unknown>, maxKeys: number): fc.Arbitrary<Record<string, unknown>> {
  // fast-check likes the one key that is refused; a test of its own is about it.
  const taken = key.filter((name) => name !== '__proto__')
  return fc.dictionary(taken, value, { maxKeys, noNullPrototype: true })
}

export const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, undefined, true, false),
    anyNumber,
    anyText,
    bigint,
    date,
    bytes,
    typedArray,
    fc.array(tie('value'), { maxLength: 20 }),
    objects(tie('value'), 20),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 5 }).map((values) => new Set(values)),
  ),
})).value

const flatScalar = fc.oneof(
  fc.constantFrom(null, undefined, true, false),
  anyNumber,
  text(30),
  fc.string({ minLength: 25, maxLength: 70 }),
  fc.integer({ min: 1, max: 65 }).map((n) => 'ä'.repeat(n)),
)

/** What goes the fast way, with room to spare. */
export const flatValue: fc.Arbitrary<unknown> = fc.oneof(
  flatScalar,
  text(200),
  fc.array(flatScalar, { maxLength: 5 }),
  objects(flatScalar, 5),
  fc.tuple(text(9), fc.array(fc.oneof(flatScalar, objects(flatScalar, 2)), { maxLength: 2 })),
)
