/** Users' values: what comes back, what is refused, and that a value has one form. */
import { isDeepStrictEqual } from 'node:util'
import vm from 'node:vm'
import type { RaftedError } from '@rafted/contracts'
import fc from 'fast-check'
import { addExtension, Packr } from 'msgpackr/pack'
import { describe, expect, test, vi } from 'vitest'
import { BadBytes } from '../src/bad-bytes.ts'
import { encodeFlat } from '../src/flat-value.ts'
import { createValueCodec, valueCodec } from '../src/value-codec.ts'
import { MAP_EXTENSION } from '../src/value-limits.ts'
import { arrayIndexOf } from '../src/value-reader.ts'
import { expectSame } from './same.ts'
import { anyValue, flatValue } from './value-arbitraries.ts'

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

function refusal(run: () => unknown): RaftedError {
  try {
    run()
  } catch (error) {
    return error as RaftedError
  }
  return expect.fail('nothing was refused')
}

const through = (value: unknown): unknown => valueCodec.decode(valueCodec.encode(value))
const bytes = (...some: number[]): Uint8Array => new Uint8Array(some)
const refused = (code: string): unknown => expect.objectContaining({ code, outcome: 'not-applied' })

/** As msgpackr writes and reads it with the same options, on its own. */
const msgpackr = new Packr({
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  moreTypes: true,
  useBigIntExtension: true,
  useToJSON: false,
  int64AsType: 'bigint',
})
addExtension({
  type: MAP_EXTENSION,
  read: (flat: unknown[]) =>
    new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]])),
} as Parameters<typeof addExtension>[0])

describe('any value', () => {
  test('comes back as it was, in bytes that belong to nobody else', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const encoded = valueCodec.encode(value)
        expect(encoded.constructor).toBe(Uint8Array)
        expect(encoded.byteLength).toBe(encoded.buffer.byteLength)
        expectSame(new Uint8Array(valueCodec.encodeShared!(value)), encoded)
        const passing = new Uint8Array(encoded)
        const back = valueCodec.decode(passing)
        // Nothing of it is a view of those bytes (`copiesBytes`).
        passing.fill(0xff)
        expectSame(back, value)
        // Equal values, equal bytes.
        expectSame(valueCodec.encode(back), encoded)
      }),
      { numRuns: 1000 },
    )
  })

  test('a codec that is made of this one takes along what it encodes and decodes by, and nothing beside', () => {
    const own = { ...valueCodec, decode: () => 'its own' }
    expect(own).toEqual({ encode: valueCodec.encode, decode: own.decode })
    expect(Object.keys({ ...valueCodec })).toEqual(['encode', 'decode'])
    expect([own.encodeShared, own.decodeFrom, own.copiesBytes]).toEqual([undefined, undefined, undefined])
    expect(valueCodec.copiesBytes).toBe(true)
  })

  test('is the same behind other bytes, and refused in the same words', () => {
    const failure = (decode: () => unknown): unknown => {
      try {
        decode()
        return null
      } catch (error) {
        return error
      }
    }
    fc.assert(
      fc.property(anyValue, fc.uint8Array({ maxLength: 20 }), fc.nat(), (value, before, cut) => {
        const encoded = valueCodec.encode(value)
        const behind = (bytes: Uint8Array): Uint8Array => new Uint8Array([...before, ...bytes])
        expectSame(valueCodec.decodeFrom!(behind(encoded), before.length), value)
        const torn = encoded.slice(0, cut % encoded.length)
        const refused = failure(() => valueCodec.decode(torn))
        expect(refused).toBeInstanceOf(BadBytes)
        expect(failure(() => valueCodec.decodeFrom!(behind(torn), before.length))).toEqual(refused)
      }),
      { numRuns: 500 },
    )
  })

  test('an invalid date comes back as one, wherever it stands, and as nothing else', () => {
    const none = new Date(Number.NaN)
    for (const value of [none, [none], { a: none }, new Set([none]), new Map([[none, [none, none]]])]) {
      expectSame(through(value), value)
      expect(() => expectSame(value, through([value]))).toThrow()
    }
    expect(() => expectSame([none], [new Date(0)])).toThrow()
    expect(() => expectSame([none, 1], [none, 2])).toThrow()
    expect(() => expectSame({ a: none }, { b: none })).toThrow()
    expect(() => expectSame(new Set([none]), [none])).toThrow()
  })

  test('is written as msgpackr writes it, be it the fast way', () => {
    fc.assert(
      fc.property(flatValue, (value) => {
        const flat = encodeFlat(value)
        expect(flat).not.toBeNull()
        expectSame(flat, new Uint8Array(msgpackr.pack(value)))
      }),
      { numRuns: 1000 },
    )
  })

  test('is read as msgpackr reads it', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const encoded = valueCodec.encode(value)
        fc.pre(!Buffer.from(encoded).includes('\ufeff'))
        expectSame(valueCodec.decode(encoded), withUint8Arrays(msgpackr.unpack(encoded.slice())))
      }),
      // One seed: msgpackr's own reader remembers things from one value to the next, and what is compared here is not to depend on it.
      { numRuns: 500, seed: 20 },
    )
  })

  test('keeps a U+FEFF in front of a text, which msgpackr drops from a long one unless its add-on is there', () => {
    for (const length of [0, 10, 40, 41, 64, 65, 300, 70_000]) {
      const text = `\ufeff${'x'.repeat(length)}`
      expectSame(through([text, { [text]: text }]), [text, { [text]: text }])
    }
  })

  test('is the same encoded with other limits, where nothing goes the fast way', () => {
    const slow = createValueCodec({ maxBytes: 1000 })
    fc.assert(
      fc.property(flatValue, (value) => {
        const fast = valueCodec.encode(value)
        fc.pre(fast.length <= 1000)
        expectSame(slow.encode(value), fast)
      }),
      { numRuns: 500 },
    )
  })
})

