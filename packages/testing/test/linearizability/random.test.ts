/** Histories by chance: the verdict is that of trying every order. Each failure names what to run again. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkLinearizable, type Operation } from '../../src/index.ts'
import { SeededRandom } from '../../src/simulation/seeded-random.ts'
import { hasOrder } from './every-order.ts'
import { historyOf } from './histories.ts'
import {
  casRegister,
  counter,
  keyed,
  list,
  plainRegister,
  queue,
  type Sample,
  set,
  unkeyed,
} from './models.ts'

const samples = { plainRegister, casRegister, queue, list, set, counter } as unknown as Readonly<
  Record<string, Sample>
>
const names = Object.keys(samples)

type Calls = readonly Operation<unknown, unknown>[]

/** Times are few, so that many are the same. */
function rounded(calls: Calls): Calls {
  const round = (time: number): number => Math.round(time / 3)
  return calls.map((call) => ({
    ...call,
    calledAt: round(call.calledAt),
    answer: call.answer && { ...call.answer, at: round(call.answer.at) },
  }))
}

/** One answer is another one, and now and then one is unknown that was not. */
function withFault(sample: Sample, calls: Calls, random: SeededRandom): Calls {
  const answered = calls.flatMap(({ answer }, i) => (answer === null ? [] : [i]))
  if (answered.length === 0) return calls
  const place = random.pick(answered)
  return calls.map((call, i) => {
    if (i === place)
      return { ...call, answer: { ...call.answer!, output: sample.wrong(random, call.answer!.output) } }
    return random.chance(0.1) ? { ...call, answer: null } : call
  })
}

describe.each(names)('%s', (name) => {
  const sample = samples[name]!

  test('what comes from one sequence is linearizable', () => {
    // Queue and list keep what happened: with many unknown outcomes there is more to try than a test can wait for.
    const many = name === 'queue' || name === 'list' ? 0.05 : 0.2
    for (let seed = 0; seed < 40; seed++)
      for (const unknown of [0, many]) {
        const options = { seed, operations: 60, clients: 5, unknown }
        const { linearizable } = checkLinearizable(sample.model, historyOf(sample, options))
        expect({ ...options, linearizable }).toEqual({ ...options, linearizable: true })
      }
  })

  test('with one wrong answer it is so if there is another order, and only then', () => {
    const count = { good: 0, bad: 0 }
    for (let seed = 0; seed < 1500; seed++) {
      const random = new SeededRandom(seed)
      const options = {
        seed,
        operations: 2 + (seed % 6),
        clients: 1 + random.below(4),
        unknown: random.pick([0, 0.3]),
      }
      const calls = withFault(sample, rounded(historyOf(sample, options)), random)
      const expected = hasOrder(sample.model, calls)
      count[expected ? 'good' : 'bad']++
      const { linearizable } = checkLinearizable(sample.model, calls)
      expect({ ...options, linearizable }).toEqual({ ...options, linearizable: expected })
    }
    expect(Math.min(count.good, count.bad)).toBeGreaterThan(50)
  })

  test('a counter-example contradicts itself whatever the rest did, and needs each of its answers', () => {
    let bad = 0
    for (let seed = 0; seed < 600; seed++) {
      const random = new SeededRandom(seed)
      const calls = withFault(
        sample,
        historyOf(sample, { seed, operations: 7, clients: 3, unknown: 0.1 }),
        random,
      )
      const verdict = checkLinearizable(sample.model, calls)
      if (verdict.linearizable !== false) continue
      bad++
      const needed = verdict.counterExample.operations.filter(({ contradicts }) => contradicts)
      const places = needed.map(({ index }) => index)
      const only = (kept: readonly number[]): Calls =>
        calls.map((call, i) => (kept.includes(i) ? call : { ...call, answer: null }))
      expect({ seed, found: hasOrder(sample.model, only(places)) }).toEqual({ seed, found: false })
      for (const place of places) {
        const found = hasOrder(sample.model, only(places.filter((other) => other !== place)))
        expect({ seed, place, found }).toEqual({ seed, place, found: true })
      }
    }
    expect(bad).toBeGreaterThan(50)
  })
})

test('by key or as one value: the same verdict', () => {
  const count = { good: 0, bad: 0 }
  for (let seed = 0; seed < 1000; seed++) {
    const random = new SeededRandom(seed)
    const few = { ...keyed, draw: () => ({ ...casRegister.draw(random, 0), key: random.pick(['x', 'y']) }) }
    const history = historyOf(few, { seed, operations: 7, clients: 3, unknown: 0.2 })
    const calls = withFault(few as unknown as Sample, rounded(history), random) as typeof history
    const expected = hasOrder(unkeyed, calls)
    count[expected ? 'good' : 'bad']++
    const verdicts = [checkLinearizable(keyed.model, calls), checkLinearizable(unkeyed, calls)]
    const found = verdicts.map(({ linearizable }) => linearizable)
    expect({ seed, found }).toEqual({ seed, found: [expected, expected] })
  }
  expect(Math.min(count.good, count.bad)).toBeGreaterThan(50)
})

test('histories that make no sense at all: the same verdict as trying every order', () => {
  const call = fc.record({
    name: fc.constantFrom('read', 'write', 'cas'),
    from: fc.integer({ min: 0, max: 2 }),
    to: fc.integer({ min: 0, max: 2 }),
    calledAt: fc.integer({ min: 0, max: 10 }),
    lasts: fc.integer({ min: 0, max: 8 }),
    output: fc.integer({ min: 0, max: 2 }),
    isAnswered: fc.boolean(),
  })
  let good = 0
  fc.assert(
    fc.property(fc.array(call, { maxLength: 7 }), (drawn) => {
      const { model } = casRegister
      const calls = drawn.map(({ name, from, to, calledAt, lasts, output, isAnswered }) => {
        const input =
          name === 'read' ? { op: name } : name === 'write' ? { op: name, to } : { op: name, from, to }
        const right = name === 'read' ? output : name === 'write' ? null : output > 0
        const answer = isAnswered ? { output: right, at: calledAt + lasts } : null
        return { input, calledAt, answer } as Operation<Parameters<typeof model.step>[1], typeof right>
      })
      const expected = hasOrder(model, calls)
      if (expected) good++
      expect(checkLinearizable(model, calls).linearizable).toBe(expected)
    }),
    { numRuns: 3000 },
  )
  expect(good).toBeGreaterThan(100)
})
