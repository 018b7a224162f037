import { describe, expect, test } from 'vitest'
import {
  type ApplyContext,
  CommandError,
  CowMap,
  defineValue,
  inPlaceMachine,
  type Machine,
  pureMachine,
  RaftedError,
  reservedNames,
  type StateMachine,
} from '../src/index.ts'
import { copyOf } from './copy-of.ts'
import { testCodec } from './test-codec.ts'

const context: ApplyContext = { index: 7, term: 3, time: 1000, version: 1 }

const queue = defineValue({
  init: () => [] as readonly string[],
  commands: { enqueue: (q, item: string) => [q.length, [...q, item]], dequeue: (q) => [q[0], q.slice(1)] },
  queries: { length: (q) => q.length },
})

const scores = defineValue({
  create: () => ({ byName: new CowMap<string, number>() }),
  commands: {
    put: (state, name: string, score: number) => {
      if (score < 0) throw new CommandError('negative', 'A score is not negative.', { score })
      state.byName.set(name, score)
      return state.byName.size
    },
  },
  queries: { get: (state, name: string) => state.byName.get(name) },
  snapshot: (state) => state.byName.freeze(),
  restore: (state, [name, score]) => {
    state.byName.set(name, score)
  },
})

/** What only a wrong command changes. */
interface Mutable {
  readonly list: number[]
  readonly map: Map<string, { n: number }>
  readonly set: Set<number>
  readonly item?: unknown
}

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('a pure value', () => {
  test('commands give their result and make the next value; queries read it', () => {
    const machine = queue.create(testCodec)
    expect(machine.value).toEqual([])
    expect(machine.apply(['enqueue', 'a'], context)).toBe(0)
    expect(machine.apply(['enqueue', 'b'], context)).toBe(1)
    expect(machine.value).toEqual(['a', 'b'])
    expect(machine.query(['length'])).toBe(2)
    expect(machine.apply(['dequeue'], context)).toBe('a')
    expect(machine.value).toEqual(['b'])
  })

  test('it says what a host and a client need to know', () => {
    expect(queue).toMatchObject({
      version: 1,
      codec: null,
      failure: 'command',
      commandNames: ['enqueue', 'dequeue'],
      queryNames: ['length'],
    })
    const named = defineValue({ init: () => 0, commands: {}, queries: {}, version: 3, codec: testCodec })
    expect(named).toMatchObject({
      version: 3,
      oldestVersion: 3,
      codec: testCodec,
      commandNames: [],
      queryNames: [],
    })
    const older = defineValue({ init: () => 0, commands: {}, queries: {}, version: 3, oldestVersion: 2 })
    expect(older).toMatchObject({ version: 3, oldestVersion: 2 })
  })

  test('instances have nothing to do with each other', () => {
    const [one, other] = [queue.create(testCodec), queue.create(testCodec)]
    one.apply(['enqueue', 'a'], context)
    expect(other.value).toEqual([])
  })

  test('any number of arguments arrives', () => {
    const list = defineValue({
      init: () => [] as readonly unknown[],
      commands: { keep: (_, ...all: unknown[]) => [all.length, all] },
      queries: { all: (_, ...all: unknown[]) => all },
    })
    const machine = list.create(testCodec)
    for (let count = 0; count < 8; count++) {
      const args = Array.from({ length: count }, (_, i) => i)
      expect(machine.apply(['keep', ...args], context)).toBe(count)
      expect(machine.value).toEqual(args)
      expect(machine.query(['all', ...args])).toEqual(args)
    }
  })

  test('a command that is a method knows where, when and by which version it is applied; a query by which it is answered', () => {
    const places = defineValue({
      init: () => null as ApplyContext | null,
      commands: {
        note() {
          return [this.time, this]
        },
      },
      queries: {
        version() {
          return this.version
        },
      },
    })
    const machine = places.create(testCodec)
    expect(machine.apply(['note'], context)).toBe(1000)
    expect(machine.value).toBe(context)
    expect(machine.query(['version'], { time: 0, version: 4 })).toBe(4)
    expect(machine.query(['version'])).toBe(1)
  })

  test('what a command throws leaves the value as it was (F94j)', () => {
    const commands: Record<string, (value: { count: number }) => readonly [unknown, { count: number }]> = {
      fail: () => {
        throw new Error('no')
      },
      refuse: () => {
        throw new CommandError('full', 'It is full.', [1])
      },
      // @ts-expect-error no pair
      single: (v) => [v.count],
      // @ts-expect-error nothing
      nothing: () => {},
      // @ts-expect-error a promise
      later: async (v) => [1, v],
    }
    const failing = defineValue({ init: () => ({ count: 1 }), commands, queries: {} })
    const machine = failing.create(testCodec)
    const before = machine.value
    expect(thrownBy(() => machine.apply(['fail'], context))).toEqual(new Error('no'))
    expect(thrownBy(() => machine.apply(['refuse'], context))).toMatchObject({ reason: 'full', data: [1] })
    for (const name of ['single', 'nothing', 'later'])
      expect(thrownBy(() => machine.apply([name], context))).toBeInstanceOf(TypeError)
    expect(machine.value).toBe(before)
  })

  test('the last command can be taken back, once: it and no other (F94j)', () => {
    const machine = queue.create(testCodec)
    machine.undo?.()
    expect(machine.value).toEqual([])
    machine.apply(['enqueue', 'a'], context)
    machine.apply(['enqueue', 'b'], context)
    machine.undo?.()
    expect(machine.value).toEqual(['a'])
    machine.undo?.()
    expect(machine.value).toEqual(['a'])
    machine.apply(['enqueue', 'c'], context)
    expect(machine.value).toEqual(['a', 'c'])
    expect(scores.create(testCodec).undo).toBeUndefined()
  })

  test('a deadline is there only where one is defined', () => {
    const timed = defineValue({
      init: () => 5 as number,
      commands: { set: (_, to: number) => [null, to] },
      queries: {},
      deadline: (value) => (value > 0 ? value : null),
    })
    const machine = timed.create(testCodec)
    expect(machine.deadline?.()).toBe(5)
    machine.apply(['set', -1], context)
    expect(machine.deadline?.()).toBeNull()
    expect(queue.create(testCodec).deadline).toBeUndefined()
  })

  test('with `freeze`, a command that changes the value in place fails, and the value is kept', () => {
    const init = (): Mutable => ({ list: [1], map: new Map([['a', { n: 1 }]]), set: new Set([1]) })
    const commands: Record<string, (value: Mutable, item?: unknown) => [unknown, Mutable]> = {
      array: (v) => [v.list.push(2), v],
      map: (v) => [v.map.set('b', { n: 1 }), v],
      inMap: (v) => [Object.assign(v.map.get('a')!, { n: 2 }), v],
      set: (v) => [v.set.delete(1), v],
      next: (v, item) => [null, { ...v, item }],
    }
    const machine = defineValue({ init, commands, queries: {}, freeze: true }).create(testCodec)
    for (const name of ['array', 'map', 'inMap', 'set'])
      expect(thrownBy(() => machine.apply([name], context))).toBeInstanceOf(TypeError)
    expect(machine.value).toEqual(init())
    machine.apply(['next', [[1]]], context)
    const { item } = machine.value as { item: number[][] }
    expect(thrownBy(() => item[0]!.push(2))).toBeInstanceOf(TypeError)
    expect(machine.value).toEqual({ ...init(), item: [[1]] })
    // Without it, nothing is frozen.
    const loose = defineValue({ init, commands, queries: {} }).create(testCodec)
    expect(loose.apply(['array'], context)).toBe(2)
  })
})

