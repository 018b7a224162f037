import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { type Codec, inPlaceMachine, pureMachine, RaftedError, type StateMachine } from '../src/index.ts'
import { arbitraryValue, sizeOf } from './arbitrary-value.ts'
import { copyOf } from './copy-of.ts'
import { CountingCodec, testCodec } from './test-codec.ts'

// Large values, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

/** A machine whose command is the next value. */
function holding(value: unknown): ReturnType<typeof pureMachine> {
  return pureMachine({ init: () => value, command: (_, next: unknown) => [null, next], query: () => null })
}

const place = { index: 1, term: 1, time: 1, version: 1 }

function snapshotOf(value: unknown, codec: Codec = testCodec): Uint8Array[] {
  return [...holding(value).create(codec).snapshot()]
}

/** The same bytes, cut at these lengths, over and over. */
function* recut(chunks: readonly Uint8Array[], lengths: readonly number[]): Generator<Uint8Array> {
  const bytes = Buffer.concat(chunks)
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!
    // Copied, and wiped when the next is asked for: a chunk is its owner's.
    const part = new Uint8Array(bytes.subarray(at, at + length))
    at += length
    yield part
    part.fill(0xff)
  }
}

async function restored(chunks: Iterable<Uint8Array>, codec: Codec = testCodec): Promise<unknown> {
  return (await copyOf(holding(null), chunks, codec)).value
}

/** An array in an array in an array, so many times. */
function nested(depth: number): unknown {
  let value: unknown = 'innermost'
  for (let i = 0; i < depth; i++) value = [i, value]
  return value
}

/** Arrays of eight, so many within each other. */
function tree(depth: number): unknown {
  return depth === 0 ? 1 : Array.from({ length: 8 }, () => tree(depth - 1))
}

function depthOf(value: unknown): number {
  return Array.isArray(value) ? 1 + Math.max(0, ...value.map(depthOf)) : 0
}

describe('a value comes back from its snapshot', () => {
  test('whatever it is, and wherever the bytes are cut', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(arbitraryValue, sizes, async (value, lengths) => {
        fc.pre(sizeOf(value, 8000) < 8000)
        const copy = await restored(recut(snapshotOf(value), lengths))
        expect(isDeepStrictEqual(copy, value)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  test.each([
    ['nothing at all', undefined],
    ['a large map with containers as keys', new Map(Array.from({ length: 600 }, (_, i) => [[i], { i }]))],
    ['a map with a large key', new Map([[Array.from({ length: 5000 }, (_, i) => i), 1]])],
    ['an object with a long key', { ['k'.repeat(100_000)]: { ['l'.repeat(20_000)]: 1 } }],
    [
      'a large object with all sorts of keys',
      Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [i % 2 === 0 ? `${5000 - i}` : `k${i}`, i])),
    ],
    ['a large typed array with a small neighbour', [new Uint16Array(100_000).fill(513), new Uint16Array(3)]],
    [
      'each kind of typed array, large',
      [
        Int8Array,
        Uint8ClampedArray,
        Int16Array,
        Int32Array,
        Uint32Array,
        Float32Array,
        Float64Array,
        BigInt64Array,
        BigUint64Array,
      ].map((type) => new type(40_000)),
    ],
    ['a typed array that is part of a buffer', new Uint8Array(100_000).map((_, i) => i).subarray(7, 90_001)],
    [
      'large within large',
      { chunks: Array.from({ length: 30 }, (_, i) => Array.from({ length: 700 }, (__, j) => i * j)) },
    ],
  ])('%s', async (_, value) => {
    const chunks = snapshotOf(value)
    const copy = await restored(chunks)
    expect(isDeepStrictEqual(copy, value)).toBe(true)
    if (typeof value === 'object') expect(Object.keys(copy as object)).toEqual(Object.keys(value))
  })

  test('a surrogate pair is never cut in two: halves can’t be encoded', async () => {
    const strict: Codec = {
      ...testCodec,
      encode: (run) => {
        for (const part of run as string[]) encodeURIComponent(part)
        return testCodec.encode(run)
      },
    }
    for (const before of ['', 'a']) {
      const value = before + '💥'.repeat(50_000)
      expect(await restored(snapshotOf(value, strict), strict)).toBe(value)
    }
  })

  test('the order of maps, sets and keys is kept', async () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `k${(i * 7919) % 3000}`)
    const value = {
      map: new Map(keys.map((key) => [key, 1])),
      set: new Set(keys),
      object: Object.fromEntries(keys.map((key) => [key, 1])),
    }
    const copy = (await restored(snapshotOf(value))) as typeof value
    expect([...copy.map.keys()]).toEqual(keys)
    expect([...copy.set]).toEqual(keys)
    expect(Object.keys(copy.object)).toEqual(keys)
  })

  test('a key __proto__ is a key', async () => {
    const entries = Array.from({ length: 2000 }, (_, i): [string, unknown] => [`k${i}`, i])
    const copy = await restored(snapshotOf(Object.fromEntries([...entries, ['__proto__', { admin: true }]])))
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(Object.hasOwn(copy as object, '__proto__')).toBe(true)
  })

  test('containers within each other, deeper than any codec or stack goes', async () => {
    let copy = await restored(snapshotOf(nested(15_000)))
    for (let i = 14_999; i >= 0; i--) {
      const [number, inner] = copy as [number, unknown]
      if (number !== i) expect(number).toBe(i)
      copy = inner
    }
    expect(copy).toBe('innermost')
  })
})

