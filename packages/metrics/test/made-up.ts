/** A host that says of its members what a test wants, and time that passes when the test says so. */
import type { Cancel, Clock, RaftedEvent } from '@rafted/contracts'
import type { MeteredHost, MeteredStatus, Metrics, Sample } from '../src/index.ts'

const LATENCY = { p50Ms: 1, p99Ms: 20, maxMs: 300 }
const member = (id: string) => ({ id: `member-${id}`, host: id })

/** Of a leader on `a` with the peers `b` and `c`, and the learner `d`, unless it is said otherwise. */
export function madeUpStatus(over: Partial<MeteredStatus> = {}): MeteredStatus {
  const configuration = { voters: ['a', 'b', 'c'].map(member), outgoing: null, learners: [member('d')] }
  return {
    member: 'member-a',
    role: 'leader',
    term: 7,
    leader: 'member-a',
    lastIndex: 100,
    commitIndex: 90,
    appliedIndex: 85,
    configuration: { index: 2, configuration },
    removedAt: null,
    stopped: null,
    unresponsive: ['member-c'],
    sessions: 3,
    settings: { machineVersion: 2 },
    peers: [
      { member: 'member-b', match: 98, inFlightBytes: 200, silentMs: 50 },
      { member: 'member-c', match: 40, inFlightBytes: 6000, silentMs: 2500 },
      { member: 'member-d', match: 100, inFlightBytes: 0, silentMs: 10 },
    ],
    uncommittedBytes: 1000,
    log: { bytes: 5000, oldestMs: 60_000 },
    snapshot: { index: 50, bytes: 4000, ageMs: 30_000 },
    elections: { campaigns: 2, won: 1, leaders: 4 },
    loop: LATENCY,
    disk: { ...LATENCY, waitingMs: 400, stalls: 5 },
    transfer: null,
    damage: null,
    ...over,
  }
}

/** How each group stands; null for one that waits. */
export class MadeUpHost implements MeteredHost {
  readonly id: string
  readonly members: Map<string, MeteredStatus | null>
  /** How often a status was asked for. */
  asked = 0

  constructor(members: Readonly<Record<string, MeteredStatus | null>>, id = 'a') {
    this.id = id
    this.members = new Map(Object.entries(members))
  }

  groups(): string[] {
    return [...this.members.keys()]
  }

  status(name: string): MeteredStatus | null | Promise<MeteredStatus | null> {
    this.asked++
    return this.members.get(name) ?? null
  }
}

/** Nothing runs before it is told to. */
export class ManualClock implements Pick<Clock, 'after' | 'soon'> {
  readonly timers = new Set<() => void>()
  readonly waiting: (() => void)[] = []

  after(_ms: number, run: () => void): Cancel {
    this.timers.add(run)
    return () => void this.timers.delete(run)
  }

  soon(run: () => void): void {
    this.waiting.push(run)
  }

  fire(): void {
    for (const run of [...this.timers]) {
      this.timers.delete(run)
      run()
    }
  }
}