/** msgpackr gives parts of its own memory, as Buffers, where the reader here gives copies. */
function withUint8Arrays(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(withUint8Arrays)
  if (value instanceof Map)
    return new Map([...value].map(([key, one]) => [withUint8Arrays(key), withUint8Arrays(one)]))
  if (value instanceof Set) return new Set([...value].map(withUint8Arrays))
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Date)
    return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withUint8Arrays(one)]))
}

describe('comes back as something else, which is said in docs/wire-format.md', () => {
  class Sub extends Uint8Array {}
  const hidden = (value: unknown): object => Object.defineProperty({}, 'constructor', { value })
  const changed: [string, unknown, unknown][] = [
    ['−0', [-0, { a: -0 }], [0, { a: 0 }]],
    ['a Buffer', Buffer.from('abc'), new Uint8Array([97, 98, 99])],
    ['a class derived from Uint8Array', [new Sub(3)], [new Uint8Array(3)]],
    // biome-ignore lint/suspicious/noSparseArray: it is what is tried.
    ['a hole in an array', [1, , 3], [1, undefined, 3]],
    ['what an array has besides its elements', Object.assign([1, 2], { more: 3 }), [1, 2]],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['an object of another realm', { a: vm.runInNewContext('({ b: 1 })') }, { a: { b: 1 } }],
    ['what is not enumerable', Object.defineProperty({ a: 1 }, 'b', { value: 2 }), { a: 1 }],
    ['an object that hides that it is none', [hidden(Array), hidden(Map), new Set()], [{}, {}, new Set()]],
    ['the same the fast way', [hidden(Array), hidden(Map)], [{}, {}]],
    [
      'an accessor',
      {
        get a() {
          return 1
        },
      },
      { a: 1 },
    ],
    ['a frozen object', Object.freeze({ a: Object.freeze([1]) }), { a: [1] }],
    [
      'NaN of another kind',
      new Float64Array(new BigUint64Array([0xfff8000000000001n]).buffer)[0],
      Number.NaN,
    ],
  ]
  test.each(changed)('%s', (_, value, back) => {
    expectSame(through(value), back)
    expect(Object.is(through(-0), 0)).toBe(true)
  })

  test('two references to one object become two objects', () => {
    const one = { a: 1 }
    const [first, second] = through([one, one]) as object[]
    expect(first).toEqual(second)
    expect(first).not.toBe(second)
  })

  test('keys come back in the order in which objects list them', () => {
    const back = through({ b: 1, 10: 2, a: 3, 9: 4, '-1': 5, '01': 6, 4294967295: 7 }) as object
    expect(Object.keys(back)).toEqual(['9', '10', 'b', 'a', '-1', '01', '4294967295'])
  })
})

