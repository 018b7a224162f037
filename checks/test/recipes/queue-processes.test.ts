/** Queues on three real processes, which are stopped and killed: in this order, since a majority has to be left. */
import type { QueueCounts, TakenMessage } from '@rafted/recipes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/until.ts'
import { Processes } from './processes.ts'

let all: Processes

beforeAll(async () => {
  all = await Processes.start(new URL('./queue-program.ts', import.meta.url))
})

afterAll(() => all?.end())

test('a worker is stopped until its message is another’s, and goes on: its receipt is refused', async () => {
  const paused = await all.leader()
  const other = all.ids.find((id) => id !== paused)!
  await all.ask(other, 'push', [7])
  const [first] = (await all.ask(paused, 'take', 1000)) as TakenMessage[]
  expect(first).toMatchObject({ body: 7, attempt: 1 })
  all.stop(paused)
  let second: TakenMessage | undefined
  await until(async () => {
    ;[second] = (await all.ask(other, 'take', 30_000)) as TakenMessage[]
    return second !== undefined
  })
  expect(second).toMatchObject({ id: first!.id, body: 7, attempt: 2 })
  expect(second!.receipt.fence).toBeGreaterThan(first!.receipt.fence)
  all.goOn(paused)
  expect(await all.ask(paused, 'ack', first!.receipt)).toBe('stale-receipt')
  expect(await all.ask(other, 'ack', second!.receipt)).toBe(null)
  expect(await all.ask(paused, 'counts')).toMatchObject({ ready: 0, taken: 0, dead: 0 })
})

test('a worker is killed while it holds messages: others get them, and none is lost', async () => {
  const jobs = Array.from({ length: 40 }, (_, at) => at)
  const victim = await all.leader()
  const others = all.ids.filter((id) => id !== victim)
  await all.ask(victim, 'work', true, 1500)
  await all.ask(victim, 'push', jobs)
  await until(async () => (await all.ask(victim, 'holding')) === 4)
  for (const id of others) await all.ask(id, 'work', false, 1500)
  await all.kill(victim)
  await until(async () => {
    const { ready, taken, delayed } = (await all.ask(others[0]!, 'counts')) as QueueCounts
    return ready + taken + delayed === 0
  })
  const handled = await Promise.all(others.map((id) => all.ask(id, 'handled') as Promise<number[]>))
  expect([...new Set(handled.flat())].toSorted((a, b) => a - b)).toEqual(jobs)
  expect(await all.ask(others[0]!, 'counts')).toMatchObject({ dead: 0, bytes: 0 })
})
