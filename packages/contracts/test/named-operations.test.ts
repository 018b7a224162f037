/** Operations of which more is said than what they do, on the machine alone. */
import { describe, expect, test } from 'vitest'
import { CommandError, defineValue, type StandardSchema } from '../src/index.ts'
import { testCodec } from './test-codec.ts'

const at = (version: number) => ({ index: 1, term: 1, time: 0, version })

function thrownBy(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

/** It would refuse everything. */
const nothing: StandardSchema<string> = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
}

describe('a command that is new in a version (F112d)', () => {
  const oldCode = defineValue({
    init: () => 5,
    commands: { add: (n, by: number) => [n + by, n + by] },
    queries: {},
  })
  const newCode = defineValue({
    version: 3,
    oldestVersion: 1,
    init: () => 5,
    commands: {
      add: (n, by: number) => [n + by, n + by],
      halve: { since: 2, run: (n) => [n / 2, n / 2] },
      drop: { since: 3, input: nothing, run: (n, _: string) => [n, 0] },
    },
    queries: {},
  })
  const inPlace = defineValue({
    version: 2,
    oldestVersion: 1,
    create: () => ({ n: 5 }),
    commands: { halve: { since: 2, run: (state) => (state.n /= 2) } },
    queries: {},
  })

  test('is refused while an older one is in force, as code refuses it that does not know it', () => {
    for (const definition of [newCode, inPlace]) {
      const machine = definition.create(testCodec)
      const refused = thrownBy(() => machine.apply(['halve'], at(1)))
      const unknown = thrownBy(() => oldCode.create(testCodec).apply(['halve'], at(1))) as CommandError
      expect(refused).toBeInstanceOf(CommandError)
      expect(refused).toMatchObject({
        reason: 'unknown-command',
        message: unknown.message,
        data: unknown.data,
      })
      // And nothing has happened.
      expect(machine.apply(['halve'], at(2))).toBe(2.5)
    }
  })

  test('is there from that version on', () => {
    const machine = newCode.create(testCodec)
    expect(machine.apply(['add', 1], at(1))).toBe(6)
    expect(machine.apply(['halve'], at(3))).toBe(3)
    expect(thrownBy(() => machine.apply(['drop', 'x'], at(2)))).toMatchObject({ reason: 'unknown-command' })
  })

  test('nothing is validated where it is applied', () => {
    const machine = newCode.create(testCodec)
    expect(machine.apply(['drop', 'x'], at(3))).toBe(5)
    expect(machine.value).toBe(0)
  })
})

test('the schemas of a definition stand by the names of its operations', () => {
  const definition = defineValue({
    init: () => 0,
    commands: {
      one: { input: nothing, run: (n) => [null, n] },
      two: { input: [nothing, nothing], run: (n) => [null, n] },
      none: { input: [], run: (n) => [null, n] },
      plain: (n) => [null, n],
      said: { run: (n) => [null, n] },
    },
    queries: { get: { input: nothing, run: (n) => n } },
  })
  expect([...definition.schemas!]).toEqual([
    ['one', [nothing]],
    ['two', [nothing, nothing]],
    ['none', []],
    ['get', [nothing]],
  ])
  expect(definition.commandNames).toEqual(['one', 'two', 'none', 'plain', 'said'])
  expect(definition.create(testCodec).query(['get'])).toBe(0)
})

test('a schema may be a function, as those of some libraries are', () => {
  const schema = Object.assign(() => {}, nothing)
  const definition = defineValue({
    init: () => 0,
    commands: { one: { input: schema, run: (n) => [null, n] } },
    queries: {},
  })
  expect(definition.schemas!.get('one')).toEqual([schema])
})

describe('what can not be said is refused when the value is defined', () => {
  const run = (n: unknown): unknown => [null, n]
  const wrong: [string, unknown, RegExp][] = [
    ['no `run`', {}, /no object with a function `run`/],
    ['a `run` that is none', { run: 1 }, /no object with a function `run`/],
    ['null', null, /is no function/],
    ['a slip of the pen', { run, inputs: nothing }, /says `inputs`, and of a command only input, run, since/],
    ['no schema', { run, input: {} }, /no Standard Schema/],
    ['nothing for a schema', { run, input: null }, /no Standard Schema/],
    ['one of several that is none', { run, input: [nothing, undefined] }, /no Standard Schema/],
    [
      'a schema of another version',
      { run, input: { '~standard': { version: 2, validate: () => {} } } },
      /no Standard Schema/,
    ],
    ['a schema that can not validate', { run, input: { '~standard': { version: 1 } } }, /no Standard Schema/],
    ['the version 0', { run, since: 0 }, /since version 0/],
    ['a version with a fraction', { run, since: 1.5 }, /since version 1.5/],
    ['a version that is text', { run, since: '2' }, /since version 2/],
    ['a version that this code does not know', { run, since: 3 }, /the `version` of this machine, 2/],
  ]
  test.each(wrong)('%s', (_, form, why) => {
    const definition = { version: 2, init: () => 0, commands: { a: form }, queries: {} }
    const error = thrownBy(() => defineValue(definition as never))
    expect(error).toMatchObject({ code: 'invalid-argument', outcome: 'not-applied', details: { name: 'a' } })
    expect(error).toMatchObject({ message: expect.stringMatching(why) })
  })

  test('a version of a query', () => {
    const definition = { version: 2, init: () => 0, commands: {}, queries: { a: { run, since: 2 } } }
    expect(thrownBy(() => defineValue(definition as never))).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/says `since`, and of a query only input, run/),
    })
  })

  test.each(['toString', 'valueOf', 'toJSON', 'constructor'])(
    'the name %s, which the language calls by itself',
    (name) => {
      const commands = Object.fromEntries([[name, run]])
      const error = thrownBy(() => defineValue({ init: () => 0, commands, queries: {} } as never))
      expect(error).toMatchObject({ code: 'invalid-argument', details: { name } })
    },
  )
})