describe('an in-place state', () => {
  test('commands change it and give their result; queries read it', () => {
    const machine = scores.create(testCodec)
    expect(machine.apply(['put', 'a', 1], context)).toBe(1)
    expect(machine.apply(['put', 'b', 2], context)).toBe(2)
    expect(machine.query(['get', 'b'])).toBe(2)
    expect(machine.query(['get', 'c'])).toBeUndefined()
    expect(machine.value).toBeUndefined()
    expect(scores).toMatchObject({
      version: 1,
      codec: null,
      failure: 'halt',
      commandNames: ['put'],
      queryNames: ['get'],
    })
  })

  test('a CommandError comes out as it is; a promise does not come out', () => {
    const machine = scores.create(testCodec)
    expect(thrownBy(() => machine.apply(['put', 'a', -1], context))).toMatchObject({
      reason: 'negative',
      data: { score: -1 },
    })
    expect(machine.query(['get', 'a'])).toBeUndefined()
    const late = inPlaceMachine({
      create: () => [],
      command: () => Promise.resolve(1),
      query: () => null,
      snapshot: () => [],
      restore: () => {},
    })
    expect(thrownBy(() => late.create(testCodec).apply(null, context))).toBeInstanceOf(TypeError)
  })

  test('a snapshot shows the moment it was begun, and restores to it', async () => {
    const machine = scores.create(testCodec)
    for (let i = 0; i < 5000; i++) machine.apply(['put', `k${i}`, i], context)
    const chunks = machine.snapshot()[Symbol.iterator]()
    const taken: Uint8Array[] = []
    for (let i = 0; ; i++) {
      machine.apply(['put', `k${4999 - 40 * i}`, 0], context)
      machine.apply(['put', `new${i}`, 1], context)
      const next = chunks.next()
      if (next.done === true) break
      taken.push(next.value)
    }
    expect(taken.length).toBeGreaterThan(5)
    const restored = await copyOf(scores, taken)
    for (let i = 0; i < 5000; i++) expect(restored.query(['get', `k${i}`])).toBe(i)
    expect(restored.query(['get', 'new0'])).toBeUndefined()
    restored.apply(['put', 'k0', 9], context)
    expect(restored.query(['get', 'k0'])).toBe(9)
  })

  test('a generator has frozen by the time `snapshot` returns, and is ended when the snapshot is abandoned', () => {
    let ended = false
    const machine = inPlaceMachine({
      create: () => ({ map: new CowMap([[1, 'before']]) }),
      command: (state, to: string) => state.map.set(1, to).size,
      query: () => null,
      *snapshot(state) {
        const view = state.map.freeze()
        try {
          yield* view
        } finally {
          ended = true
        }
      },
      restore: (state, [key, value]) => {
        state.map.set(key, value)
      },
    }).create(testCodec)
    const snapshot = machine.snapshot()
    machine.apply('after', context)
    expect(new TextDecoder('latin1').decode(Buffer.concat([...snapshot]))).toContain('before')
    expect(ended).toBe(true)
    ended = false
    machine.snapshot()[Symbol.iterator]().return?.()
    expect(ended).toBe(true)
  })

  test('without chunks of its own, its state is encoded at once, and comes back equal (F66d)', async () => {
    const counts = defineValue({
      create: () => new Map<string, number>(),
      commands: { add: (state, name: string) => state.set(name, (state.get(name) ?? 0) + 1).size },
      queries: { count: (state, name: string) => state.get(name) ?? 0 },
    })
    const machine = counts.create(testCodec)
    for (let i = 0; i < 5000; i++) machine.apply(['add', `name ${i}`], context)
    const chunks = machine.snapshot()
    // Whatever comes afterwards is not in it, though nothing has been read yet.
    machine.apply(['add', 'name 7'], context)
    expect(machine.encodesAtOnce).toBe(true)
    expect(scores.create(testCodec).encodesAtOnce).toBe(false)
    const copy = await copyOf(counts, chunks)
    expect([machine.query(['count', 'name 7']), copy.query(['count', 'name 7'])]).toEqual([2, 1])
    expect(copy.apply(['add', 'new'], context)).toBe(5001)
    await expect(copyOf(counts, [])).rejects.toMatchObject({ code: 'bad-bytes' })
    expect([...chunks]).toEqual([])
  })

  test('a deadline is there only where one is defined', () => {
    const options = { command: () => 1, query: () => 1, snapshot: () => [], restore: () => {} }
    const timed = inPlaceMachine({ ...options, create: () => ({ at: 9 }), deadline: (state) => state.at })
    expect(timed.create(testCodec).deadline?.()).toBe(9)
    expect(scores.create(testCodec).deadline).toBeUndefined()
  })
})

