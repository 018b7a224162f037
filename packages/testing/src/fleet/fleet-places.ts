/** Processes of simulated hosts with a fleet in each, on virtual clocks and network, and disks that outlive them. */
import { isRaftedError, type LogStore, type RaftedEvent } from '@rafted/contracts'
import { type Fleet, type FleetGroup, openFleet } from '@rafted/fleet'
import { type Host, openHost } from '@rafted/host'
import { type MemoryStorage, memoryStorage } from '@rafted/storage'
import { HostClock } from '../simulation/host-clock.ts'
import type { SeededRandom } from '../simulation/seeded-random.ts'
import type { Trace } from '../simulation/trace.ts'
import type { VirtualTime } from '../simulation/virtual-clock.ts'
import type { VirtualNetwork, VirtualTransport } from '../simulation/virtual-network.ts'
import { room } from './rooms.ts'

interface Disk {
  readonly storage: MemoryStorage
  readonly life: string
}

/** A host that runs. */
export interface FleetProcess {
  readonly id: string
  readonly zone: string
  readonly host: Host
  readonly fleet: Fleet
  readonly clock: HostClock
  readonly transport: VirtualTransport
}

export interface FleetPlacesOptions {
  readonly time: VirtualTime
  readonly network: VirtualNetwork
  readonly trace: Trace
  readonly random: SeededRandom
  readonly ids: readonly string[]
  readonly zoneOf: (id: string) => string
  violation(what: string): void
}

export class FleetPlaces {
  readonly #o: FleetPlacesOptions
  readonly #up = new Map<string, FleetProcess>()
  readonly #disks = new Map<string, Disk>()
  readonly #starting = new Set<string>()
  readonly #lost = new Set<string>()
  /** Members whose logs were begun, ever, by group: none is begun twice. */
  readonly #begun = new Map<string, Set<string>>()
  #lives = 0

  constructor(options: FleetPlacesOptions) {
    this.#o = options
  }

