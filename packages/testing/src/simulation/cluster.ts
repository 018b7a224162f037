/** Simulated processes: real hosts and clients on a virtual clock, network and disk, that can be killed at any moment. */

import { type Client, createClient, transportLink } from '@rafted/client'
import { isRaftedError, type Machine, type Observer, type RaftedEvent } from '@rafted/contracts'
import { type GroupOptions, type Host, type MemberSettings, openHost } from '@rafted/host'
import { HostDisk } from './host-disk.ts'
import { readFields } from './reading.ts'
import { observed, register } from './register.ts'
import type { Safety } from './safety.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import { ProcessClock, type VirtualTime } from './virtual-clock.ts'
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

/** One life of a host, from its start to its kill. */
interface Life {
  readonly name: string
  readonly clock: ProcessClock
  readonly transport: VirtualTransport
  /** Resolves when it is killed. */
  readonly killed: Promise<void>
  kill(): void
}

/** A host that runs. */
interface Process extends Life {
  readonly host: Host
  readonly client: Client
}

/** How a host ends: its process alone, or with the power of its machine. */
export type Ending = 'process' | 'power'

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
  readonly disks: ReadonlyMap<string, HostDisk>
  /** Hosts that are up, or starting. */
  readonly #lives = new Map<string, Life>()
  readonly #up = new Map<string, Process>()
  #lifeCount = 0
  #isFounded = false

  constructor(options: ClusterOptions) {
    this.#o = options
    const { time, random, trace, hosts, forgetfulDisks, safety } = options
    const diskOf = (host: string): HostDisk =>
      new HostDisk({
        host,
        cluster: CLUSTER,
        time,
        random: random.fork(),
        trace,
        forgetful: forgetfulDisks,
        violation: (what) => safety.violations.push(what),
      })
    this.disks = new Map(hosts.map((host) => [host, diskOf(host)]))
  }

  /** Somebody was told that the group has been created. */
  get isFounded(): boolean {
    return this.#isFounded
  }

  get up(): readonly string[] {
    return [...this.#up.keys()]
  }

  /** Hosts that are up, or starting. */
  get living(): readonly string[] {
    return [...this.#lives.keys()]
  }

  /** Hosts that are down and nobody starts. */
  get down(): readonly string[] {
    return this.#o.hosts.filter((id) => !this.#lives.has(id))
  }

  process(id: string): Process | undefined {
    return this.#up.get(id)
  }

  /** Starts a host on its disk; it restarts its member, or joins, or, if it is the first host and nobody did, founds the group. */
  async start(id: string): Promise<void> {
    if (this.#lives.has(id)) return
    const life = this.#newLife(id)
    this.#lives.set(id, life)
    try {
      await this.#run(id, life)
    } catch (error) {
      this.#o.safety.violations.push(`${life.name} could not start: ${String(error)}`)
    }
  }

  /** Resolves when the host runs; not at all if it is killed before. */
  async #run(id: string, life: Life): Promise<void> {
    const { random, network, hosts } = this.#o
    const { name, clock, transport } = life
    const itsRandom = random.fork()
    const observer: Observer = { event: (event) => this.#onEvent(id, name, event) }
    const seam = { clock, random: itsRandom, observer }
    const stores = await this.disks.get(id)!.open({ ...seam, name })
    const host = await openHost({ id, cluster: CLUSTER, transport, ...stores, durable: true, ...seam })
    const client = createClient({ link: host.link, clock, random: itsRandom, addresses: hosts })
    this.#up.set(id, { ...life, host, client })
    network.hint(id, 'up')
    const options: GroupOptions = {
      machine: this.#machine(name),
      settings,
      join: hosts,
      // Whoever has replaced its disk knows it.
      ...(this.disks.get(id)!.isReplaced ? { formerData: 'lost' } : {}),
    }
    if (id !== hosts[0] || this.#isFounded) return await host.group(GROUP, options)
    await host.createGroup(GROUP, { ...options, unreachable: 'checked' }).catch((error: unknown) => {
      // It was killed when the group was created and nobody had been told.
      if (!isRaftedError(error) || error.code !== 'already-exists') throw error
    })
    this.#isFounded = true
  }

  #newLife(id: string): Life {
    const { time, network, trace } = this.#o
    const name = `${id}#${++this.#lifeCount}`
    trace.note('start', id, name)
    const clock = new ProcessClock(time)
    const transport = network.transport(id, 'peer')
    let resolve = (): void => {}
    const killed = new Promise<void>((done) => {
      resolve = done
    })
    const kill = (): void => {
      clock.kill()
      transport.vanish()
      resolve()
    }
    return { name, clock, transport, killed, kill }
  }

  /** Ends a host at once. @returns whether a write was under way. */
  kill(id: string, ending: Ending): boolean {
    const life = this.#lives.get(id)
    if (life === undefined) return false
    const disk = this.disks.get(id)!
    const writing = disk.isWriting
    this.#o.trace.note('kill', id, `${ending}${writing ? ' with a write under way' : ''}`)
    life.kill()
    this.#lives.delete(id)
    this.#up.delete(id)
    if (ending === 'process' && !this.#o.forgetfulDisks) disk.kill()
    else disk.cutPower()
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
    } else if (kind === 'storage-failed') {
      safety.violations.push(`the storage of ${name} failed: ${String(event.error)}`)
    } else if (kind === 'command-failed' && !String(event.error).includes('always fails')) {
      safety.violations.push(`a command failed at ${name}: ${String(event.error)}`)
    }
  }
}
