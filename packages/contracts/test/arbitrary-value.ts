import fc from 'fast-check'

/** Values as a codec knows them, nested, with large containers, long strings and large typed arrays among them. */
export const arbitraryValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(null, undefined, true, false, Number.NaN, -0, 0, Number.POSITIVE_INFINITY),
      fc.integer(),
      fc.double(),
      fc.bigInt(),
      fc.string({ unit: 'binary' }),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array(),
      fc.constantFrom('', [], {}, new Map(), new Set(), new Float64Array(3)),
      // Large ones, by their sizes: the values themselves would only make failures hard to read.
      fc.integer({ min: 0, max: 50_000 }).map((length) => '💥ab'.repeat(length / 4)),
      fc.integer({ min: 0, max: 50_000 }).map((length) => new Uint8Array(length).fill(length)),
      fc.integer({ min: 0, max: 6000 }).map((length) => Float64Array.from({ length }, (_, i) => i / 3)),
      fc.integer({ min: 0, max: 1500 }).map((length) => Array.from({ length }, (_, i) => i)),
      fc.integer({ min: 0, max: 1500 }).map((length) => new Set(Array.from({ length }, (_, i) => `${i}`))),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.uniqueArray(tie('value'), { maxLength: 5 }).map((all) => new Set(all)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc
      .array(fc.tuple(fc.oneof(fc.string(), fc.constant('__proto__'), fc.nat(9).map(String)), tie('value')), {
        maxLength: 5,
      })
      .map((entries) => Object.fromEntries(entries)),
    // Many of the same: shared on the way in, copies on the way out.
    fc.tuple(tie('value'), fc.nat(40)).map(([value, count]) => Array<unknown>(count).fill(value)),
    fc
      .tuple(tie('value'), fc.nat(400))
      .map(([value, count]) => new Map(Array.from({ length: count }, (_, i) => [`k${i}`, value]))),
    fc
      .tuple(tie('value'), fc.nat(400))
      .map(([value, count]) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]))),
  ),
})).value

/**
 * @returns how large it is: a value counts as one, and more if it is long. No more is counted than `limit`: a few large values,
 * many times over, make very large ones.
 */
export function sizeOf(value: unknown, limit: number): number {
  let size = 0
  const waiting = [value]
  while (waiting.length > 0 && size < limit) {
    const next = waiting.pop()
    size += 1
    if (typeof next === 'string') size += next.length / 50
    else if (ArrayBuffer.isView(next)) size += next.byteLength / 50
    else if (next instanceof Map) for (const [key, child] of next) waiting.push(key, child)
    else if (next instanceof Set) for (const child of next) waiting.push(child)
    else if (typeof next === 'object' && next !== null)
      for (const key of Object.keys(next)) waiting.push((next as Record<string, unknown>)[key])
  }
  return size
}
