import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkLinearizable, type Operation, type SequentialModel } from '../src/index.ts'

type Input = { readonly op: 'write'; readonly to: number } | { readonly op: 'read' }
type Call = Operation<Input, number>

/** Both answer what stood there before. */
const register: SequentialModel<number, Input, number> = {
  init: () => 0,
  step: (state, input, output) => {
    if (output !== undefined && output !== state) return null
    return input.op === 'write' ? input.to : state
  },
  key: String,
}

const write = (to: number, calledAt: number, answer: [output: number, at: number] | null): Call => ({
  input: { op: 'write', to },
  calledAt,
  answer: answer && { output: answer[0], at: answer[1] },
})
const read = (output: number, calledAt: number, at: number): Call => ({
  input: { op: 'read' },
  calledAt,
  answer: { output, at },
})
const isLinearizable = (...calls: Call[]) => checkLinearizable(register, calls).linearizable

describe('a history is linearizable', () => {
  test('if it is one after the other', () => {
    expect(isLinearizable(write(1, 0, [0, 1]), read(1, 2, 3), write(2, 4, [1, 5]), read(2, 6, 7))).toBe(true)
    expect(isLinearizable()).toBe(true)
  })

  test('if what overlaps can be put in some order', () => {
    expect(isLinearizable(write(1, 0, [0, 10]), read(1, 1, 2), read(1, 3, 4))).toBe(true)
    expect(isLinearizable(write(1, 0, [2, 10]), write(2, 0, [0, 10]), read(2, 1, 3), read(1, 4, 5))).toBe(
      true,
    )
  })

  test('if an unanswered write took effect late, or never', () => {
    expect(isLinearizable(write(1, 0, null), read(0, 5, 6), read(1, 7, 8))).toBe(true)
    expect(isLinearizable(write(1, 0, null), read(0, 5, 6))).toBe(true)
  })
})

describe('a history is not linearizable', () => {
  test('if a read misses what was acknowledged before it', () => {
    expect(isLinearizable(write(1, 0, [0, 1]), read(0, 2, 3))).toBe(false)
  })

  test('if time runs backwards between two reads', () => {
    expect(isLinearizable(write(1, 0, [0, 10]), read(1, 1, 2), read(0, 3, 4))).toBe(false)
  })

  test('if a write was lost', () => {
    expect(isLinearizable(write(1, 0, [0, 1]), write(2, 2, [0, 3]))).toBe(false)
  })

  test('if a value comes from nowhere, or from later', () => {
    expect(isLinearizable(read(7, 0, 1))).toBe(false)
    expect(isLinearizable(read(1, 0, 1), write(1, 2, [0, 3]))).toBe(false)
  })

  test('if an unanswered write was seen, and unseen again', () => {
    expect(isLinearizable(write(1, 0, null), read(1, 1, 2), read(0, 3, 4))).toBe(false)
  })

  test('and the verdict says what could not be explained', () => {
    const verdict = checkLinearizable(register, [write(1, 0, [0, 1]), read(1, 2, 3), read(0, 4, 5)])
    expect(verdict).toEqual({ linearizable: false, explained: 2, stuckAt: [2] })
  })
})

/** Every order there is, tried one by one. */
function bruteForce(calls: readonly Call[], state = 0): boolean {
  if (calls.every(({ answer }) => answer === null)) return true
  const deadline = Math.min(...calls.map(({ answer }) => answer?.at ?? Number.POSITIVE_INFINITY))
  return calls.some((call, i) => {
    if (call.calledAt > deadline) return false
    const next = register.step(state, call.input, call.answer?.output)
    return (
      next !== null &&
      bruteForce(
        calls.filter((_, other) => other !== i),
        next,
      )
    )
  })
}

test('random histories: the same verdict as trying every order', () => {
  const call = fc.record({
    isWrite: fc.boolean(),
    to: fc.integer({ min: 1, max: 3 }),
    calledAt: fc.integer({ min: 0, max: 12 }),
    lasts: fc.integer({ min: 0, max: 8 }),
    output: fc.integer({ min: 0, max: 3 }),
    isAnswered: fc.boolean(),
  })
  let linearizable = 0
  fc.assert(
    fc.property(fc.array(call, { maxLength: 7 }), (drawn) => {
      const calls = drawn.map(({ isWrite, to, calledAt, lasts, output, isAnswered }): Call => {
        const input: Input = isWrite ? { op: 'write', to } : { op: 'read' }
        return { input, calledAt, answer: isAnswered ? { output, at: calledAt + lasts } : null }
      })
      const expected = bruteForce(calls)
      if (expected) linearizable++
      expect(checkLinearizable(register, calls).linearizable).toBe(expected)
    }),
    { numRuns: 2000 },
  )
  expect(linearizable).toBeGreaterThan(100)
})
