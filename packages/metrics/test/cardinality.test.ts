/** However many groups there are and come and go, nothing grows beyond its bound. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createMetrics, METRICS, type MeteredStatus, type Metrics, type Scope } from '../src/index.ts'
import { collected, EVENTS, MadeUpHost, madeUpStatus } from './made-up.ts'

const namesOf = async (metrics: Metrics): Promise<string[]> => {
  const groups = (await metrics.collect()).map(({ labels }) => labels.group)
  return [...new Set(groups.filter((group) => group !== undefined))].sort()
}
const many = (count: number, status: MeteredStatus = madeUpStatus()): Record<string, MeteredStatus> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`g${at}`, status]))

function watched(host: MadeUpHost, maxGroups: number): Metrics {
  const metrics = createMetrics({ maxGroups })
  metrics.watch(host)
  return metrics
}

describe('groups beyond the cap', () => {
  test('are told of together: sums, and the worst of what has none', async () => {
    const host = new MadeUpHost({
      first: madeUpStatus(),
      x: madeUpStatus({ term: 9, log: { bytes: 10, oldestMs: 5000 }, leader: null }),
      y: madeUpStatus({ term: 4, log: { bytes: 30, oldestMs: 7000 }, role: 'follower', peers: [] }),
    })
    const metrics = watched(host, 1)
    await metrics.collect()
    for (const group of ['x', 'y', 'y']) metrics.event({ ...EVENTS['command-failed'], group })
    const pattern =
      /^rafted\.(term|log\.(size|oldest_age)|members\.leaderless|elections|commands\.failed|(members|peer\.lag)(?=.*(leader|follower|peer=c)\}))\{.*=other/
    expect(await collected(metrics, pattern)).toEqual({
      'rafted.members{host=a,group=other,state=leader}': 1,
      'rafted.members{host=a,group=other,state=follower}': 1,
      'rafted.members.leaderless{host=a,group=other}': 1,
      'rafted.term{host=a,group=other}': 9,
      'rafted.log.size{host=a,group=other}': 40,
      'rafted.log.oldest_age{host=a,group=other}': 7,
      'rafted.peer.lag{host=a,group=other,peer=c}': 60,
      'rafted.elections{host=a,group=other}': 4,
      'rafted.commands.failed{host=a,group=other}': 3,
    })
    expect(await namesOf(metrics)).toEqual(['first', 'other'])
  })

  test('cost no more samples, however many they are', async () => {
    const few = await watched(new MadeUpHost(many(4)), 3).collect()
    const lots = await watched(new MadeUpHost(many(400)), 3).collect()
    expect(lots).toHaveLength(few.length)
  })

  test('may be all of them, and a group that is called as they are is one of them', async () => {
    expect(await namesOf(watched(new MadeUpHost(many(2)), 0))).toEqual(['other'])
    const metrics = watched(new MadeUpHost({ other: madeUpStatus(), ...many(2) }), 2)
    expect(await namesOf(metrics)).toEqual(['g0', 'g1', 'other'])
  })

  test('count on when one of them has gone: what they have counted does not get less', async () => {
    const host = new MadeUpHost(many(3))
    const metrics = watched(host, 1)
    const other = { 'rafted.elections{host=a,group=other}': 4 }
    expect(await collected(metrics, /^rafted\.elections\{.*other/)).toEqual(other)
    host.members.delete('g2')
    expect(await collected(metrics, /^rafted\.elections\{.*other/)).toEqual(other)
  })
})

describe('groups that come and go', () => {
  test('leave their label to others when one is wanted, and not before', async () => {
    const host = new MadeUpHost(many(2))
    const metrics = watched(host, 2)
    metrics.event({ ...EVENTS['command-failed'], group: 'g0' })
    await metrics.collect()
    host.members.delete('g0')
    const failed = /^rafted\.commands\.failed/
    // Whoever has counted it last can still be asked for it.
    expect(await collected(metrics, failed)).toEqual({
      'rafted.commands.failed{host=a,group=g0}': 1,
      'rafted.commands.failed{host=a,group=g1}': 0,
    })
    expect(await collected(metrics, /^rafted\.term/)).toEqual({ 'rafted.term{host=a,group=g1}': 7 })
    host.members.set('new', madeUpStatus())
    expect(await collected(metrics, failed)).toEqual({
      'rafted.commands.failed{host=a,group=g1}': 0,
      'rafted.commands.failed{host=a,group=new}': 0,
    })
  })

  test('leave nothing behind, a thousand of them', async () => {
    const host = new MadeUpHost({})
    const metrics = watched(host, 5)
    const sizes: number[] = []
    for (let round = 0; round < 200; round++) {
      host.members.clear()
      for (let at = 0; at < 5; at++) host.members.set(`round-${round}-${at}`, madeUpStatus())
      for (const group of host.groups()) metrics.event({ ...EVENTS['slow-peer'], group })
      sizes.push((await metrics.collect()).length)
    }
    // What is told of a group before it is seen to run is counted with the others.
    expect(new Set(sizes.slice(1)).size).toBe(1)
  })
})

test('names that clients call take no label from a group that runs here', async () => {
  const metrics = createMetrics({ maxGroups: 3 })
  for (let at = 0; at < 1000; at++) metrics.count('client_retries', 1, `called-${at}`)
  expect(await collected(metrics, /client\.retries/)).toEqual({
    'rafted.client.retries{group=called-0}': 1,
    'rafted.client.retries{group=called-1}': 1,
    'rafted.client.retries{group=called-2}': 1,
    'rafted.client.retries{group=other}': 997,
  })
  metrics.watch(new MadeUpHost(many(3)))
  expect(await namesOf(metrics)).toEqual(['g0', 'g1', 'g2', 'other'])
})

test('hosts and slow peers that are never heard of again are remembered up to a bound', async () => {
  const metrics = watched(new MadeUpHost({ g: madeUpStatus() }), 1)
  for (let at = 0; at < 5000; at++) {
    metrics.event({ ...EVENTS.peer, host: `h${at}` })
    metrics.event({ ...EVENTS['slow-peer'], peer: `p${at}` })
  }
  expect(await collected(metrics, /hosts\.connected/)).toEqual({ 'rafted.hosts.connected{host=a}': 1024 })
})

test('what isn’t a number is left out', async () => {
  const metrics = watched(new MadeUpHost({ g: madeUpStatus({ term: Number.NaN }) }), 1)
  expect(await collected(metrics, /rafted\.(term|voters)/)).toEqual({ 'rafted.voters{host=a,group=g}': 3 })
})

test('what a group, a peer and a host cost is what the page says', async () => {
  const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
  const [, ...said] =
    /group that runs here has (\d+), and (\d+) more for each peer[^;]*; the host has (\d+); a group that clients of the process call has (\d+)\./.exec(
      page,
    )!
  const metrics = watched(new MadeUpHost({ g: madeUpStatus() }), 1)
  metrics.count('client_retries', 1, 'g')
  const count = new Map<Scope, number>()
  for (const { name } of await metrics.collect())
    count.set(METRICS[name].scope, (count.get(METRICS[name].scope) ?? 0) + 1)
  const [ofGroup, ofPeers, ofHost, ofCaller] = (['group', 'peer', 'host', 'caller'] as const).map(
    (scope) => count.get(scope)!,
  )
  expect(said.map(Number)).toEqual([ofGroup, ofPeers! / madeUpStatus().peers.length, ofHost, ofCaller])
})
