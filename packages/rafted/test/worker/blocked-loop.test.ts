/** The application's event loop is blocked for a moment (F94r), and goes on (F94s). */
import { expect, test } from 'vitest'
import { block, blockedLoops } from './blocked.ts'
import { hostInWorker, machine } from './hosts.ts'
import { tally } from './tally.mjs'

blockedLoops(5000, 1000)

test('what the loop could not read while it was blocked is not late', async () => {
  const host = await hostInWorker()
  await host.createGroup('tally', { machine })
  const value = host.value('tally', tally)
  await value.add(1)
  // Its answer takes a moment; by the time its timer runs, it has been there for long.
  const asked = value.with({ timeoutMs: 1000 }).slow(200)
  // The request leaves with this turn.
  await new Promise((resolve) => setImmediate(resolve))
  block(2000)
  expect(await asked).toBe(1)
})

test('events of a blocked loop are bounded, and how it stands is told all the same', async () => {
  const host = await hostInWorker()
  const groups = ['one', 'two', 'three', 'four']
  for (const group of groups) await host.createGroup(group, { machine })
  const values = groups.map((group) => host.value(group, tally))
  for (const value of values) await value.add(1)
  const dropped = new Promise((resolve) => host.on('events-dropped', resolve))
  // Each command that fails is an event. All are sent before the loop is blocked, and fail while it is.
  const calls = Promise.allSettled(
    values.flatMap((value) => Array.from({ length: 1000 }, () => value.break())),
  )
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  block(2000)
  const ends = await calls
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true)
  expect(await dropped).toMatchObject({ count: expect.any(Number) })
  expect(host.leadership('four').isLeader).toBe(true)
})
