/** What is remembered of looks at the members here, and what of it is told again. */
import { describe, expect, test } from 'vitest'
import { KEPT_NEWS, NewsKeeper } from '../src/news.ts'
import { rowOf } from '../src/rows.ts'
import { REMEMBERED, Series } from '../src/series.ts'
import { TimedCalls } from '../src/timed-calls.ts'
import { MOST_GROUPS, MOST_HISTORIES, Watch } from '../src/watch.ts'
import { MadeUpHost, ManualClock, madeUpStatus } from './made-up.ts'

async function watching(host = new MadeUpHost()) {
  const clock = new ManualClock()
  const watch = new Watch({ host, placement: null, clock, everyMs: 1000, looked: () => {} })
  await watch.open()
  return {
    host,
    clock,
    watch,
    names: (since: number) => watch.changedSince(since).groups.map(({ row }) => row.name),
  }
}

describe('looks', () => {
  test('tell of a group how fast it goes, and remember it', async () => {
    const { host, clock, watch } = await watching()
    for (const commitIndex of [150, 150, 450]) {
      host.members.set('g', madeUpStatus({ commitIndex }))
      await clock.pass(1000)
    }
    expect(watch.group('g')!.history!.perSecond).toEqual([null, 50, 0, 300])
    expect(watch.history.perSecond).toEqual([null, 50, 0, 300])
    expect(watch.group('g')!.row).toMatchObject({
      state: 'leading',
      term: 7,
      leader: 'a',
      perSecond: 300,
      voters: 3,
    })
    // Another incarnation has another log.
    host.members.set('g', madeUpStatus({ incarnation: 'beef', commitIndex: 3 }))
    await clock.pass(1000)
    expect(watch.group('g')!.row.perSecond).toBeNull()
  })

  test('tell nothing of a disk that was not written to', async () => {
    const { host, clock, watch } = await watching()
    const { disk } = madeUpStatus()
    for (const p99Ms of [3, 0]) {
      host.members.set('g', madeUpStatus({ disk: { ...disk, p50Ms: p99Ms / 2, p99Ms } }))
      await clock.pass(1000)
    }
    expect(watch.history.diskP50Ms.slice(-2)).toEqual([1.5, null])
    expect(watch.history.diskP99Ms.slice(-2)).toEqual([3, null])
  })

  test('tell again only of those that have changed, and of all where one has gone', async () => {
    const { host, clock, watch, names } = await watching(
      new MadeUpHost({ g: madeUpStatus(), h: madeUpStatus() }),
    )
    await clock.pass(1000)
    const first = watch.number
    expect(watch.changedSince(0)).toMatchObject({ isAll: true })
    await clock.pass(1000)
    expect(names(first)).toEqual([])
    host.members.set('h', madeUpStatus({ term: 8 }))
    await clock.pass(1000)
    expect(names(first)).toEqual(['h'])
    const before = watch.number
    host.members.delete('g')
    await clock.pass(1000)
    expect(watch.changedSince(before)).toMatchObject({ isAll: true })
    expect(names(before)).toEqual(['h'])
    expect(watch.changedSince(watch.number + 5).isAll).toBe(true)
  })

  test('remember who led, also where that is over before the next one', async () => {
    const { host, clock, watch } = await watching()
    const role = { kind: 'role', level: 'info', group: 'g', role: 'follower' } as const
    watch.note({ ...role, term: 8, leader: null })
    watch.note({ ...role, term: 8, leader: 'member-b' })
    watch.note({ ...role, term: 9, leader: 'member-c' })
    watch.note({ ...role, term: 9, leader: 'nobody knows' })
    watch.note({ ...role, term: 6, leader: 'member-b' })
    host.members.set('g', madeUpStatus({ role: 'follower', term: 9, leader: 'member-c' }))
    await clock.pass(1000)
    expect(watch.group('g')!.leaderships.map(({ term, leader }) => [term, leader])).toEqual([
      [7, 'a'],
      [8, null],
      [8, 'b'],
      [9, 'c'],
    ])
    expect(watch.history.elections).toEqual([0, 2])
  })

  test('of a host that is slow to say something, or can not, don’t wait for ever', async () => {
    const host = new MadeUpHost({ g: madeUpStatus(), h: madeUpStatus() })
    const answers: Record<string, unknown> = {
      g: new Promise(() => {}),
      h: Promise.reject(new Error('gone')),
    }
    Object.assign(host, { status: (name: string) => answers[name] })
    const clock = new ManualClock()
    const watch = new Watch({ host, placement: null, clock, everyMs: 1000, looked: () => {} })
    const opened = watch.open()
    await clock.pass(2000)
    await opened
    expect(watch.changedSince(0).groups.map(({ row }) => row.state)).toEqual(['waiting', 'waiting'])
  })

  test('go on after one that failed', async () => {
    const { host, clock, watch } = await watching()
    const { groups } = host
    host.groups = () => {
      throw new Error('not now')
    }
    await clock.pass(1000)
    host.groups = groups
    await clock.pass(1000)
    expect(watch.number).toBe(2)
  })

  test('end when they are told to', async () => {
    const { watch, clock } = await watching()
    expect(clock.timers.size).toBe(1)
    watch.close()
    expect(clock.timers.size).toBe(0)
  })
})