describe('no slice is much work (F66c)', () => {
  const many = 1_000_000

  test.each<[string, () => unknown]>([
    ['an array', () => Array.from({ length: many }, (_, i) => i)],
    [
      'a million leaves in arrays in an object',
      () => ({ chunks: Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, (_, i) => i)) }),
    ],
    [
      'a map of objects',
      () => new Map(Array.from({ length: many / 10 }, (_, i) => [`k${i}`, { i, list: [i, i] }])),
    ],
    ['a set', () => new Set(Array.from({ length: many / 10 }, (_, i) => i))],
    ['an object', () => Object.fromEntries(Array.from({ length: many / 10 }, (_, i) => [`k${i}`, i]))],
    ['long strings', () => Array.from({ length: 500 }, () => 'x'.repeat(7000))],
    ['one long string', () => 'x'.repeat(4 * many)],
    ['one large typed array', () => new Float64Array(many)],
    ['a long list', () => nested(20_000)],
    ['trees', () => Array.from({ length: 20 }, () => tree(4))],
  ])('%s', (_, make) => {
    const value = make()
    const codec = new CountingCodec()
    let [calls, nodes, bytes] = [0, 0, 0]
    const instance = holding(value).create(codec)
    let chunks = 0
    for (const chunk of instance.snapshot()) {
      chunks += 1
      // A run ends a chunk, so that it may be beyond what it was to be by one run.
      expect(codec.calls - calls).toBeLessThan(1100)
      expect(codec.nodes - nodes).toBeLessThan(2000)
      expect(codec.bytes - bytes).toBeLessThan(128 * 1024)
      expect(chunk.byteLength).toBeLessThan(128 * 1024)
      ;[calls, nodes, bytes] = [codec.calls, codec.nodes, codec.bytes]
    }
    expect(chunks).toBeGreaterThan(10)
  })

  test('no run is deeper than any codec takes', () => {
    let deepest = 0
    const codec: Codec = {
      ...testCodec,
      encode: (run) => {
        deepest = Math.max(deepest, depthOf(run))
        return testCodec.encode(run)
      },
    }
    snapshotOf(nested(200), codec)
    expect(deepest).toBeGreaterThan(10)
    expect(deepest).toBeLessThan(20)
  })

  test('small values share their runs', () => {
    const codec = new CountingCodec()
    const value = new Map(Array.from({ length: 100_000 }, (_, i) => [i, [i]]))
    for (const _ of holding(value).create(codec).snapshot());
    expect(codec.calls).toBeLessThan(codec.nodes / 200)
    const small = new CountingCodec()
    expect([
      ...holding({ a: [1, 2, 3] })
        .create(small)
        .snapshot(),
    ]).toHaveLength(1)
    expect(small.calls).toBe(1)
  })

  test('nothing is visited before it is pulled, nor once the snapshot is abandoned', () => {
    let visited = 0
    const watched = Array.from({ length: 100_000 }, (_, i) =>
      Object.defineProperty({}, 'n', {
        enumerable: true,
        get: () => {
          visited += 1
          return i
        },
      }),
    )
    const chunks = holding(watched).create(testCodec).snapshot()[Symbol.iterator]()
    expect(visited).toBe(0)
    let before = 0
    for (let i = 0; i < 20; i++) {
      chunks.next()
      // Each is looked at when it is measured and again when it is encoded.
      expect(visited - before).toBeLessThan(4000)
      before = visited
    }
    chunks.return?.()
    expect(chunks.next().done).toBe(true)
    expect(visited).toBe(before)
  })

  test('the keys of a large object are listed once, however deep it lies', () => {
    let listed = 0
    const large = new Proxy(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])), {
      ownKeys: (target) => {
        listed += 1
        return Reflect.ownKeys(target)
      },
    })
    expect(snapshotOf({ a: { b: { c: { d: large } } } }).length).toBeGreaterThan(5)
    expect(listed).toBe(1)
  })
})

