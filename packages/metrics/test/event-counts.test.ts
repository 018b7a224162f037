/** What is counted, and of which events. */
import type { RaftedEvent } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { createMetrics, METRIC_NAMES, METRICS, type Metrics } from '../src/index.ts'
import { collected, EVENTS, MadeUpHost, madeUpStatus, shown } from './made-up.ts'

/** What is above 0 of what is counted, but for the events themselves. */
async function counted(metrics: Metrics): Promise<Record<string, number>> {
  const samples = await metrics.collect()
  return shown(
    samples.filter(({ name, value }) => METRICS[name].kind === 'counter' && value > 0),
    /^(?!rafted\.events\{)/,
  )
}

const expected: { readonly [Kind in RaftedEvent['kind']]: Record<string, number> } = {
  role: {},
  'leadership-gained': {},
  'leadership-lost': {},
  'slow-peer': { 'rafted.peers.slowed{group=g}': 1 },
  configuration: {},
  fleet: {},
  'machine-version': {},
  'feature-level': {},
  'member-stopped': { 'rafted.member.stops{group=g,reason=member-stopped}': 1 },
  'command-failed': { 'rafted.commands.failed{group=g}': 1 },
  'hook-failed': { 'rafted.hooks.failed{group=g}': 1 },
  'listener-failed': { 'rafted.listeners.failed{}': 1 },
  'events-dropped': { 'rafted.events.dropped{}': 12 },
  snapshot: { 'rafted.snapshots{group=g,what=taken}': 1 },
  'snapshot-at-once': { 'rafted.snapshots.at_once{group=g}': 1 },
  join: { 'rafted.joins.failed{group=g,what=refused}': 1 },
  'refused-batch': { 'rafted.batches.refused{}': 1 },
  // Of those of one second only the first are told: they are counted by `count`.
  'not-allowed': {},
  'storage-failed': { 'rafted.storage.failures{}': 1 },
  'worker-failed': { 'rafted.worker.failures{}': 1 },
  'slow-disk': {},
  'disk-full': { 'rafted.disk.full_waits{}': 1 },
  'log-repaired': { 'rafted.log.torn_ends{}': 1 },
  'log-opening': {},
  'log-unreadable': { 'rafted.log.unreadable{}': 1 },
  'snapshot-restoring': {},
  'log-damaged': { 'rafted.log.damages{group=g}': 1 },
  'log-restored': { 'rafted.log.restored{group=g}': 8 },
  'repair-stuck': {},
  'log-file-damaged': { 'rafted.log.file_damages{damage=lost}': 1 },
  peer: { 'rafted.hosts.seen{state=up}': 1 },
  'traced-command': {},
  transport: {},
}
const kinds = Object.keys(expected) as RaftedEvent['kind'][]

test.each(kinds)('of %s', async (kind) => {
  const metrics = createMetrics()
  metrics.event(EVENTS[kind])
  expect(await counted(metrics)).toEqual(expected[kind])
  const level = `rafted.events{level=${EVENTS[kind].level}}`
  expect((await collected(metrics, /^rafted\.events\{/))[level]).toBe(1)
})

test('of those that end something nothing more is counted', async () => {
  const metrics = createMetrics()
  metrics.event({ ...EVENTS['slow-peer'], state: 'recovered' })
  metrics.event({ ...EVENTS['disk-full'], what: 'over' })
  expect(await counted(metrics)).toEqual({})
})

describe('what an observer is told to count', () => {
  test.each([
    ['client_retries', 'g', 'rafted.client.retries{group=g}'],
    ['client_redirects', 'g', 'rafted.client.redirects{group=g}'],
    ['client_sessions', 'g', 'rafted.client.sessions{group=g}'],
    ['host_not_allowed', null, 'rafted.requests.not_allowed{}'],
    ['tcp_violations', null, 'rafted.transport.incidents{what=violations}'],
    ['tcp_refused', null, 'rafted.transport.incidents{what=refused}'],
    ['tcp_failed_handshakes', null, 'rafted.transport.incidents{what=failed_handshakes}'],
    ['tcp_wrong_certificates', null, 'rafted.transport.incidents{what=wrong_certificates}'],
    ['tcp_dropped', null, 'rafted.transport.incidents{what=dropped}'],
    ['nats_dropped', null, 'rafted.transport.incidents{what=dropped}'],
    ['nats_violations', null, 'rafted.transport.incidents{what=violations}'],
    ['nats_disconnected', null, 'rafted.transport.incidents{what=disconnected}'],
    ['nats_partial', null, 'rafted.transport.incidents{what=partial}'],
    ['nats_absent', null, 'rafted.transport.incidents{what=absent}'],
  ])('%s', async (name, group, line) => {
    const metrics = createMetrics()
    metrics.count(name, 3, group)
    expect(await counted(metrics)).toEqual({ [line]: 3 })
  })

  test('is left out if nothing is described for it', async () => {
    const metrics = createMetrics()
    for (const name of ['tcp_something', 'mine', 'client_', '__proto__']) metrics.count(name, 3, 'g')
    expect(await counted(metrics)).toEqual({})
  })
})

test('nothing is described as a counter that can’t be counted', async () => {
  const metrics = createMetrics()
  metrics.watch(new MadeUpHost({ g: madeUpStatus() }))
  for (const kind of kinds) metrics.event(EVENTS[kind])
  for (const name of ['client_retries', 'client_redirects', 'client_sessions', 'tcp_dropped'])
    metrics.count(name, 1, 'g')
  metrics.count('host_not_allowed', 1, null)
  const above = new Set((await metrics.collect()).filter(({ value }) => value > 0).map(({ name }) => name))
  const never = METRIC_NAMES.filter((name) => METRICS[name].kind === 'counter' && !above.has(name))
  expect(never).toEqual(['rafted.status.unanswered'])
})

test('a member that was removed has not stopped by itself', async () => {
  const metrics = createMetrics()
  metrics.event({ ...EVENTS['member-stopped'], reason: 'member-removed' })
  expect(await counted(metrics)).toEqual({ 'rafted.member.stops{group=g,reason=member-removed}': 1 })
})

describe('what holds from one event to another', () => {
  const states = /^rafted\.(disk\.(slow|full)\{|hosts\.connected|peer\.slow.*peer=c)/
  const told = (slow: number, full: number, connected: number, peer: number) => ({
    'rafted.disk.slow{host=a}': slow,
    'rafted.disk.full{host=a}': full,
    'rafted.hosts.connected{host=a}': connected,
    'rafted.peer.slow{host=a,group=g,peer=c}': peer,
  })

  test('begins and ends', async () => {
    const metrics = createMetrics()
    metrics.watch(new MadeUpHost({ g: madeUpStatus() }))
    expect(await collected(metrics, states)).toEqual(told(0, 0, 0, 0))
    for (const kind of ['slow-disk', 'disk-full', 'peer', 'slow-peer'] as const) metrics.event(EVENTS[kind])
    metrics.event({ ...EVENTS.peer, host: 'c' })
    expect(await collected(metrics, states)).toEqual(told(1, 1, 2, 1))
    metrics.event({ ...EVENTS['slow-disk'], state: 'recovered' })
    metrics.event({ ...EVENTS['disk-full'], what: 'over' })
    metrics.event({ ...EVENTS.peer, host: 'c', state: 'lost' })
    metrics.event({ ...EVENTS['slow-peer'], state: 'unwatched' })
    expect(await collected(metrics, states)).toEqual(told(0, 0, 1, 0))
  })

  test('is forgotten of peers when nobody leads here any more', async () => {
    const metrics = createMetrics()
    metrics.watch(new MadeUpHost({ g: madeUpStatus() }))
    metrics.event(EVENTS['slow-peer'])
    metrics.event(EVENTS.role)
    expect(await collected(metrics, states)).toEqual(told(0, 0, 0, 0))
  })
})