  get up(): readonly FleetProcess[] {
    return [...this.#up.values()]
  }

  process(id: string): FleetProcess | undefined {
    return this.#up.get(id)
  }

  /** A host that runs, drawn. */
  any(random: SeededRandom): FleetProcess | null {
    return this.#up.size === 0 ? null : random.pick(this.up)
  }

  /** Starts a process; it takes part as soon as it can. @param isFirst it begins the fleet. */
  async start(id: string, { isFirst = false } = {}): Promise<void> {
    if (this.#up.has(id) || this.#starting.has(id)) return
    this.#starting.add(id)
    const formerLost = this.#lost.has(id)
    const { time, network, trace, random, ids, zoneOf } = this.#o
    trace.note('start', id, `${++this.#lives}${formerLost ? ' with nothing left' : ''}`)
    const rate = random.between(0.99, 1.01)
    const clock = new HostClock({ time, rate, onRun: () => {} })
    const transport = network.transport(id, 'peer', clock)
    const itsRandom = random.fork()
    const disk = this.#diskOf(id)
    const { logs, snapshots } = disk.storage.open()
    const observer = { event: (event: RaftedEvent) => this.#onEvent(id, event) }
    const seams = { clock, random: itsRandom, observer }
    const stores = { logs: this.#watched(logs, disk), snapshots, durable: true }
    const host = await openHost({ id, cluster: 'simulated', transport, ...stores, ...seams })
    const lost = formerLost ? { formerData: 'lost' as const } : {}
    const fleet = await openFleet({ host, ...seams, machines: { room }, join: ids, ...lost })
    this.#starting.delete(id)
    if (clock.isKilled) return
    this.#up.set(id, { id, zone: zoneOf(id), host, fleet, clock, transport })
    if (isFirst) await this.#initialise(fleet)
    void this.activate(this.#up.get(id)!)
  }

  /** It may be called again where it took too long. */
  async #initialise(fleet: Fleet): Promise<void> {
    for (;;)
      try {
        await fleet.initialise({ unreachable: 'checked' })
        return
      } catch (error) {
        if (!isRaftedError(error, 'timeout')) throw error
      }
  }

  /** Again and again, as whoever runs a host would. Never resolves where the process ends before. */
  async activate(process: FleetProcess): Promise<void> {
    const { id, fleet, zone, clock } = process
    while (this.#up.get(id) === process) {
      try {
        await fleet.activate({ zone, timeoutMs: 10_000 })
        return
      } catch (error) {
        // A call of which nothing was heard in time has done it.
        if (isRaftedError(error, 'not-inactive')) return
        this.#o.trace.note('passive', id, textOf(error))
        await new Promise<void>((resolve) => void clock.after(1000, resolve))
      }
    }
  }

  /** Its process ends at this moment. */
  kill(id: string): void {
    const process = this.#up.get(id)
    if (process === undefined) return
    this.#o.trace.note('kill', id, '')
    process.clock.kill()
    process.transport.vanish()
    this.#up.delete(id)
    this.#o.network.gone(process.transport.address)
  }

  /** Its disk is empty from now on, and whoever starts it says so. The host must be down. */
  wipe(id: string): void {
    this.#disks.delete(id)
    this.#lost.add(id)
  }

  /** It has got back what it lost. */
  made(id: string): void {
    this.#lost.delete(id)
  }

  /** What is stored of a group, by host: the members' ids. */
  async held(): Promise<Map<string, string[]>> {
    const held = new Map<string, string[]>()
    for (const { id, host } of this.#up.values())
      for (const raft of await host.held()) held.set(raft, [...(held.get(raft) ?? []), id])
    return held
  }

  /** Where the members of the group are, by its leader; null where nobody leads, or its members are changing. */
  holders({ raft }: Pick<FleetGroup, 'raft'>): string[] | null {
    for (const { host } of this.#up.values()) {
      const status = host.status(raft)
      if (status?.role !== 'leader' || status.configuration === null) continue
      const { voters, outgoing, learners } = status.configuration.configuration
      // A host that has lost its storage has another member by now.
      const isOther = voters.some(({ id, host: at }) => {
        const process = this.#up.get(at)
        return process !== undefined && process.host.inspect(raft)?.id !== id
      })
      if (isOther || outgoing !== null || learners.length > 0) return null
      return voters.map((voter) => voter.host).sort()
    }
    return null
  }

  #diskOf(id: string): Disk {
    const known = this.#disks.get(id)
    if (known !== undefined) return known
    const disk = {
      storage: memoryStorage(),
      life: `disk ${this.#disks.size} ${this.#o.random.below(2 ** 32)}`,
    }
    this.#disks.set(id, disk)
    return disk
  }

  /** Whoever begins twice with one id has forgotten what it promised (F106). */
  #watched(logs: LogStore, { life }: Disk): LogStore {
    const write = logs.write.bind(logs)
    const create = logs.create.bind(logs)
    const members = new Map<string, string>()
    logs.lifeOf = () => life
    logs.create = async (group, identity) => {
      members.set(group, identity.member)
      await create(group, identity)
    }
    logs.write = (writes) => {
      for (const { group, write: first } of writes) {
        const member = members.get(group)
        // The first write to a log that was created: from then on it may have promised something.
        if (member === undefined || (first.entries.length === 0 && first.term === 0)) continue
        members.delete(group)
        const begun = this.#begun.get(group) ?? new Set()
        if (begun.has(member)) this.#o.violation(`${group}: the member ${member} has begun twice`)
        this.#begun.set(group, begun.add(member))
      }
      return write(writes)
    }
    return logs
  }

  #onEvent(id: string, event: RaftedEvent): void {
    const { trace, violation } = this.#o
    if (event.kind === 'fleet')
      trace.note(event.kind, id, `${event.what} ${event.subject ?? ''} ${textOf(event.error)}`)
    else if (event.kind === 'role' && event.role === 'leader') trace.note('leads', id, event.group)
    else if (event.kind === 'member-stopped' && event.reason !== 'member-removed')
      violation(`${id}: the member of ${event.group} stopped: ${event.reason}`)
  }
}

function textOf(error: unknown): string {
  return error === undefined ? '' : error instanceof Error ? error.message : JSON.stringify(error)
}