describe('is refused before anything is encoded', () => {
  class Point {
    x = 1
  }
  class Keys extends Map {}
  class Tags extends Set {}
  class Moment extends Date {}
  class List extends Array {}
  function Bare(this: { x: number }) {
    this.x = 1
  }
  Bare.prototype = Object.create(null)
  const cycle: unknown[] = []
  cycle.push({ again: cycle })
  const wide = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i]))

  const bad: [string, unknown, RegExp][] = [
    ['a function', () => 1, /: value is a function\./],
    ['a symbol', Symbol('s'), /: value is a symbol\./],
    ['a class instance', { a: [1, new Point()] }, /: value\.a\[1\] is an instance of Point, which/],
    ['a promise', Promise.resolve(1), /an instance of Promise/],
    ['an error', new TypeError('no'), /an instance of TypeError/],
    ['a regular expression', /x/, /an instance of RegExp/],
    ['an ArrayBuffer', new ArrayBuffer(3), /an instance of ArrayBuffer/],
    ['a DataView', new DataView(new ArrayBuffer(3)), /an instance of DataView/],
    ['a WeakMap', new WeakMap(), /an instance of WeakMap/],
    ['a class derived from Map', new Keys(), /an instance of Keys/],
    ['a class derived from Set', new Tags(), /an instance of Tags/],
    ['a class derived from Date', new Moment(0), /an instance of Moment/],
    ['a class derived from Array', new List(), /an instance of List/],
    ['an iterator', [1].values(), /an instance of/],
    ['an object with a prototype of its own', Object.create({ a: 1 }), /an instance of/],
    [
      'an object with a prototype from nothing',
      Reflect.construct(Bare as never, []),
      /an instance of a class/,
    ],
    ['a Proxy of an instance', new Proxy(new Point(), {}), /an instance of Point/],
    ['an object that says it is an array', { constructor: Array }, /value\.constructor is a function/],
    ['a symbol as a key', { [Symbol('s')]: 1 }, /: value has a symbol for a key\./],
    ['a symbol as a key of a large object', { ...wide, [Symbol('s')]: 1 }, /has a symbol for a key/],
    ['a key __proto__', JSON.parse('{"a":{"__proto__":1}}'), /: value\.a\.__proto__ has a name that/],
    ['a key __proto__ in a large object', { ...wide, ...{ ['__proto__']: 1 } }, /__proto__/],
    ['half a surrogate pair', ['ok', 'a\ud83d'], /value\[1\] is a string with half a surrogate pair\./],
    ['the other half', '\ude00', /half a surrogate pair/],
    ['halves in the wrong order', '\ude00\ud83d', /half a surrogate pair/],
    ['half a pair in a long text', `${'x'.repeat(300)}\ud83d`, /half a surrogate pair/],
    [
      'half a surrogate pair in a key',
      { 'a\ud83d': 1 },
      /value\["a\\ud83d"\] has a name with half a surrogate pair/,
    ],
    ['a cycle', cycle, /stands in more than 100 containers within each other, or in a cycle/],
    ['a BigInt of 1025 bytes', 1n << 8191n, /a BigInt of more than 1024 bytes/],
    ['a negative one', -(1n << 8191n) - 1n, /a BigInt of more than 1024 bytes/],
    [
      'an instance as a key of a Map',
      new Map([[new Point(), 1]]),
      /value\["\(Point\)"\] is an instance of Point/,
    ],
    ['an instance in a Set', new Set([{ a: new Point() }]), /value\["\(Object\)"\]\.a is an instance/],
  ]
  test.each(bad)('%s', (_, value, why) => {
    expect(() => valueCodec.encode(value)).toThrow(refused('invalid-argument'))
    expect(() => valueCodec.encode(value)).toThrow(why)
    expect(() => valueCodec.encode([value])).toThrow(refused('invalid-argument'))
    // And what is encoded next is as if nothing had been tried.
    expectSame(through({ a: [new Map([[1, 'x'.repeat(50)]])] }), { a: [new Map([[1, 'x'.repeat(50)]])] })
  })

  test('and the error tells the path, for whoever names the value in another way', () => {
    const error = refusal(() => valueCodec.encode(['enqueue', { tags: new Map([['a b', [Symbol('s')]]]) }]))
    expect(error.details).toEqual({ path: [1, 'tags', 'a b', 0], problem: 'is a symbol' })
    expect(error.message).toBe('A value can\'t be encoded: value[1].tags["a b"][0] is a symbol.')
  })

  test('a path is told in part where it is long', () => {
    const { message } = refusal(() => valueCodec.encode({ ['k'.repeat(10_000)]: cycle }))
    expect(message.length).toBeLessThan(400)
    expect(message).toMatch(/value\["k+…"\]\[0\]\.again.*… stands in more than 100 containers/)
  })

  test('the largest BigInts are taken', () => {
    for (const value of [(1n << 8191n) - 1n, -(1n << 8191n)]) expect(through(value)).toBe(value)
  })
})

