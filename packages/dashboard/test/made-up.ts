/** A host that says of its members what a test wants, and time that passes when the test says so. */
import type { Cancel, Clock, EventStream, RaftedEvent } from '@rafted/contracts'
import { FIRST_SETTINGS, type MemberStatus } from '@rafted/wire'
import type { DashboardClient, DashboardFleet, DashboardHost } from '../src/index.ts'

const LATENCY = { lastMs: 1, p50Ms: 1, p99Ms: 20, maxMs: 300 }
const member = (id: string) => ({
  id: `member-${id}`,
  host: id,
  address: `${id}:7000`,
  durable: true,
  wire: [1, 1] as const,
  machine: [1, 1] as const,
})

/** Of a leader on `a` with the peers `b` and `c`, unless it is said otherwise. */
export function madeUpStatus(over: Partial<MemberStatus> = {}): MemberStatus {
  return {
    group: 'g',
    incarnation: 'f00d',
    member: 'member-a',
    host: 'a',
    role: 'leader',
    term: 7,
    leader: 'member-a',
    leaderAddress: 'a:7000',
    lastIndex: 100,
    commitIndex: 100,
    appliedIndex: 100,
    snapshotIndex: 0,
    configuration: {
      index: 2,
      configuration: { voters: ['a', 'b', 'c'].map(member), outgoing: null, learners: [] },
    },
    removedAt: null,
    stopped: null,
    unresponsive: [],
    damage: null,
    sessions: 0,
    settings: FIRST_SETTINGS,
    peers: [],
    uncommittedBytes: 0,
    log: { bytes: 0, oldestMs: 0 },
    snapshot: null,
    elections: { campaigns: 0, won: 0, leaders: 0 },
    loop: LATENCY,
    disk: { ...LATENCY, waitingMs: 0, stalls: 0 },
    transfer: null,
    ...over,
  }
}

/** Events that a test tells, one after the other. */
class Told implements EventStream<RaftedEvent> {
  readonly #waiting: RaftedEvent[] = []
  #wake = (): void => {}
  #isOver = false

  push(event: RaftedEvent): void {
    this.#waiting.push(event)
    this.#wake()
  }

  async next(): Promise<IteratorResult<RaftedEvent>> {
    while (this.#waiting.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    const value = this.#waiting.shift()
    return value === undefined ? { value: undefined, done: true } : { value, done: false }
  }

  async return(): Promise<IteratorResult<RaftedEvent>> {
    this.#isOver = true
    this.#wake()
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

/** How each group stands; null for one that waits. What is asked of its client is written down. */
export class MadeUpHost implements DashboardHost {
  readonly id = 'a'
  readonly members: Map<string, MemberStatus | null>
  readonly told = new Told()
  readonly asked: unknown[][] = []
  /** What is done when the client is asked to act. */
  act = async (): Promise<void> => {}
  readonly client: DashboardClient

  constructor(members: Readonly<Record<string, MemberStatus | null>> = { g: madeUpStatus() }) {
    this.members = new Map(Object.entries(members))
    const acted = async (...call: unknown[]): Promise<never> => {
      this.asked.push(call)
      return (await this.act()) as never
    }
    this.client = {
      status: async () => null,
      locate: async () => ({ incarnation: 'f00d', leader: null, term: 1, members: [] }),
      transferLeadership: (name, to) => acted('transfer', name, to),
      removeMember: (name, id) => acted('remove', name, id),
    }
  }

  groups(): string[] {
    return [...this.members.keys()]
  }

  status(name: string): MemberStatus | null {
    return this.members.get(name) ?? null
  }

  events(): EventStream<RaftedEvent> {
    return this.told
  }
}

/** Nothing runs before it is told to. */
export class ManualClock implements Clock {
  #now = 1000
  readonly timers = new Set<{ readonly at: number; readonly run: () => void }>()

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(ms: number, run: () => void): Cancel {
    const timer = { at: this.#now + ms, run }
    this.timers.add(timer)
    return () => void this.timers.delete(timer)
  }

  soon(run: () => void): void {
    setImmediate(run)
  }

  /** Lets so much time pass, and what is due by then run to its end. */
  async pass(ms: number): Promise<void> {
    this.#now += ms
    for (const timer of [...this.timers]) {
      if (timer.at > this.#now) continue
      this.timers.delete(timer)
      timer.run()
    }
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** A fleet of four hosts in three zones; its own is `a`, and one is out of reach. */
export function madeUpFleet(): DashboardFleet {
  let isDraining = false
  const zones: [string, ...string[]][] = [
    ['west', 'a', 'd'],
    ['east', 'b'],
    ['north', 'c'],
  ]
  const groups = ['room/1', 'room/2'].map((name) => ({
    name,
    raft: `${name}@000000000001`,
    machine: 'room',
    replicas: 3,
    isPersisted: true,
    hosts: ['d', 'b', 'c'],
    isServing: true,
    move: null,
  }))
  return {
    id: 'a',
    client: new MadeUpHost().client as DashboardFleet['client'],
    groups: async () => groups,
    activeHosts: async () =>
      new Map(
        zones.map(([zone, ...ids]) => [
          zone,
          ids.map((id) => ({
            id,
            zone,
            capacity: 1,
            address: `${id}:7000`,
            isDraining: isDraining && id === 'a',
          })),
        ]),
      ),
    unreachableHosts: async () => [{ host: 'd', forMs: 90_000, by: ['b', 'c'] }],
    status: () => ({
      host: 'a',
      isActive: true,
      hosts: 4,
      groups: 2,
      here: 0,
      led: 0,
      moving: 0,
      starting: 0,
      removed: 0,
      strays: [],
    }),
    drain: async () => {
      isDraining = true
    },
  }
}
