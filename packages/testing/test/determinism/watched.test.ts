/** A machine that is watched does what it did before, and its faults are told while somebody else uses it (F94k). */
import {
  type Codec,
  CommandError,
  defineValue,
  inPlaceMachine,
  type Machine,
  type StateMachine,
} from '@rafted/contracts'
import { valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { type DeterminismFinding, type WatchOptions, watchedForDeterminism } from '../../src/index.ts'
import { codecOf, planted, sound } from './planted.ts'

function watched(machine: Machine, options: Partial<WatchOptions> = {}) {
  const findings: DeterminismFinding[] = []
  const held: [index: number, hash: number][] = []
  const watching = watchedForDeterminism(machine, {
    tell: (finding) => findings.push(finding),
    holds: (index, hash) => held.push([index, hash]),
    ...options,
  })
  return { machine: watching, findings, held }
}

/** As a host would: from bytes, and with `undo` where a result is of no use. */
function applied(instance: StateMachine, codec: Codec, command: unknown, index: number): unknown {
  const bytes = codec.encode(command)
  try {
    const result = instance.apply(codec.decode(bytes), { index, term: 1, time: index * 10, version: 1 })
    try {
      return codec.encode(result)
    } catch {
      instance.undo?.()
      return 'failed'
    }
  } catch (error) {
    return error
  }
}

async function* arriving(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* [...chunks]
}

/** The copies are restored by promises that nothing else waits for. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const fresh = (machine: Machine | (() => Machine)): Machine =>
  typeof machine === 'function' ? machine() : machine

test.each(planted)('told: $name', async ({ name, machine, commands, queries = [], kind }) => {
  const watching = watched(fresh(machine), { copy: () => fresh(machine), seed: 3 })
  const codec = codecOf(watching.machine)
  const instance = watching.machine.create(codec)
  // The last one again and again, so that some of it is on a copy that was restored on the way.
  for (let index = 1; index <= 40 && watching.findings.length === 0; index++) {
    applied(instance, codec, commands[Math.min(index, commands.length) - 1], index)
    if (index % 20 === 0) await settled()
    for (const query of queries) instance.query(query)
  }
  // What members share is out of step only among members.
  if (name.startsWith('what instances share')) return expect(watching.findings).toEqual([])
  expect(watching.findings).toHaveLength(1)
  const { text, command } = watching.findings[0]!
  expect([kind, 'snapshot']).toContain(watching.findings[0]!.kind)
  expect(command === undefined).toBe(text.startsWith('Before'))
})

test.each(sound)(
  'nothing to tell, and nothing is changed: $name',
  async ({ machine, commands, queries = [] }) => {
    const plain = fresh(machine)
    const watching = watched(plain)
    const codec = codecOf(plain)
    let instances = [plain.create(codec), watching.machine.create(codec)] as const
    for (let index = 1; index <= 60; index++) {
      const command = commands[(index - 1) % commands.length]
      const results = instances.map((instance) => applied(instance, codec, command, index))
      expect(results[1]).toEqual(results[0])
      expect(instances[1].value).toEqual(instances[0].value)
      expect(instances[1].deadline?.()).toBe(instances[0].deadline?.())
      for (const query of queries) {
        const answers = instances.map((instance) => {
          try {
            return instance.query(query)
          } catch (error) {
            return error
          }
        })
        expect(answers[1]).toEqual(answers[0])
      }
      if (index % 25 === 0) {
        const [one, other] = instances.map((instance) => arriving(instance.snapshot()))
        instances = [await plain.restore(one!, codec), await watching.machine.restore(other!, codec)]
      }
      if (index % 7 === 0) await settled()
    }
    await settled()
    expect(watching.findings).toEqual([])
    expect(watching.held.length).toBeGreaterThan(30)
  },
)

test('a copy that takes its time to be restored applies what has come since, and finds what it finds', async () => {
  let release: () => void = () => {}
  const slow: Machine = {
    ...(planted.find(({ name }) => name.startsWith('the order of a Map'))!.machine as Machine),
  }
  const { restore } = slow
  let restores = 0
  const machine: Machine = {
    ...slow,
    async restore(chunks, codec) {
      restores += 1
      const restored = await restore(chunks, codec)
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return restored
    },
  }
  const watching = watched(machine)
  const instance = watching.machine.create(valueCodec)
  let index = 0
  const apply = (...command: unknown[]): unknown => applied(instance, valueCodec, command, ++index)
  apply('add', 'b', 'x')
  for (let i = 0; i < 20; i++) apply('add', 'a', `${i}`)
  await settled()
  expect([restores, watching.findings.length]).toEqual([1, 0])
  apply('first')
  apply('add', 'c', 'x')
  expect(watching.findings).toEqual([])
  release()
  await settled()
  expect(watching.findings).toMatchObject([{ kind: 'result', index: 22, command: ['first'] }])
  expect(watching.findings[0]!.text).toContain('restored from a snapshot at index 16')
})

test('a copy that is never restored is given up, and the one before it goes on', async () => {
  const machine: Machine = {
    ...defineValue({
      init: () => 0,
      commands: { add: (n) => [n, n + 1], chance: (n) => [Math.random(), n] },
      queries: {},
    }),
    restore: () => new Promise(() => {}),
  }
  const watching = watched(machine)
  const instance = watching.machine.create(valueCodec)
  for (let index = 1; index <= 1200; index++) applied(instance, valueCodec, ['add'], index)
  expect(watching.findings).toEqual([])
  applied(instance, valueCodec, ['chance'], 1201)
  expect(watching.findings).toMatchObject([{ kind: 'result', index: 1201 }])
})

test('the first thing is told, once, and the machine goes on', () => {
  const machine = defineValue({
    init: () => 0,
    commands: { roll: (n) => [Math.random(), n + 1] },
    queries: { count: (n) => n },
  })
  const watching = watched(machine)
  const instance = watching.machine.create(valueCodec)
  for (let index = 1; index <= 5; index++) applied(instance, valueCodec, ['roll'], index)
  expect(watching.findings).toMatchObject([{ kind: 'result', index: 1 }])
  expect(instance.query(['count'])).toBe(5)
})

test('exceptions of the machine come through as they are', () => {
  const errors = [new CommandError('full', 'There is no room.', { free: 0 }), new TypeError('not so')]
  const machine = defineValue({
    init: () => 0,
    commands: {
      fail: (_, which: number): readonly [never, number] => {
        throw errors[which]
      },
    },
    queries: {},
  })
  const watching = watched(machine)
  const instance = watching.machine.create(valueCodec)
  expect(applied(instance, valueCodec, ['fail', 0], 1)).toBe(errors[0])
  expect(applied(instance, valueCodec, ['fail', 1], 2)).toBe(errors[1])
  expect(watching.findings).toEqual([])
})

test('the version in force reaches the instance and its copies, with each command, query and snapshot', async () => {
  const seen: string[] = []
  const machine = inPlaceMachine<{ count: number }, number>({
    version: 3,
    oldestVersion: 1,
    create: () => ({ count: 0 }),
    command: (state, isRefused, { version }) => {
      if (isRefused) throw new CommandError('no', 'Not this one.')
      state.count += version
      return state.count
    },
    query: (state, _, { version }) => [version, state.count],
    snapshot: (state, version) => [state.count * version],
    restore(state, item, version) {
      seen.push(`restored by ${version}`)
      state.count = item / version
    },
  })
  const found: unknown[] = []
  const watching = watchedForDeterminism(machine, { tell: ({ text }) => found.push(text) })
  const instance = watching.create(valueCodec)
  instance.apply(null, { index: 1, term: 1, time: 0, version: 1 })
  expect(instance.query(null, { time: 0, version: 2 })).toEqual([2, 1])
  instance.apply(null, { index: 2, term: 1, time: 0, version: 2 })
  const chunks = [...instance.snapshot(2)]
  async function* arriving() {
    yield* chunks
  }
  const again = await watching.restore(arriving(), valueCodec, 2)
  expect(again.query(null, { time: 0, version: 2 })).toEqual([2, 3])
  expect(new Set(seen)).toEqual(new Set(['restored by 2']))
  // Also where it rises while a copy is being made of what was held before.
  for (let index = 3; index <= 200; index++) {
    const context = { index, term: 1, time: 0, version: index % 3 === 0 ? 3 : 2 }
    if (index % 5 === 0) expect(() => again.apply(true, context)).toThrow('Not this one')
    else again.apply(null, context)
    if (index % 7 === 0) again.query(null, { time: 0, version: 3 })
    await Promise.resolve()
  }
  await new Promise((resolve) => setImmediate(resolve))
  expect(seen.length).toBeGreaterThan(3)
  expect(found).toEqual([])
})