describe('limits hold for encoding and decoding alike', () => {
  const containers: [string, (inner: unknown) => unknown][] = [
    ['arrays', (inner) => [inner]],
    ['objects', (inner) => ({ a: inner })],
    ['Maps', (inner) => new Map([[1, inner]])],
    ['Maps as keys', (inner) => new Map([[inner, 1]])],
    ['Sets', (inner) => new Set([inner])],
  ]
  test.each(containers)('%s within each other', (_, wrap) => {
    const nested = (depth: number): unknown => {
      let value: unknown = 1
      for (let i = 0; i < depth; i++) value = wrap(value)
      return value
    }
    expectSame(through(nested(100)), nested(100))
    expect(() => valueCodec.encode(nested(101))).toThrow(refused('invalid-argument'))
    const deeper = createValueCodec({ maxDepth: 500 })
    const deepest = deeper.encode(nested(500))
    expectSame(deeper.decode(deepest), nested(500))
    expect(() => deeper.encode(nested(100_000))).toThrow(refused('invalid-argument'))
    expect(() => valueCodec.decode(deepest)).toThrow(/more than 100 containers/)
    const shallow = createValueCodec({ maxDepth: 1 })
    expectSame(shallow.decode(shallow.encode(nested(1))), nested(1))
    expect(() => shallow.encode(nested(2))).toThrow(refused('invalid-argument'))
    expect(() => shallow.decode(valueCodec.encode(nested(2)))).toThrow(BadBytes)
  })

  test('twenty thousand arrays within each other', () => {
    const bomb = new Uint8Array(20_001).fill(0x91)
    expect(() => valueCodec.decode(bomb)).toThrow(BadBytes)
    expect(() => createValueCodec({ maxDepth: 500 }).decode(bomb)).toThrow(/more than 500 containers/)
  })

  test('containers in all', () => {
    const few = createValueCodec({ maxContainers: 4 })
    const four = [{}, new Set([new Map()])]
    expectSame(few.decode(few.encode(four)), four)
    expect(() => few.encode([...four, []])).toThrow(refused('too-large'))
    expect(() => few.decode(valueCodec.encode([...four, []]))).toThrow(BadBytes)
  })

  test('bytes', () => {
    const small = createValueCodec({ maxBytes: 10 })
    expectSame(small.decode(small.encode('x'.repeat(9))), 'x'.repeat(9))
    for (const large of ['x'.repeat(10), new Array(10).fill(0), { abcd: 'abcde' }, new Float64Array(2)]) {
      expect(() => small.encode(large)).toThrow(refused('too-large'))
      expect(() => small.decode(valueCodec.encode(large))).toThrow(BadBytes)
    }
    const mebi = 1024 * 1024
    const most = new Uint8Array(16 * mebi - 5)
    expect((through(most) as Uint8Array).length).toBe(most.length)
    expect(() => valueCodec.encode(new Uint8Array(16 * mebi - 4))).toThrow(refused('too-large'))
    expect(() => valueCodec.decode(new Uint8Array(16 * mebi + 1))).toThrow(BadBytes)
    expect(() => valueCodec.encode(new Array(16 * mebi + 1))).toThrow(refused('too-large'))
  })

  test.each([
    { maxDepth: 0 },
    { maxBytes: -1 },
    { maxContainers: 1.5 },
    { maxDepth: 501 },
    { maxBytes: Number.NaN },
  ])('%j is no limit', (limits) => {
    expect(() => createValueCodec(limits)).toThrow(refused('invalid-argument'))
  })
})

