/** Simulated processes: real hosts and clients on a virtual clock, network and disk, that can be killed at any moment. */

import { type Client, createClient, transportLink } from '@rafted/client'
import type { Machine, RaftedEvent, Random } from '@rafted/contracts'
import { type Host, type MemberSettings, openHost } from '@rafted/host'
import { readFields } from './reading.ts'
import { observed, register } from './register.ts'
import type { Safety } from './safety.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import { ProcessClock, type VirtualTime } from './virtual-clock.ts'
import { VirtualDisk } from './virtual-disk.ts'
import type { VirtualNetwork, VirtualTransport } from './virtual-network.ts'

export const GROUP = 'register'
const CLUSTER = 'simulated'

/** Small sizes, so that snapshots, evictions and several parts happen within a short run. */
const settings: Partial<MemberSettings> = {
  snapshotMinBytes: 6000,
  snapshotFactor: 2,
  tailBytes: 2000,
  snapshotPartBytes: 700,
}

/** One life of a host. */
interface Process {
  readonly name: string
  readonly host: Host
  readonly client: Client
  readonly clock: ProcessClock
  readonly transport: VirtualTransport
  /** Resolves when it is killed. */
  readonly killed: Promise<void>
  kill(): void
}

export interface ClusterOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly network: VirtualNetwork
  readonly trace: Trace
  readonly safety: Safety
  readonly hosts: readonly string[]
  readonly forgetfulDisks: boolean
  /** A change of role, of any member. */
  onRole(): void
  /** A member has learned that it was removed: whoever runs the host now has to start it again. */
  onRemoved(id: string): void
}

export class Cluster {
  readonly #o: ClusterOptions
  readonly disks: ReadonlyMap<string, VirtualDisk>
  readonly #up = new Map<string, Process>()
  readonly #starting = new Set<string>()
  #lives = 0

  constructor(options: ClusterOptions) {
    this.#o = options
    const { time, random, hosts, forgetfulDisks } = options
    this.disks = new Map(hosts.map((id) => [id, new VirtualDisk(time, random.fork(), forgetfulDisks)]))
  }

  get up(): readonly string[] {
    return [...this.#up.keys()]
  }

  /** Hosts that are down and nobody starts. */
  get down(): readonly string[] {
    return this.#o.hosts.filter((id) => !this.#up.has(id) && !this.#starting.has(id))
  }

  process(id: string): Process | undefined {
    return this.#up.get(id)
  }

  /** Starts a host on its disk; it restarts its member, or joins, or, if `create`, founds the group. */
  async start(id: string, create: boolean): Promise<void> {
    if (this.#up.has(id) || this.#starting.has(id)) return
    this.#starting.add(id)
    const { time, random, network, trace, hosts } = this.#o
    const name = `${id}#${++this.#lives}`
    trace.note('start', id, name)
    const clock = new ProcessClock(time)
    const transport = network.transport(id, 'peer')
    const disk = this.disks.get(id)!
    const itsRandom: Random = random.fork()
    const host = await openHost({
      id,
      cluster: CLUSTER,
      transport,
      ...disk.open(),
      durable: true,
      clock,
      random: itsRandom,
      observer: { event: (event) => this.#onEvent(id, name, event) },
    })
    const client = createClient({ link: host.link, clock, random: itsRandom, addresses: hosts })
    let resolve = (): void => {}
    const killed = new Promise<void>((done) => {
      resolve = done
    })
    const kill = (): void => {
      clock.kill()
      transport.vanish()
      resolve()
    }
    this.#up.set(id, { name, host, client, clock, transport, killed, kill })
    this.#starting.delete(id)
    network.hint(id, 'up')
    const machine = this.#machine(name)
    // Not waited for: a host that is killed while it starts never gets any further.
    void (
      create
        ? host.createGroup(GROUP, { machine, settings, join: hosts, unreachable: 'checked' })
        : host.group(GROUP, { machine, settings, join: hosts })
    ).catch((error: unknown) => this.#o.safety.violations.push(`${name} could not start: ${String(error)}`))
  }

  /** Ends a host at once. @returns whether a write was under way. */
  kill(id: string): boolean {
    const process = this.#up.get(id)
    if (process === undefined) return false
    const disk = this.disks.get(id)!
    const writing = disk.isWriting
    this.#o.trace.note('kill', id, writing ? 'with a write under way' : '')
    process.kill()
    this.#up.delete(id)
    disk.kill()
    this.#o.network.hint(id, 'lost')
    return writing
  }

  /** A client in a process of its own. */
  async client(name: string): Promise<Client> {
    const { time, random, network, hosts } = this.#o
    const clock = new ProcessClock(time)
    const transport = network.transport(name, 'client')
    const link = await transportLink({ transport, cluster: CLUSTER, name, clock })
    return createClient({ link, clock, random: random.fork(), addresses: hosts })
  }

  #machine(name: string): Machine {
    return observed(register, (index, term, command, value) =>
      this.#o.safety.applied(name, index, term, command, value),
    )
  }

  #onEvent(id: string, name: string, event: RaftedEvent): void {
    const { trace, safety, onRole, onRemoved } = this.#o
    const { kind, level: _, ...rest } = event
    trace.note(
      kind,
      id,
      JSON.stringify(rest, (_key, value) => (value instanceof Error ? String(value) : value)),
      () => readFields(rest),
    )
    if (kind === 'role') {
      onRole()
      if (event.role === 'leader') {
        safety.elected(event.term, name)
        safety.leaderHolds(name, GROUP, this.disks.get(id)!)
      }
    } else if (kind === 'member-stopped' && event.reason === 'member-removed') {
      onRemoved(id)
    } else if (kind === 'member-stopped') {
      safety.violations.push(`the member of ${name} stopped: ${String(event.error)}`)
    } else if (kind === 'command-failed' && !String(event.error).includes('always fails')) {
      safety.violations.push(`a command failed at ${name}: ${String(event.error)}`)
    }
  }
}
