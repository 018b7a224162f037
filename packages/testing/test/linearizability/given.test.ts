/** What the checker is given: nonsense is refused, and every kind of plain data is told apart. */
import { isRaftedError } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { checkLinearizable, type Operation, type SequentialModel } from '../../src/index.ts'
import { read, write } from './calls.ts'
import { register } from './models.ts'

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (isRaftedError(error, 'invalid-argument') && error.outcome === 'not-applied') return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

const withModel = (parts: object, calls: readonly unknown[] = [write(1, 0, 1)]) =>
  refusal(() => checkLinearizable({ ...register, ...parts }, calls as ReturnType<typeof write>[]))

describe('refused, with what is wrong', () => {
  test('models', () => {
    expect(refusal(() => checkLinearizable(null as unknown as typeof register, []))).toMatch(
      /model must be an object, not null/,
    )
    expect(withModel({ init: 3 })).toMatch(/`init` of a model must be a function, not number/)
    expect(withModel({ step: undefined })).toMatch(/`step` of a model must be a function, not undefined/)
    expect(withModel({ describe: 'short' })).toMatch(/`describe` of a model must be a function, not string/)
    expect(withModel({ step: () => 7 })).toMatch(/must return \[output, state\]/)
    expect(withModel({ key: () => 7 })).toMatch(/`key` of a model must return a string, not 7/)
    expect(withModel({ identity: () => 7 })).toMatch(/`identity` of a model must return a string/)
  })

  test('states and outputs that cannot be told apart', () => {
    expect(withModel({ init: () => () => 0 })).toMatch(/state is not plain data.*`identity`/)
    expect(withModel({ init: () => new (class Own {})() })).toMatch(/state is not plain data/)
    expect(withModel({ step: () => [new (class Own {})(), 0] })).toMatch(/output is not plain data.*`equal`/)
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(withModel({ init: () => cycle })).toMatch(/state is not plain data/)
  })

  test('a step that changes the state it was given', () => {
    const changes = { init: () => new Set(), step: (state: Set<number>) => [null, state.add(1)] }
    expect(withModel(changes)).toMatch(/has changed the state it was given/)
    const pushes = {
      init: () => [],
      step(state: number[]) {
        state.push(1)
        return [null, state]
      },
    }
    expect(() => withModel(pushes)).toThrow(TypeError)
  })

  test('histories', () => {
    const withCall = (call: unknown) => withModel({}, [write(1, 0, 1), call])
    expect(refusal(() => checkLinearizable(register, null as unknown as []))).toMatch(/must be an array/)
    expect(withCall(null)).toMatch(/Operation 1 of the history is no object/)
    expect(withCall({ ...write(1, 0, 1), calledAt: Number.NaN })).toMatch(
      /was called at NaN, which is no time/,
    )
    expect(withCall({ input: { op: 'read' }, calledAt: 0 })).toMatch(
      /has no `answer`: null says that none came/,
    )
    expect(withCall(read(1, 0, Number.POSITIVE_INFINITY))).toMatch(
      /was answered at Infinity, which is no time/,
    )
    expect(withCall(read(1, 5, 4))).toMatch(/was answered at 4, before its call at 5/)
  })

  test('options', () => {
    for (const maxConfigurations of [0, -1, 1.5, Number.NaN])
      expect(refusal(() => checkLinearizable(register, [], { maxConfigurations }))).toMatch(
        /must be a positive integer/,
      )
  })
})

/** Holds one thing: `put` answers what was there before. */
const box: SequentialModel<unknown, unknown, unknown> = {
  init: () => null,
  step: (state, input) => [state, input],
}
const put = (input: unknown, output: unknown, at: number): Operation<unknown, unknown> => ({
  input,
  calledAt: at,
  answer: { output, at },
})
const holds = (thing: unknown, answered: unknown) =>
  checkLinearizable(box, [put(thing, null, 0), put(null, answered, 1)]).linearizable

describe('plain data', () => {
  test.each<[unknown, unknown]>([
    [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ],
    [
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    [new Set([1, 2]), new Set([2, 1])],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    [new Date(7), new Date(7)],
    [Number.NaN, Number.NaN],
    [0, -0],
    [12n, 12n],
    [undefined, undefined],
    [Object.create(null), {}],
  ])('%s is the same as %s', (thing, answered) => {
    expect(holds(thing, answered)).toBe(true)
  })

  test.each<[unknown, unknown]>([
    [{ a: 1 }, { a: 2 }],
    [{ a: undefined }, {}],
    [1, '1'],
    [12n, 12],
    [null, undefined],
    [
      [1, 2],
      [2, 1],
    ],
    [['a, b'], ['a', 'b']],
    [new Map([[1, 2]]), new Map([[2, 1]])],
    [new Set([1]), [1]],
    [Uint8Array.of(1), Int8Array.of(1)],
    [new Date(7), 7],
  ])('%s is not the same as %s', (thing, answered) => {
    expect(holds(thing, answered)).toBe(false)
  })

  test('`equal` and `identity` take its place', () => {
    class Own {
      readonly value: number
      constructor(value: number) {
        this.value = value
      }
    }
    const model: SequentialModel<Own, number, Own> = {
      init: () => new Own(0),
      step: (state, input) => [state, new Own(input)],
      equal: (a, b) => a.value === b.value,
      identity: ({ value }) => String(value),
    }
    const set = (to: number, was: number, at: number) => ({
      input: to,
      calledAt: at,
      answer: { output: new Own(was), at },
    })
    expect(checkLinearizable(model, [set(1, 0, 0), set(2, 1, 1)]).linearizable).toBe(true)
    expect(checkLinearizable(model, [set(1, 0, 0), set(2, 0, 1)]).linearizable).toBe(false)
  })
})