test('a snapshot is of the moment at which it was asked for, whatever is applied meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(100), { minLength: 1, maxLength: 50 }),
      fc.nat(3),
      async (steps, pulls) => {
        const table = pureMachine({
          init: () => new Map(Array.from({ length: 3000 }, (_, i) => [`k${i}`, i])),
          command: (map, key: number) => {
            const next = new Map(map)
            if (!next.delete(`k${key}`)) next.set(`k${key}`, -1)
            return [next.size, next.set('last', key)]
          },
          query: () => null,
        })
        const machine: StateMachine = table.create(testCodec)
        machine.apply(5, place)
        const before = machine.value
        const snapshot = machine.snapshot()
        const chunks = snapshot[Symbol.iterator]()
        const taken: Uint8Array[] = []
        for (const step of steps) {
          machine.apply(step, place)
          for (let i = 0; i < pulls; i++) {
            const { done, value } = chunks.next()
            if (done !== true) taken.push(value)
          }
        }
        for (let next = chunks.next(); next.done !== true; next = chunks.next()) taken.push(next.value)
        const copy = await copyOf(table, taken)
        expect(isDeepStrictEqual(copy.value, before)).toBe(true)
        expect(isDeepStrictEqual(machine.value, before)).toBe(false)
      },
    ),
    { numRuns: 20 },
  )
})