describe('memory is bounded', () => {
  test('in groups', async () => {
    const many = Array.from({ length: MOST_GROUPS + 7 }, (_, i) => [`g${i}`, null] as const)
    const { watch } = await watching(new MadeUpHost(Object.fromEntries(many)))
    expect([watch.size, watch.beyond]).toEqual([MOST_GROUPS, 7])
    const { groups } = watch.changedSince(0)
    expect(groups.filter(({ history }) => history !== null)).toHaveLength(MOST_HISTORIES)
  })

  test('in looks, in news and in calls', () => {
    const series = new Series()
    for (let i = 0; i < REMEMBERED + 5; i++) series.add(i)
    expect([series.read().length, series.read()[0], series.read().at(-1)]).toEqual([
      REMEMBERED,
      5,
      REMEMBERED + 4,
    ])
    const news = new NewsKeeper({ wall: () => 1 })
    for (let i = 0; i < KEPT_NEWS + 5; i++)
      news.note({ kind: 'peer', level: 'info', host: `h${i}`, state: 'up' })
    expect([news.since(0).length, news.since(0)[0]!.number]).toEqual([KEPT_NEWS, 6])
    const calls = new TimedCalls()
    for (let i = 0; i < 10_000; i++) calls.note(5, i % 10 === 0)
    calls.look(2)
    expect([calls.perSecond.read(), calls.failures.read(), calls.p99Ms.read()]).toEqual([[5000], [1000], [5]])
    calls.look(1)
    expect([calls.perSecond.read().at(-1), calls.p50Ms.read().at(-1)]).toEqual([0, null])
  })

  test('in leaderships of a group', async () => {
    const { watch } = await watching()
    for (let term = 8; term < 300; term++)
      watch.note({
        kind: 'role',
        level: 'info',
        group: 'g',
        role: 'follower',
        term,
        leader: `member-${'abc'[term % 3]}`,
      })
    expect(watch.group('g')!.leaderships).toHaveLength(64)
  })
})

describe('a row', () => {
  const row = (over: Parameters<typeof madeUpStatus>[0]) =>
    rowOf({ name: 'g', title: null }, 'a', madeUpStatus(over), 0)

  test.each([
    ['waiting', null],
    ['leading', {}],
    ['following', { role: 'follower' }],
    ['electing', { role: 'pre-candidate' }],
    ['stopped', { stopped: 'why' }],
    ['stopped', { removedAt: 8 }],
    ['elsewhere', { host: 'b' }],
  ] as const)('%s', (state, over) => {
    const told = over === null ? rowOf({ name: 'g', title: null }, 'a', null, null) : row(over)
    expect(told.state).toBe(state)
  })

  test('has what is not as it should be', () => {
    expect(row({}).troubles).toEqual([])
    expect(row({ leader: null, role: 'follower' }).troubles).toEqual(['no-leader'])
    expect(row({ stopped: 'why', leader: null }).troubles).toEqual(['stopped'])
    expect(row({ unresponsive: ['member-b'], transfer: { to: 'member-c', forMs: 3 } }).troubles).toEqual([
      'silent-peers',
      'transfer',
    ])
    const peer = { member: 'member-b', state: 'stream', next: 101, inFlightBytes: 0, silentMs: 1 } as const
    expect(row({ lastIndex: 3000, peers: [{ ...peer, match: 100 }] })).toMatchObject({
      behind: 2900,
      troubles: ['lagging'],
    })
  })
})
