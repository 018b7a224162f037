/** Long histories: what a check costs is counted in configurations, which are the same on every machine. */
import { describe, expect, test } from 'vitest'
import {
  type CounterExample,
  checkLinearizable,
  type Operation,
  type SequentialModel,
} from '../../src/index.ts'
import { read, write } from './calls.ts'
import { historyOf } from './histories.ts'
import { casRegister, counter, keyed, register, type Sample } from './models.ts'

const size = { seed: 1, operations: 10_000, clients: 16 }

function counterExample<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  maxConfigurations: number,
): CounterExample {
  const verdict = checkLinearizable(model, operations, { maxConfigurations })
  if (verdict.linearizable !== false) throw new Error(`the verdict is ${String(verdict.linearizable)}`)
  return verdict.counterExample
}

const contradicting = ({ operations }: CounterExample): readonly string[] =>
  operations.flatMap(({ contradicts, text }) => (contradicts ? [text] : []))

describe('10,000 operations of 16 clients', () => {
  test.each([
    ['20 keys', keyed, 0],
    ['20 keys, 10 % unknown', keyed, 0.1],
    ['one register with compare-and-set, 10 % unknown', casRegister, 0.1],
    ['one counter', counter, 0],
    ['one counter, 10 % unknown', counter, 0.1],
  ] as [string, Sample, number][])('%s: linearizable, in some seconds', (_, sample, unknown) => {
    const history = historyOf(sample, { ...size, unknown })
    expect(history.filter(({ answer }) => answer === null).length / history.length).toBeCloseTo(unknown, 1)
    expect(checkLinearizable(sample.model, history, { maxConfigurations: 100_000 })).toEqual({
      linearizable: true,
    })
  })

  test.each([0, 0.1])(
    'a stale read among them is found and shown nearly alone (share of unknown: %s)',
    (unknown) => {
      const history = historyOf(keyed, { ...size, unknown })
      const reads = history.flatMap((call, index) =>
        call.input.op === 'read' && call.input.key === 'k7' && call.answer !== null ? [{ index, call }] : [],
      )
      const { index, call } = reads[reads.length >> 1]!
      // What was read there long before, and cannot have been written again: every value is written once.
      const { output } = reads[10]!.call.answer!
      expect(output).not.toBe(call.answer!.output)
      const planted = history.map((other, i) =>
        i === index ? { ...call, answer: { ...call.answer!, output } } : other,
      )
      const found = counterExample(keyed.model, planted, 100_000)
      expect(found.key).toBe('k7')
      expect(found.operations.find((operation) => operation.index === index)?.contradicts).toBe(true)
      expect(contradicting(found).length).toBeLessThanOrEqual(4)
    },
  )

  test('a command that took effect twice is found', () => {
    const history = historyOf(counter, size)
    // From here on the counter is one ahead of what the clients asked for.
    const doubled = history.map((call) =>
      call.answer !== null && call.answer.output >= 3000
        ? { ...call, answer: { ...call.answer, output: call.answer.output + 1 } }
        : call,
    )
    const found = contradicting(counterExample(counter.model, doubled, 100_000))
    expect(found.length).toBeLessThanOrEqual(6)
  })
})

describe('unknown outcomes that are of no use', () => {
  const unknown = Array.from({ length: 1000 }, (_, i) => write(100 + i, i))

  test('cost next to nothing, in a good history and in a bad one', () => {
    const sequence = Array.from({ length: 300 }, (_, i) => [
      write(-i, 2000 + 4 * i, 2001 + 4 * i),
      read(-i, 2002 + 4 * i, 2003 + 4 * i),
    ])
    const good = [...unknown, ...sequence.flat()]
    expect(checkLinearizable(register, good, { maxConfigurations: 40_000 })).toEqual({ linearizable: true })
    const bad = [...good, read(-7, 9000, 9001)]
    const found = counterExample(register, bad, 80_000)
    expect(contradicting(found)).toHaveLength(3)
    expect(contradicting(found)).toContain('write -7 → ok')
    expect(contradicting(found)).toContain('read → -7')
  })

  test('are all looked at: one that explains what was seen is found', () => {
    const seen = [
      ...unknown,
      read(100 + 999, 2000, 2001),
      read(100 + 3, 2002, 2003),
      read(100 + 500, 2004, 2005),
    ]
    expect(checkLinearizable(register, seen, { maxConfigurations: 40_000 }).linearizable).toBe(true)
    const again = [...seen, read(100 + 3, 2006, 2007)]
    expect(contradicting(counterExample(register, again, 80_000))).toHaveLength(3)
  })
})

test('a check that has tried enough says that it does not know', () => {
  const history = historyOf(casRegister, { ...size, operations: 500 })
  expect(checkLinearizable(casRegister.model, history, { maxConfigurations: 100 })).toEqual({
    linearizable: null,
  })
})