describe('what has no snapshot', () => {
  test('a value that contains itself is refused', () => {
    const cycle: unknown[] = Array.from({ length: 1000 }, (_, i) => i)
    cycle.push({ cycle })
    expect(() => snapshotOf(cycle)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    // Twice is not within itself.
    const twice = Array.from({ length: 1000 }, (_, i) => i)
    expect(snapshotOf([twice, twice]).length).toBeGreaterThan(1)
  })

  test('what the codec does not take comes out of `next` as the codec’s own error', () => {
    expect(() => snapshotOf({ f: () => 1 })).toThrow('could not be cloned')
  })

  test('a run beyond the largest is refused', () => {
    const codec: Codec = { encode: () => new Uint8Array(64 * 1024 * 1024 + 1), decode: () => null }
    expect(() => snapshotOf(1, codec)).toThrow(expect.objectContaining({ code: 'too-large' }))
  })
})

describe('bytes that no writer made are refused with bad-bytes', () => {
  const value = {
    list: Array.from({ length: 2000 }, (_, i) => ({ i })),
    text: 'x'.repeat(50_000),
    bytes: new Uint8Array(40_000),
  }
  const sound = Buffer.concat(snapshotOf(value))
  const run = (content: unknown): number[] => {
    const body = testCodec.encode(content)
    return [2, body.length, body.length >> 8, 0, 0, ...body]
  }

  test.each<[string, number[]]>([
    ['nothing', []],
    ['another version', [2, ...run([1]), 0]],
    ['no value', [1, 0]],
    ['two values', [1, ...run([1, 2]), 0]],
    ['no end', [1, ...run([1])]],
    ['more after the end', [1, ...run([1]), 0, 0]],
    ['an end within a value', [1, 3, ...run([1]), 0]],
    ['an end within a second value', [1, ...run([1]), 3, 0]],
    ['a close of nothing', [1, 1, 0]],
    ['one close too many', [1, 3, 1, 1, 0]],
    ['an unknown tag', [1, 9, 1, 0]],
    ['a run of no bytes', [1, 2, 0, 0, 0, 0, 0]],
    ['a run that is too large', [1, 2, 1, 0, 0, 4]],
    ['a run that is no value', [1, 2, 3, 0, 0, 0, 1, 2, 3, 0]],
    ['a run that is no array', [1, ...run('text'), 0]],
    ['a run that is nearly one', [1, ...run({ length: 1, 0: 1 }), 0]],
    ['a map whose last key has no value', [1, 4, ...run([1, 2, 3]), 1, 0]],
    ['an object with a key that is no string', [1, 6, ...run([1, 2]), 1, 0]],
    ['a string with a part that is none', [1, 7, ...run(['a', 1]), 1, 0]],
    ['a string with an array in it', [1, 7, 3, 1, 1, 0]],
    ['a typed array without parts', [1, 8, 1, 0]],
    ['a typed array with a part that is none', [1, 8, ...run([[1]]), 1, 0]],
    ['a typed array with a DataView in it', [1, 8, ...run([new DataView(new ArrayBuffer(8))]), 1, 0]],
    ['a typed array of two types', [1, 8, ...run([new Uint8Array(1), new Int8Array(1)]), 1, 0]],
  ])('%s', async (_, bytes) => {
    for (const lengths of [[1], [1_000_000]]) {
      const error: unknown = await restored(recut([Uint8Array.from(bytes)], lengths)).catch(
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(RaftedError)
      expect(error).toMatchObject({ code: 'bad-bytes', outcome: 'not-applied' })
    }
  })

  test('a prefix of a sound snapshot', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), async (length) => {
        await expect(restored([sound.subarray(0, length)])).rejects.toMatchObject({ code: 'bad-bytes' })
      }),
      { numRuns: 100 },
    )
  })

  test('a sound snapshot with changed bytes: refused, or another value, and nothing else', async () => {
    const change = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
        const bytes = new Uint8Array(sound)
        for (const [at, byte] of changes) bytes[at] = byte
        const outcome: unknown = await restored([bytes]).catch((thrown: unknown) => thrown)
        if (outcome instanceof Error)
          expect(outcome).toMatchObject({ name: 'RaftedError', code: 'bad-bytes' })
      }),
      { numRuns: 200 },
    )
  })

  test('bytes of chance', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await expect(restored([Uint8Array.of(1), bytes])).rejects.toMatchObject({ code: 'bad-bytes' })
      }),
      { numRuns: 500 },
    )
  })

  test('no memory is taken for what was only announced', async () => {
    const before = process.memoryUsage().arrayBuffers
    const announced = [Uint8Array.of(1, 2, 0, 0, 0, 4), new Uint8Array(10)]
    let most = 0
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (const chunk of announced) {
        yield chunk
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
      }
    }
    await expect(holding(null).restore(chunks(), testCodec)).rejects.toMatchObject({ code: 'bad-bytes' })
    expect(most).toBeLessThan(8 * 1024 * 1024)
  })

  test('nor is more gathered than a run may have', async () => {
    let pulled = 0
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(1, 2, 1, 0, 0, 4)
      for (; pulled < 65; pulled++) yield new Uint8Array(1024 * 1024)
    }
    await expect(holding(null).restore(chunks(), testCodec)).rejects.toMatchObject({ code: 'bad-bytes' })
    expect(pulled).toBe(0)
  })

  test('an error of the chunks themselves is passed on', async () => {
    const failed = new RaftedError('damaged-storage', 'checksum', { outcome: 'not-applied' })
    // biome-ignore lint/correctness/useYield: it fails before it could
    async function* chunks(): AsyncGenerator<Uint8Array> {
      throw failed
    }
    await expect(holding(null).restore(chunks(), testCodec)).rejects.toBe(failed)
  })

  test('what a machine makes of an item, and throws at it, is bad-bytes too', async () => {
    const machine = inPlaceMachine({
      create: () => ({}),
      command: () => null,
      query: () => null,
      snapshot: () => [null],
      restore: (_, item: { key: string } | null) => void item!.key.length,
    })
    const error: unknown = await copyOf(machine, machine.create(testCodec).snapshot()).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'bad-bytes', cause: expect.any(TypeError) as unknown })
  })
})