/** Of each kind one, as it would be told of group `g`. */
export const EVENTS: { readonly [Kind in RaftedEvent['kind']]: Extract<RaftedEvent, { kind: Kind }> } = {
  role: { kind: 'role', level: 'info', group: 'g', role: 'follower', term: 3, leader: null },
  fleet: { kind: 'fleet', level: 'info', what: 'start', subject: 'room/lobby@000000000001' },
  'leadership-gained': {
    kind: 'leadership-gained',
    level: 'info',
    group: 'g',
    member: 'm',
    token: { term: 3, index: 4 },
  },
  'leadership-lost': {
    kind: 'leadership-lost',
    level: 'info',
    group: 'g',
    member: 'm',
    token: { term: 3, index: 4 },
  },
  'slow-peer': {
    kind: 'slow-peer',
    level: 'warn',
    group: 'g',
    peer: 'member-c',
    state: 'slow',
    lagMs: 3000,
    entries: 60,
  },
  configuration: { kind: 'configuration', level: 'info', group: 'g', index: 2, voters: ['m'], learners: [] },
  'machine-version': { kind: 'machine-version', level: 'info', group: 'g', index: 2, version: 2 },
  'feature-level': { kind: 'feature-level', level: 'info', group: 'g', index: 2, value: 2 },
  'member-stopped': {
    kind: 'member-stopped',
    level: 'error',
    group: 'g',
    reason: 'member-stopped',
    error: null,
  },
  'command-failed': { kind: 'command-failed', level: 'warn', group: 'g', index: 9, error: null },
  'hook-failed': { kind: 'hook-failed', level: 'error', group: 'g', hook: 'elected', error: null },
  'listener-failed': { kind: 'listener-failed', level: 'error', listener: 'role', error: null },
  'events-dropped': { kind: 'events-dropped', level: 'warn', count: 12 },
  snapshot: { kind: 'snapshot', level: 'info', group: 'g', what: 'taken', index: 9, bytes: 100 },
  'snapshot-at-once': {
    kind: 'snapshot-at-once',
    level: 'warn',
    group: 'g',
    index: 9,
    bytes: 2 ** 25,
    ms: 300,
  },
  join: { kind: 'join', level: 'error', group: 'g', what: 'refused', error: null },
  'refused-batch': { kind: 'refused-batch', level: 'warn', from: 'b', error: null },
  'not-allowed': { kind: 'not-allowed', level: 'warn', client: 'x', group: 'g', right: 'query' },
  'storage-failed': { kind: 'storage-failed', level: 'error', error: null },
  'worker-failed': { kind: 'worker-failed', level: 'error', error: null },
  'slow-disk': {
    kind: 'slow-disk',
    level: 'warn',
    state: 'slow',
    waitingMs: 0,
    p50Ms: 600,
    p99Ms: 900,
    maxMs: 900,
  },
  'disk-full': { kind: 'disk-full', level: 'warn', what: 'waiting', file: 'f', offset: 0 },
  'log-repaired': { kind: 'log-repaired', level: 'warn', file: 'f', offset: 0, bytes: 7 },
  'log-opening': { kind: 'log-opening', level: 'info', segments: 1, of: 2, entries: 3, bytes: 4 },
  'log-unreadable': { kind: 'log-unreadable', level: 'error', file: 'f', offset: 0, error: null },
  'snapshot-restoring': { kind: 'snapshot-restoring', level: 'info', group: 'g', index: 9, bytes: 1, of: 2 },
  'log-damaged': { kind: 'log-damaged', level: 'error', group: 'g', damaged: [], lostTo: 9 },
  'log-restored': { kind: 'log-restored', level: 'info', group: 'g', entries: 8 },
  'repair-stuck': { kind: 'repair-stuck', level: 'error', group: 'g', index: 4, term: 2, answers: [] },
  'log-file-damaged': {
    kind: 'log-file-damaged',
    level: 'error',
    damage: 'lost',
    file: 'f',
    offset: 0,
    why: 'x',
  },
  peer: { kind: 'peer', level: 'info', host: 'b', state: 'up' },
  'traced-command': {
    kind: 'traced-command',
    level: 'debug',
    group: 'g',
    trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    index: 7,
    term: 2,
    status: 'ok',
    appliedAt: 1_700_000_000_000,
    tookMs: 3,
  },
  transport: { kind: 'transport', level: 'warn', what: 'violation', address: 'b' },
}

/** `name{labels}` with its value, as Prometheus writes it, for those that fit. */
export function shown(samples: readonly Sample[], pattern: RegExp): Record<string, number> {
  const lines = samples.map(({ name, labels, value }) => {
    const inner = Object.entries(labels).map(([label, text]) => `${label}=${text}`)
    return [`${name}{${inner.join(',')}}`, value] as const
  })
  return Object.fromEntries(lines.filter(([line]) => pattern.test(line)))
}

export async function collected(metrics: Metrics, pattern: RegExp): Promise<Record<string, number>> {
  return shown(await metrics.collect(), pattern)
}