describe('no memory is shared', () => {
  test('between what is encoded, what is decoded and what was given', () => {
    const given = new Uint8Array(2000).fill(1)
    const texts = ['x'.repeat(2000), 'short']
    const encoded = [given, texts, { given, small: given.subarray(0, 10) }, new Float64Array(400)].map(
      (value) => valueCodec.encode(value),
    )
    const copies = encoded.map((one) => one.slice())
    const buffers = new Set(encoded.map((one) => one.buffer))
    expect(buffers.size).toBe(encoded.length)
    const decoded = encoded.map((one) => valueCodec.decode(one))
    const again = encoded.map((one) => valueCodec.decode(one))
    given.fill(9)
    for (let i = 0; i < 100; i++) valueCodec.encode([i, 'y'.repeat(3000), given])
    expectSame(encoded, copies)
    for (const one of encoded) one.fill(0)
    expectSame(decoded, again)
    const { small } = decoded[2] as { small: Uint8Array }
    expect(small.buffer.byteLength).toBe(10)
  })

  test('and what is decoded is left as it was', () => {
    const encoded = Object.freeze({ bytes: valueCodec.encode({ a: [1, 'x'.repeat(100)] }) }).bytes
    const before = encoded.slice()
    valueCodec.decode(encoded)
    expect(Reflect.ownKeys(encoded)).toEqual(Reflect.ownKeys(before))
    expectSame(encoded, before)
  })

  test('a large value does not leave a large buffer behind', () => {
    const memory = (): number => process.memoryUsage().arrayBuffers
    valueCodec.encode(new Map([[1, 'x'.repeat(8_000_000)]]))
    // The next large one gets a buffer of its own again, however many there are.
    const before = memory()
    for (let i = 0; i < 3; i++) valueCodec.encode(new Map([[1, i]]))
    expect(memory() - before).toBeLessThan(1_000_000)
    expect(new Packr().pack(1).buffer.byteLength).toBeLessThanOrEqual(8192)
  })

  test('a part of a Buffer is read as that part', () => {
    const encoded = valueCodec.encode({ a: new Uint8Array([1, 2]), t: 'x'.repeat(60) })
    const around = Buffer.alloc(300, 0xff)
    around.set(encoded, 100)
    const back = valueCodec.decode(around.subarray(100, 100 + encoded.length)) as { a: Uint8Array }
    expectSame(back, { a: new Uint8Array([1, 2]), t: 'x'.repeat(60) })
    expect(back.a.constructor).toBe(Uint8Array)
  })
})

