import { expect, test } from 'vitest'
import { closedLoop } from '../src/measure.ts'
import { asLine, heading, type Row } from '../src/row.ts'
import { runLoads } from '../src/run.ts'
import { loadsOf, type Suite } from '../src/suite.ts'

const durations = { warmUpMs: 1, measureMs: 20 }

test('never more and never fewer calls under way than asked for', async () => {
  let under = 0
  let most = 0
  const call = async (): Promise<void> => {
    most = Math.max(most, ++under)
    await new Promise((resolve) => setImmediate(resolve))
    under--
  }
  const figures = await closedLoop(call, 7, durations)
  expect(most).toBe(7)
  expect(figures.ops_per_s).toBeGreaterThan(0)
  expect(figures.p50_us).toBeLessThanOrEqual(figures.p99_us)
})

test('a call that fails ends the measurement', async () => {
  await expect(closedLoop(() => Promise.reject(new Error('no')), 3, durations)).rejects.toThrow('no')
})

test('a suite gives one row for each load, of the documented form, and closes what it opened', async () => {
  let open = 0
  const made: Suite = {
    system: 'made-up',
    config: 'nothing',
    reads: ['index'],
    open: async () => {
      open++
      const answer = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
      return {
        command: answer,
        query: answer,
        close: async () => {
          open--
        },
      }
    },
  }
  const rows: Row[] = []
  await runLoads(made, loadsOf(made), { warmUpMs: 0, measureMs: 5 }, (row) => rows.push(row))
  expect(open).toBe(0)
  expect(rows).toHaveLength(loadsOf(made).length)
  const loads = ['command', 'query'].flatMap((op) =>
    [16, 1024].flatMap((size) =>
      [1, 16, 64, 256, 1024].map((concurrency) => ({
        op,
        read: op === 'query' ? 'index' : null,
        size,
        concurrency,
      })),
    ),
  )
  expect(rows.map(({ op, read, size, concurrency }) => ({ op, read, size, concurrency }))).toEqual(loads)
  for (const row of rows) {
    expect(Object.keys(row)).toEqual([
      'system',
      'config',
      'op',
      'read',
      'size',
      'concurrency',
      'ops_per_s',
      'p50_us',
      'p99_us',
    ])
    expect(asLine(row)).toHaveLength(heading.length)
  }
})