describe.each<[string, Machine]>([
  ['pure', queue],
  ['in-place', scores],
])(
  'a client that sends nonsense to a %s machine is refused, and nothing is called (F94j)',
  (_, definition) => {
    const machine: StateMachine = definition.create(testCodec)

    test.each([
      ['nothing', undefined],
      ['null', null],
      ['a string', 'enqueue'],
      ['an object', { 0: 'enqueue', length: 1 }],
      ['an empty array', []],
      ['a name that is no string', [1]],
      ['a name within an array', [['enqueue']]],
    ])('%s', (__, call) => {
      for (const [kind, run] of [
        ['malformed-command', () => machine.apply(call, context)],
        ['malformed-query', () => machine.query(call)],
      ] as const) {
        const error = thrownBy(run)
        expect(error).toBeInstanceOf(CommandError)
        expect(error).toMatchObject({ reason: kind })
      }
    })

    test.each(['', 'nope', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'then', 'with'])(
      'the name %j, which is none of its own',
      (name) => {
        for (const [kind, run] of [
          ['unknown-command', () => machine.apply([name], context)],
          ['unknown-query', () => machine.query([name])],
        ] as const) {
          const error = thrownBy(run)
          expect(error).toBeInstanceOf(CommandError)
          expect(error).toMatchObject({ reason: kind })
        }
      },
    )

    test('a query is no command, nor a command a query', () => {
      expect(thrownBy(() => machine.apply([definition === queue ? 'length' : 'get'], context))).toMatchObject(
        {
          reason: 'unknown-command',
        },
      )
      expect(thrownBy(() => machine.query([definition === queue ? 'enqueue' : 'put']))).toMatchObject({
        reason: 'unknown-query',
      })
    })

    test('a long name is not repeated whole', () => {
      expect(String(thrownBy(() => machine.apply(['x'.repeat(1e6)], context))).length).toBeLessThan(200)
    })
  },
)

