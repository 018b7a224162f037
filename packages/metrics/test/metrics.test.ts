/** What a collection has, of what a host was told and how its members stand. */
import { describe, expect, test } from 'vitest'
import { createMetrics, labelNames, METRIC_NAMES, METRICS } from '../src/index.ts'
import { collected, EVENTS, MadeUpHost, ManualClock, madeUpStatus } from './made-up.ts'

function watched(host: MadeUpHost, options = {}) {
  const metrics = createMetrics(options)
  metrics.watch(host)
  return metrics
}

describe('a collection', () => {
  test('has every metric there is but those of callers, with the labels it is described with', async () => {
    const samples = await watched(new MadeUpHost({ g: madeUpStatus() })).collect()
    const found = new Set(samples.map(({ name }) => name))
    expect(METRIC_NAMES.filter((name) => !found.has(name) && METRICS[name].scope !== 'caller')).toEqual([])
    for (const { name, labels } of samples) {
      expect(Object.keys(labels), name).toEqual(labelNames(name))
      const { label } = METRICS[name]
      if (label !== undefined) expect(label.values, name).toContain(labels[label.name])
    }
  })

  test('tells how a leader stands', async () => {
    const metrics = watched(new MadeUpHost({ g: madeUpStatus() }))
    expect(
      await collected(metrics, /^rafted\.(members|term|voters|learners|log\.(un|oldest)|snapshot\.)/),
    ).toEqual({
      'rafted.members{host=a,group=g,state=leader}': 1,
      'rafted.members{host=a,group=g,state=follower}': 0,
      'rafted.members{host=a,group=g,state=pre-candidate}': 0,
      'rafted.members{host=a,group=g,state=candidate}': 0,
      'rafted.members{host=a,group=g,state=waiting}': 0,
      'rafted.members{host=a,group=g,state=stopped}': 0,
      'rafted.members{host=a,group=g,state=removed}': 0,
      'rafted.members.leaderless{host=a,group=g}': 0,
      'rafted.members.damaged{host=a,group=g}': 0,
      'rafted.members.stuck{host=a,group=g}': 0,
      'rafted.term{host=a,group=g}': 7,
      'rafted.voters{host=a,group=g}': 3,
      'rafted.learners{host=a,group=g}': 1,
      'rafted.log.uncommitted{host=a,group=g}': 10,
      'rafted.log.unapplied{host=a,group=g}': 5,
      'rafted.log.uncommitted_size{host=a,group=g}': 1000,
      'rafted.log.oldest_age{host=a,group=g}': 60,
      'rafted.log.unreadable{host=a}': 0,
      'rafted.snapshot.index{host=a,group=g}': 50,
      'rafted.snapshot.size{host=a,group=g}': 4000,
      'rafted.snapshot.age{host=a,group=g}': 30,
    })
  })

  test('tells of each peer by the name of its host', async () => {
    const metrics = watched(new MadeUpHost({ g: madeUpStatus() }))
    metrics.event(EVENTS['slow-peer'])
    expect(await collected(metrics, /^rafted\.peers?\./)).toEqual({
      'rafted.peer.lag{host=a,group=g,peer=b}': 2,
      'rafted.peer.lag{host=a,group=g,peer=c}': 60,
      'rafted.peer.lag{host=a,group=g,peer=d}': 0,
      'rafted.peer.silence{host=a,group=g,peer=b}': 0.05,
      'rafted.peer.silence{host=a,group=g,peer=c}': 2.5,
      'rafted.peer.silence{host=a,group=g,peer=d}': 0.01,
      'rafted.peer.in_flight{host=a,group=g,peer=b}': 200,
      'rafted.peer.in_flight{host=a,group=g,peer=c}': 6000,
      'rafted.peer.in_flight{host=a,group=g,peer=d}': 0,
      'rafted.peer.slow{host=a,group=g,peer=b}': 0,
      'rafted.peer.slow{host=a,group=g,peer=c}': 1,
      'rafted.peer.slow{host=a,group=g,peer=d}': 0,
      'rafted.peers.slowed{host=a,group=g}': 1,
      'rafted.peers.unresponsive{host=a,group=g}': 1,
    })
  })

  test('has one value for two members of one host, of which one takes the place of the other: the worse', async () => {
    const { peers, configuration } = madeUpStatus()
    const { voters, learners } = configuration!.configuration
    const outgoing = [...voters, { id: 'former', host: 'b' }]
    const former = { member: 'former', match: 10, inFlightBytes: 0, silentMs: 9000 }
    const stranger = { member: 'nobody', match: 0, inFlightBytes: 0, silentMs: 99_000 }
    const status = madeUpStatus({
      configuration: { index: 95, configuration: { voters, outgoing, learners } },
      peers: [...peers, former, stranger],
    })
    const metrics = watched(new MadeUpHost({ g: status }))
    expect(await collected(metrics, /^rafted\.peer\.(lag|silence).*peer=[^cd]/)).toEqual({
      'rafted.peer.lag{host=a,group=g,peer=b}': 90,
      'rafted.peer.silence{host=a,group=g,peer=b}': 9,
    })
  })

  test('tells of the host what each of its members says of it, once', async () => {
    const metrics = watched(new MadeUpHost({ g: madeUpStatus(), h: madeUpStatus() }))
    expect(await collected(metrics, /^rafted\.(disk\.(latency|wait|stalls)|loop)/)).toEqual({
      'rafted.disk.latency{host=a,percentile=50}': 0.001,
      'rafted.disk.latency{host=a,percentile=99}': 0.02,
      'rafted.disk.latency{host=a,percentile=100}': 0.3,
      'rafted.disk.wait{host=a}': 0.4,
      'rafted.disk.stalls{host=a}': 5,
      'rafted.loop.delay{host=a,percentile=50}': 0.001,
      'rafted.loop.delay{host=a,percentile=99}': 0.02,
      'rafted.loop.delay{host=a,percentile=100}': 0.3,
    })
  })

  test('tells that a change of members is under way: the configuration is joint, or not committed', async () => {
    const { voters, learners } = madeUpStatus().configuration!.configuration
    const placed = (index: number, outgoing: typeof voters | null) =>
      madeUpStatus({ configuration: { index, configuration: { voters, outgoing, learners } } })
    const metrics = watched(
      new MadeUpHost({ done: placed(90, null), appended: placed(91, null), joint: placed(80, voters) }),
    )
    expect(await collected(metrics, /changes\.pending/)).toEqual({
      'rafted.changes.pending{host=a,group=done}': 0,
      'rafted.changes.pending{host=a,group=appended}': 1,
      'rafted.changes.pending{host=a,group=joint}': 1,
    })
  })

  test.each([
    ['waiting', null],
    ['follower', madeUpStatus({ role: 'follower' })],
    ['stopped', madeUpStatus({ role: 'follower', stopped: 'The machine failed.' })],
    ['removed', madeUpStatus({ role: 'follower', stopped: 'It was removed.', removedAt: 9 })],
  ])('tells that a member is %s', async (state, status) => {
    const metrics = watched(new MadeUpHost({ g: status }))
    const members = await collected(metrics, /^rafted\.members\{/)
    expect(Object.entries(members).filter(([, value]) => value === 1)).toEqual([
      [`rafted.members{host=a,group=g,state=${state}}`, 1],
    ])
  })

  test('tells who knows no leader, whose log is damaged, and where a repair is stuck', async () => {
    const metrics = watched(
      new MadeUpHost({
        alone: madeUpStatus({ role: 'candidate', leader: null }),
        stopped: madeUpStatus({ leader: null, stopped: 'The machine failed.' }),
        damaged: madeUpStatus({ damage: { stuck: null } }),
        stuck: madeUpStatus({ damage: { stuck: { index: 4 } } }),
      }),
    )
    const found = await collected(metrics, /^rafted\.members\.(leaderless|damaged|stuck)/)
    expect(Object.keys(found).filter((line) => found[line] === 1)).toEqual([
      'rafted.members.leaderless{host=a,group=alone}',
      'rafted.members.damaged{host=a,group=damaged}',
      'rafted.members.damaged{host=a,group=stuck}',
      'rafted.members.stuck{host=a,group=stuck}',
    ])
  })

  test('has what is counted without a host: that of clients alone', async () => {
    const metrics = createMetrics()
    metrics.count('client_retries', 3, 'g')
    expect(await collected(metrics, /client\.retries/)).toEqual({ 'rafted.client.retries{group=g}': 3 })
  })

  test('that is asked for while one is under way is that one', async () => {
    const host = new MadeUpHost({ g: madeUpStatus() })
    const metrics = watched(host)
    const [one, other] = await Promise.all([metrics.collect(), metrics.collect()])
    expect(one).toBe(other)
    expect(host.asked).toBe(1)
    await metrics.collect()
    expect(host.asked).toBe(2)
  })

  test('of many members lets the process do other things in between', async () => {
    const groups = Array.from({ length: 100 }, (_, at) => [`g${at}`, madeUpStatus()] as const)
    const host = new MadeUpHost(Object.fromEntries(groups))
    const clock = new ManualClock()
    const collecting = watched(host, { clock }).collect()
    const askedByThen: number[] = []
    for (let round = 0; round < 3; round++) {
      while (clock.waiting.length === 0) await Promise.resolve()
      askedByThen.push(host.asked)
      clock.waiting.shift()!()
    }
    await collecting
    expect(askedByThen).toEqual([32, 64, 96])
  })
})

describe('what a status counts', () => {
  test('adds up over collections, whoever the member is', async () => {
    const host = new MadeUpHost({ g: madeUpStatus() })
    const metrics = watched(host)
    const elections = (): Promise<Record<string, number>> => collected(metrics, /elections|leader\.changes/)
    const told = (campaigns: number, won: number, changes: number) => ({
      'rafted.elections{host=a,group=g}': campaigns,
      'rafted.elections.won{host=a,group=g}': won,
      'rafted.leader.changes{host=a,group=g}': changes,
    })
    expect(await elections()).toEqual(told(2, 1, 4))
    expect(await elections()).toEqual(told(2, 1, 4))
    host.members.set('g', madeUpStatus({ elections: { campaigns: 3, won: 2, leaders: 6 } }))
    expect(await elections()).toEqual(told(3, 2, 6))
    // Started anew, it counts from 0.
    host.members.set('g', madeUpStatus({ elections: { campaigns: 1, won: 0, leaders: 1 } }))
    expect(await elections()).toEqual(told(4, 2, 7))
    // And so does a member that takes its place.
    host.members.set('g', madeUpStatus({ member: 'other', elections: { campaigns: 5, won: 5, leaders: 5 } }))
    expect(await elections()).toEqual(told(9, 7, 12))
  })
})

describe('a host in another thread', () => {
  test('is waited for, and not for ever: what has not come is left out and counted', async () => {
    class FarHost extends MadeUpHost {
      override status(name: string) {
        if (name === 'failing') return Promise.reject(new Error('The thread has ended.'))
        return name === 'hanging' ? new Promise<never>(() => {}) : Promise.resolve(super.status(name))
      }
    }
    const clock = new ManualClock()
    const host = new FarHost({ g: madeUpStatus(), failing: madeUpStatus(), hanging: madeUpStatus() })
    const metrics = watched(host, { clock })
    const collecting = collected(metrics, /rafted\.(term|status)/)
    while (clock.timers.size === 0) await Promise.resolve()
    clock.fire()
    expect(await collecting).toEqual({
      'rafted.term{host=a,group=g}': 7,
      'rafted.status.unanswered{host=a}': 2,
    })
    host.members.delete('hanging')
    await metrics.collect()
    expect(clock.timers.size, 'timers left').toBe(0)
  })
})

describe('watching', () => {
  test('ends, and leaves what was counted', async () => {
    const metrics = createMetrics()
    const host = new MadeUpHost({ g: madeUpStatus() })
    const end = metrics.watch(host)
    metrics.event(EVENTS['slow-disk'])
    metrics.event(EVENTS['command-failed'])
    const pattern = /rafted\.(term|disk\.slow|commands\.failed)/
    expect(await collected(metrics, pattern)).toEqual({
      'rafted.disk.slow{host=a}': 1,
      'rafted.term{host=a,group=g}': 7,
      'rafted.commands.failed{host=a,group=g}': 1,
    })
    end()
    expect(await collected(metrics, pattern)).toEqual({ 'rafted.commands.failed{group=g}': 1 })
    metrics.watch(host)
    expect(await collected(metrics, pattern)).toEqual({
      'rafted.disk.slow{host=a}': 0,
      'rafted.term{host=a,group=g}': 7,
      'rafted.commands.failed{host=a,group=g}': 1,
    })
  })

  test('is of one host at a time, and of nothing that is none', () => {
    const metrics = createMetrics()
    expect(() => metrics.watch({} as never)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    const end = metrics.watch(new MadeUpHost({}))
    expect(() => metrics.watch(new MadeUpHost({}, 'b'))).toThrow(
      expect.objectContaining({ code: 'invalid-argument', outcome: 'not-applied' }),
    )
    end()
    const again = metrics.watch(new MadeUpHost({}, 'b'))
    // That of another one does not end it.
    end()
    expect(() => metrics.watch(new MadeUpHost({}))).toThrow()
    again[Symbol.dispose]()
    metrics.watch(new MadeUpHost({}))
  })
})

test.each([{ maxGroups: -1 }, { maxGroups: 1.5 }, { maxGroups: 10_001 }, { timeoutMs: 0 }])(
  'options that can’t be are refused: %o',
  (options) => {
    expect(() => createMetrics(options)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', outcome: 'not-applied' }),
    )
  },
)