describe('a value has one form', () => {
  const other: [string, Uint8Array][] = [
    ['nothing', bytes()],
    ['two values', bytes(1, 2)],
    ['a token nobody uses', bytes(0xc1)],
    ['a byte that is a number of eight bits', bytes(0xcc, 0x7f)],
    ['a number of 16 bits that fits 8', bytes(0xcd, 0, 0xff)],
    ['a number of 32 bits that fits 16', bytes(0xce, 0, 0, 0xff, 0xff)],
    ['a negative number of 8 bits that fits its token', bytes(0xd0, 0xe0)],
    ['a positive number in the form of a negative', bytes(0xd0, 5)],
    ['a negative number of 16 bits that fits 8', bytes(0xd1, 0xff, 0x80)],
    ['a negative number of 32 bits that fits 16', bytes(0xd2, 0xff, 0xff, 0x80, 0)],
    ['a fraction of 32 bits', bytes(0xca, 0x3f, 0, 0, 0)],
    ['an integer as a fraction', bytes(0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0)],
    ['minus zero', bytes(0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0)],
    ['another NaN', bytes(0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1)],
    ['a NaN with a sign', bytes(0xcb, 0xff, 0xf8, 0, 0, 0, 0, 0, 0)],
    ['a BigInt of 64 bits in the form of a larger one', bytes(0xcf, 0x7f, 0, 0, 0, 0, 0, 0, 0)],
    ['a BigInt of 64 bits as an extension', bytes(0xd7, 0x42, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['a BigInt of 2 bytes as an extension', bytes(0xd5, 0x42, 1, 2)],
    [
      'a BigInt of 2^64 − 1 as an extension',
      bytes(0xd8, 0x42, ...new Array(8).fill(0), ...new Array(8).fill(255)),
    ],
    ['a BigInt of −1 as an extension', bytes(0xd8, 0x42, ...new Array(16).fill(255))],
    [
      'a BigInt with a word too many',
      bytes(0xc7, 24, 0x42, ...new Array(8).fill(0), 1, ...new Array(15).fill(0)),
    ],
    ['a text of 8 bits that fits its token', bytes(0xd9, 1, 97)],
    ['a text of 16 bits that fits 8', bytes(0xda, 0, 0x20, ...new Array(32).fill(97))],
    ['a text that is not UTF-8', bytes(0xa1, 0xff)],
    ['half a surrogate pair', bytes(0xa3, 0xed, 0xa0, 0xbd)],
    ['half a surrogate pair in a long text', bytes(0xd9, 100, ...new Array(97).fill(97), 0xed, 0xa0, 0xbd)],
    ['a text with a form too long', bytes(0xa2, 0xc1, 0x81)],
    ['a key that is not UTF-8', bytes(0x81, 0xa1, 0xff, 1)],
    ['an array of 16 bits that fits its token', bytes(0xdc, 0, 1, 1)],
    ['an array of 32 bits that fits its token', bytes(0xdd, 0, 0, 0, 1, 1)],
    ['an object of 16 bits that fits its token', bytes(0xde, 0, 1, 0xa1, 97, 1)],
    ['an array that ends early', bytes(0x92, 1)],
    ['an object that ends early', bytes(0x82, 0xa1, 97, 1)],
    ['a number as a key', bytes(0x81, 1, 1)],
    ['a key __proto__', bytes(0x81, 0xa9, ...Buffer.from('__proto__'), 1)],
    ['a key __proto__ with a length too long', bytes(0x81, 0xd9, 9, ...Buffer.from('__proto__'), 1)],
    ['a key that stands twice', bytes(0x82, 0xa1, 97, 1, 0xa1, 97, 2)],
    ['a key that stands twice, undefined at first', bytes(0x82, 0xa1, 97, 0xd4, 0, 0, 0xa1, 97, 2)],
    ['an index behind a name', bytes(0x82, 0xa1, 97, 1, 0xa1, 0x31, 1)],
    ['indices that fall', bytes(0x82, 0xa1, 0x32, 1, 0xa1, 0x31, 1)],
    ['bytes as a typed array', bytes(0xc7, 2, 0x74, 1, 5)],
    ['bytes of 16 bits that fit 8', bytes(0xc5, 0, 1, 5)],
    ['a typed array of an unknown kind', bytes(0xc7, 2, 0x74, 11, 5)],
    ['an ArrayBuffer', bytes(0xc7, 2, 0x74, 16, 5)],
    ['a typed array that ends within an element', bytes(0xc7, 4, 0x74, 3, 1, 2, 3)],
    ['a typed array without a kind', bytes(0xc7, 0, 0x74)],
    ['a typed array with a token of its length', bytes(0xd6, 0x74, 0, 1, 2, 3)],
    ['a typed array of 16 bits that fits 8', bytes(0xc8, 0, 2, 0x74, 0, 1)],
    ['undefined with another byte', bytes(0xd4, 0, 1)],
    ['undefined with a length', bytes(0xc7, 1, 0, 0)],
    ['a Map with a length', bytes(0xc7, 1, MAP_EXTENSION, 0, 0x90)],
    ['a Map around a number', bytes(0xd4, MAP_EXTENSION, 0, 1)],
    ['a Map around an object', bytes(0xd4, MAP_EXTENSION, 0, 0x80)],
    ['a Map with a key and no value', bytes(0xd4, MAP_EXTENSION, 0, 0x91, 1)],
    ['a Map with a key twice', bytes(0xd4, MAP_EXTENSION, 0, 0x94, 1, 2, 1, 3)],
    ['a Set with an element twice', bytes(0xd4, 0x73, 0, 0x92, 1, 1)],
    ['a Set around nothing', bytes(0xd4, 0x73, 0)],
    ['a Set within a Set without its array', bytes(0xd4, 0x73, 0, 0xd4, 0x73, 0, 0x90)],
    ['an invalid date with another byte', bytes(0xd4, 0xff, 0)],
    ['a date of two bytes', bytes(0xd5, 0xff, 0, 0)],
    ['a date of 4 bytes with a length', bytes(0xc7, 4, 0xff, 0, 0, 0, 0)],
    ['a date of 8 bytes without milliseconds', bytes(0xd7, 0xff, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['a date with microseconds', bytes(0xd7, 0xff, 0, 0, 0x0f, 0xa0, 0, 0, 0, 1)],
    ['a date with a thousand milliseconds', bytes(0xd7, 0xff, 0xee, 0x6b, 0x28, 0, 0, 0, 0, 1)],
    ['a date of 12 bytes that fits 8', bytes(0xc7, 12, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['a date beyond all dates', bytes(0xc7, 12, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0)],
    [
      'a date one millisecond beyond the last',
      bytes(0xc7, 12, 0xff, 0, 0x0f, 0x42, 0x40, 0, 0, 0x07, 0xdb, 0xa8, 0x21, 0x80, 0),
    ],
    ['a record of msgpackr', bytes(0xd4, 0x72, 0x40, 0x91, 0xa1, 97, 1)],
    ['a pointer of msgpackr', bytes(0xd6, 0x70, 0, 0, 0, 1)],
    ['an error of msgpackr', bytes(0xd4, 0x65, 0, 0x92, 0xa5, ...Buffer.from('Error'), 0xa1, 97)],
    ['a regular expression of msgpackr', bytes(0xd4, 0x78, 0, 0x92, 0xa1, 97, 0xa0)],
    ['a bundle of msgpackr', bytes(0xd6, 0x62, 0, 0, 0, 4, 0xa0, 0xa0)],
  ]
  test.each(other)('%s is none', (_, one) => {
    expect(() => valueCodec.decode(one)).toThrow(BadBytes)
    expect(() => valueCodec.decode(bytes(0x91, ...one))).toThrow(BadBytes)
  })

  test('of all bytes up to three, each is a value in its own form or none', () => {
    let taken = 0
    const attempt = (one: Uint8Array): void => {
      let value: unknown
      try {
        value = valueCodec.decode(one)
      } catch (error) {
        if (!(error instanceof BadBytes)) throw error
        return
      }
      taken++
      if (!isDeepStrictEqual(valueCodec.encode(value), one)) expect.fail(`${one} is another form of ${value}`)
    }
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    for (let a = 0; a < 256; a++) {
      attempt(bytes(a))
      for (let b = 0; b < 256; b++) attempt(bytes(a, b))
    }
    for (let a = 0x80; a < 0xe0; a++)
      for (let b = 0; b < 256; b++) for (const c of [0, 1, 0x80, 0xa0, 0xff]) attempt(bytes(a, b, c))
    Error.stackTraceLimit = stackTraceLimit
    expect(taken).toBeGreaterThan(1000)
  })

  test('which keys are indices, an object itself says', () => {
    const keys = [
      '0',
      '1',
      '9',
      '10',
      '01',
      '',
      '-0',
      '1.5',
      '1e3',
      '4294967294',
      '4294967295',
      '4294967296',
      '9'.repeat(11),
      ' 1',
    ]
    for (const key of keys) {
      const isFirst = Object.keys({ x: 0, [key]: 1 })[0] === key
      expect(arrayIndexOf(key), key).toBe(isFirst ? Number(key) : -1)
    }
  })
})