describe('what is no definition is refused', () => {
  const define = (definition: unknown): unknown => thrownBy(() => defineValue(definition as never))
  const refused = { code: 'invalid-argument', outcome: 'not-applied' }

  test.each([...reservedNames, '__proto__'])('an operation named %s', (name) => {
    const operations = Object.fromEntries([[name, (v: unknown) => [null, v]]])
    expect(define({ init: () => 0, commands: operations, queries: {} })).toMatchObject(refused)
    expect(define({ init: () => 0, commands: {}, queries: operations })).toMatchObject(refused)
  })

  test('a name for both a command and a query', () => {
    const error = define({
      init: () => 0,
      commands: { a: (n: number) => [n, n] },
      queries: { a: (n: number) => n },
    })
    expect(error).toBeInstanceOf(RaftedError)
    expect(error).toMatchObject({ ...refused, details: { name: 'a' } })
  })

  test('an operation that is no function', () => {
    expect(define({ init: () => 0, commands: { a: 1 }, queries: {} })).toMatchObject(refused)
  })

  test('parts that are missing, or are something else', () => {
    const whole = { init: () => 0, commands: {}, queries: {} }
    const inPlace = { create: () => 0, snapshot: () => [], restore: () => {}, commands: {}, queries: {} }
    for (const none of [undefined, null, 1, 'queue', () => whole]) expect(define(none)).toMatchObject(refused)
    for (const [part, definition] of [
      ...Object.keys(whole).map((name) => [name, whole] as const),
      ...Object.keys(inPlace).map((name) => [name, inPlace] as const),
    ])
      for (const wrong of [null, 1, 'x', ...(part === 'init' ? [undefined, {}] : [])]) {
        const error = define({ ...definition, [part]: wrong })
        expect(error, `${part}: ${String(wrong)}`).toMatchObject(refused)
        expect(String(error)).toContain(`\`${part}\``)
      }
    const plain = { init: () => 0, command: () => [0, 0], query: () => 0 }
    for (const name of Object.keys(plain))
      expect(thrownBy(() => pureMachine({ ...plain, [name]: undefined } as never))).toMatchObject(refused)
  })

  test('both ways at once, or none', () => {
    expect(define({ init: () => 0, create: () => 0, commands: {}, queries: {} })).toMatchObject(refused)
    expect(define({ commands: {}, queries: {} })).toMatchObject(refused)
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 31])('the oldest version %d', (oldestVersion) => {
    expect(define({ init: () => 0, commands: {}, queries: {}, version: 2, oldestVersion })).toMatchObject(
      refused,
    )
  })

  test('an oldest version that is newer than the newest', () => {
    expect(define({ init: () => 0, commands: {}, queries: {}, oldestVersion: 2 })).toMatchObject(refused)
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 31])('the version %d', (version) => {
    expect(define({ init: () => 0, commands: {}, queries: {}, version })).toMatchObject(refused)
    expect(
      thrownBy(() => pureMachine({ init: () => 0, command: () => [0, 0], query: () => 0, version })),
    ).toMatchObject(refused)
  })

  test('inherited operations are not the definition’s own', () => {
    const commands = Object.create({ hidden: () => [null, 1] }) as Record<string, never>
    const machine = defineValue({ init: () => 0, commands, queries: {} }).create(testCodec)
    expect(thrownBy(() => machine.apply(['hidden'], context))).toMatchObject({ reason: 'unknown-command' })
  })
})

test('the plain form takes commands and queries of any shape', async () => {
  const counter = pureMachine({
    init: () => 0,
    command: (value, by: number, { index }) => [index, value + by],
    query: (value, factor: number) => value * factor,
  })
  const machine = counter.create(testCodec)
  expect(machine.apply(5, context)).toBe(7)
  expect(machine.query(2)).toBe(10)
  expect((await copyOf(counter, machine.snapshot())).value).toBe(5)
})