describe('the memory of a chunk', () => {
  const items = Array.from({ length: 400 }, (_, i) => new Uint8Array(4000 + i).fill(i))
  const all = Buffer.concat(snapshotOf(items))

  /** @returns where the memory of each chunk is, and the chunks that were not handed back. */
  function pulled(handsBack: (at: number) => boolean) {
    const chunks = holding(items).create(testCodec).snapshot()[Symbol.iterator]() as Iterator<
      Uint8Array,
      unknown,
      Uint8Array | undefined
    >
    const memories = new Set<ArrayBufferLike>()
    const copies: Uint8Array[] = []
    const kept: [at: number, chunk: Uint8Array][] = []
    let next = chunks.next()
    for (let at = 0; next.done !== true; at += copies.at(-1)!.byteLength) {
      memories.add(next.value.buffer)
      copies.push(new Uint8Array(next.value))
      const isSpent = handsBack(copies.length)
      if (!isSpent) kept.push([at, next.value])
      next = chunks.next(isSpent ? next.value : undefined)
    }
    expect(Buffer.concat(copies).equals(all)).toBe(true)
    return { memories, kept, count: copies.length }
  }

  test('is that of the one before, if that is handed back', () => {
    const { memories, count } = pulled(() => true)
    expect(count).toBeGreaterThan(10)
    // The first, before anything was handed back, and the one for all others, which may have had to grow.
    expect(memories.size).toBeLessThanOrEqual(4)
  })

  test('is nobody else’s for as long as the chunk is kept', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.boolean()), (choices) => {
        const { kept } = pulled(() => choices.next().value === true)
        for (const [at, chunk] of kept)
          expect(all.subarray(at, at + chunk.byteLength).equals(chunk)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test('goes to a codec as it is only where that makes no views of it', async () => {
    const given = new Set<ArrayBufferLike>()
    const noting = (copiesBytes: boolean): Codec => ({
      ...testCodec,
      copiesBytes,
      decode: (bytes) => {
        given.add(bytes.buffer)
        return testCodec.decode(copiesBytes ? new Uint8Array(bytes) : bytes)
      },
    })
    const chunks = snapshotOf(items)
    for (const copiesBytes of [false, true]) {
      given.clear()
      const back = await restored(recut(chunks, [50_000]), noting(copiesBytes))
      expect(isDeepStrictEqual(back, items)).toBe(true)
      if (copiesBytes) expect(given.size).toBeLessThan(40 + chunks.length)
      else expect([...given].every((buffer) => buffer.byteLength < 50_000)).toBe(true)
    }
  })
})
