/** What happens in the worker is told in bounded room (F94s). */
import type { RaftedEvent } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { EventHub } from '../../src/event-hub.ts'
import type { FromWorker, GroupStanding, ToWorker } from '../../src/worker/messages.ts'
import { MAX_EVENTS, News } from '../../src/worker/news.ts'
import { Standings } from '../../src/worker/standings.ts'
import { fakePorts } from './fake-ports.ts'
import { ManualClock } from './manual-clock.ts'

const token = (term: number) => ({ term, index: term * 10 })
const gained = (term: number): RaftedEvent => {
  return { kind: 'leadership-gained', level: 'info', group: 'g', member: 'm', token: token(term) }
}
const lost = (term: number): RaftedEvent => ({ ...gained(term), kind: 'leadership-lost' }) as RaftedEvent
const failed = (index: number): RaftedEvent => {
  return { kind: 'command-failed', level: 'warn', group: 'h', index, error: new TypeError('broken') }
}

function setUp() {
  const clock = new ManualClock()
  const [here, there] = fakePorts<ToWorker, FromWorker>()
  const news = new News(there, clock)
  const told: RaftedEvent[] = []
  const counts: unknown[] = []
  const observer = {
    event: (event: RaftedEvent) => told.push(event),
    count: (...count: unknown[]) => counts.push(count),
    gauge: (...gauge: unknown[]) => counts.push(gauge),
  }
  const standings = new Standings(new EventHub(clock, observer))
  /** Reads the message that is there. */
  const read = async (): Promise<number> => {
    await clock.turn()
    const messages = here.waiting.splice(0)
    for (const message of messages) {
      if (message.kind === 'news') standings.news(message)
      news.read()
    }
    await clock.turn()
    return messages.length
  }
  return { clock, here, news, told, counts, standings, read }
}

test('events of a turn are one message, and no other is sent before it has been read', async () => {
  const { clock, here, news, told, read } = setUp()
  news.event(failed(1))
  news.event(failed(2))
  await clock.turn()
  news.event(failed(3))
  await clock.turn()
  expect(here.waiting).toHaveLength(1)
  expect(await read()).toBe(1)
  expect(here.waiting).toHaveLength(1)
  expect(await read()).toBe(1)
  expect(await read()).toBe(0)
  expect(told.map((event) => (event as { index?: number }).index)).toEqual([1, 2, 3])
  expect((told[0] as { error?: unknown }).error).toBeInstanceOf(TypeError)
})

test('events beyond the bound are counted, where they would have stood', async () => {
  const { clock, news, told, read } = setUp()
  news.event(failed(0))
  await clock.turn()
  for (let index = 1; index <= MAX_EVENTS + 5; index++) news.event(failed(index))
  await read()
  news.event(failed(9999))
  await read()
  await read()
  expect(told).toHaveLength(1 + MAX_EVENTS + 2)
  expect(told[1 + MAX_EVENTS]).toEqual({ kind: 'events-dropped', level: 'warn', count: 5 })
  expect(told.at(-1)).toMatchObject({ index: 9999 })
})

test('a leadership whose events had no room is told as it stands', async () => {
  const { clock, news, told, standings, read } = setUp()
  let now: GroupStanding = ['g', { token: token(1), member: 'm', addresses: ['x:1'] }]
  news.standingOf = (group) => (group === 'g' ? now : [group, null])
  news.event(gained(1))
  await read()
  expect(standings.token('g')).toEqual(token(1))
  news.event(failed(0))
  await clock.turn()
  for (let index = 1; index <= MAX_EVENTS; index++) news.event(failed(index))
  for (const term of [1, 2, 3]) {
    news.event(lost(term))
    news.event(gained(term + 1))
  }
  now = ['g', { token: token(4), member: 'm', addresses: ['x:2'] }]
  await read()
  await read()
  expect(told.filter(({ kind }) => kind.startsWith('leadership'))).toEqual([gained(1), lost(1), gained(4)])
  expect(standings.addresses('g')).toEqual(['x:2'])
  now = ['g', { token: null, member: 'm', addresses: [] }]
  news.event(lost(4))
  await read()
  expect(told.at(-1)).toEqual(lost(4))
  expect(standings.token('g')).toBe(null)
  standings.end()
  expect(told.at(-1)).toEqual(lost(4))
})

test('where the thread ends, its leaderships are lost', async () => {
  const { news, told, standings, read } = setUp()
  news.standingOf = () => ['g', { token: token(7), member: 'm', addresses: [] }]
  news.event(gained(7))
  await read()
  standings.end()
  expect(told).toEqual([gained(7), lost(7)])
  expect(standings.has('g')).toBe(false)
})

test('counters are summed up and told each second, gauges as they are then', async () => {
  const { clock, here, news, counts, read } = setUp()
  for (let i = 0; i < 5; i++) news.count('frames', 2, null)
  news.gauge('queue', 3, 'g')
  news.gauge('queue', 1, 'g')
  await clock.turn()
  expect(here.waiting).toHaveLength(0)
  await clock.pass(1000)
  expect(here.waiting).toHaveLength(1)
  news.count('frames', 1, null)
  await read()
  await clock.pass(1000)
  await read()
  expect(counts).toEqual([
    ['frames', 10, null],
    ['queue', 1, 'g'],
    ['frames', 1, null],
  ])
})
