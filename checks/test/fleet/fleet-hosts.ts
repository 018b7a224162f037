/** Hosts of one fleet on a clock and a network of their own: all that happens follows from a seed. Disks outlive processes, and may be lost. */
import { defineValue, type RaftedEvent } from '@rafted/contracts'
import { type Fleet, type FleetOptions, openFleet } from '@rafted/fleet'
import { type Host, openHost } from '@rafted/host'
import { type MemoryStorage, memoryStorage } from '@rafted/storage'
import { SeededRandom } from '@rafted/testing'
import { type MemoryNetwork, memoryNetwork } from '@rafted/transport-memory'
import { DrillClock } from '../recovery/drill-clock.ts'

/** What groups replicate. */
export const room = defineValue({
  init: (): readonly string[] => [],
  commands: { say: (all, text: string) => [all.length + 1, [...all, text]] },
  queries: { all: (all) => all },
})

/** Virtual milliseconds after which what has not happened never will. */
const PATIENCE_MS = 300_000

interface Disk {
  readonly storage: MemoryStorage
  readonly life: string
}

interface Life {
  readonly host: Host
  readonly fleet: Fleet
  end(): void
}

export interface StartOptions extends Partial<Pick<FleetOptions, 'machines' | 'formerData'>> {
  /** Default: where its id says. Null: it is not activated. */
  readonly zone?: string | null
  readonly capacity?: number
  /** Whether its members outlive its process. Default true. */
  readonly durable?: boolean
}

export class FleetHosts {
  readonly random: SeededRandom
  readonly clock = new DrillClock()
  readonly network: MemoryNetwork = memoryNetwork({ clock: this.clock })
  readonly lives = new Map<string, Life>()
  readonly events: (RaftedEvent & { readonly at: number; readonly by: string })[] = []
  readonly #disks = new Map<string, Disk>()
  /** Those that others are told to look for. */
  readonly seeds: readonly string[]

  constructor(seed: number, seeds: readonly string[]) {
    this.random = new SeededRandom(seed)
    this.seeds = seeds
  }

  /** Hosts `a1`, `a2`, `b1` …: of the zone that their first letter names. All are active, and the registry says so. */
  static async started(seed: number, ids: readonly string[]): Promise<FleetHosts> {
    const hosts = new FleetHosts(seed, ids)
    const [first, ...others] = ids
    await hosts.start(first!, { zone: null })
    await hosts.fleet(first!).initialise({ unreachable: 'checked' })
    await hosts.fleet(first!).activate({ zone: first![0]! })
    for (const id of others) await hosts.start(id)
    // Until then the loss of one host may be the loss of the majority.
    const voters = ids.length < 3 ? 1 : 3
    await hosts.until('the control group is whole', () => hosts.#controlVoters() >= voters)
    return hosts
  }

  async start(id: string, options: StartOptions = {}): Promise<Fleet> {
    const { zone = id[0]!, durable = true, capacity = 1, machines = { room }, formerData } = options
    const { clock, end: endLife } = this.clock.ofOneLife()
    const random = this.random.fork()
    const disk = this.#diskOf(durable ? id : `${id} #${this.random.number()}`)
    const { logs, snapshots } = disk.storage.open()
    logs.lifeOf = () => disk.life
    const transport = this.network.transport({ name: id, role: 'peer' })
    const seams = { clock, random }
    const observer = {
      event: (event: RaftedEvent) => this.events.push({ ...event, at: clock.now(), by: id }),
    }
    const stores = { logs, snapshots, durable }
    const host = await openHost({ id, cluster: 'fleet', transport, ...stores, ...seams, observer })
    const lost = formerData === undefined ? {} : { formerData }
    const fleet = await openFleet({ host, ...seams, observer, machines, join: this.seeds, ...lost })
    const end = (): void => {
      endLife()
      void transport.close()
    }
    this.lives.set(id, { host, fleet, end })
    if (zone !== null) await fleet.activate({ zone, capacity })
    return fleet
  }

  #diskOf(id: string): Disk {
    const known = this.#disks.get(id)
    if (known !== undefined) return known
    const disk = { storage: memoryStorage(), life: `life-${this.random.below(2 ** 32)}` }
    this.#disks.set(id, disk)
    return disk
  }

  fleet(id: string): Fleet {
    return this.lives.get(id)!.fleet
  }

  host(id: string): Host {
    return this.lives.get(id)!.host
  }

  /** Its process ends at this moment. */
  kill(id: string): void {
    this.lives.get(id)!.end()
    this.lives.delete(id)
  }

  /** Orderly. */
  async stop(id: string): Promise<void> {
    const { host, fleet, end } = this.lives.get(id)!
    this.lives.delete(id)
    await fleet.close()
    await host.close()
    end()
  }

  /** What it has stored is gone: it must be down. */
  wipe(id: string): void {
    this.#disks.delete(id)
  }

  /** Ids of the hosts that hold a member of the group that its leader counts on, by the leader's word; null where nobody leads. */
  holders(name: string): string[] | null {
    const raft = this.raft(name)
    if (raft === null) return null
    for (const { host } of this.lives.values()) {
      const status = host.status(raft)
      if (status?.role !== 'leader' || status.configuration === null) continue
      const { voters, outgoing, learners } = status.configuration.configuration
      if (outgoing !== null || learners.length > 0) return null
      // A host that has lost its storage has another member by now, or will have.
      if (
        voters.some((voter) => (this.lives.get(voter.host)?.host.inspect(raft)?.id ?? voter.id) !== voter.id)
      )
        return null
      return voters.map((voter) => voter.host).sort()
    }
    return null
  }

  /** How many vote in the control group, by its leader's word. */
  #controlVoters(): number {
    for (const { host } of this.lives.values()) {
      const status = host.status('fleet')
      if (status?.role !== 'leader' || status.configuration === null) continue
      const { index, configuration } = status.configuration
      return index > status.commitIndex || configuration.outgoing !== null ? 0 : configuration.voters.length
    }
    return 0
  }

  leader(name: string): string | null {
    const raft = this.raft(name)
    if (raft === null) return null
    for (const [id, { host }] of this.lives) if (host.status(raft)?.role === 'leader') return id
    return null
  }

  /** The name by which hosts know the group. */
  raft(name: string): string | null {
    for (const { host } of this.lives.values())
      for (const one of host.groups()) if (one.includes(`/${name}@`) || one.includes(`/${name}~`)) return one
    return null
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve))
  }

  /** The same, looked at as often as anything can happen. */
  async untilTurn(holds: () => boolean): Promise<void> {
    for (let turns = 0; !holds(); turns++) {
      if (turns > 1e6) throw new Error('it has not come about')
      await new Promise<void>((resolve) => void this.clock.after(0.05, resolve))
    }
  }

  /** @returns virtual milliseconds that it took. */
  async until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    patienceMs = PATIENCE_MS,
  ): Promise<number> {
    const begun = this.clock.now()
    while (!(await holds())) {
      if (this.clock.now() > begun + patienceMs)
        throw new Error(`in ${patienceMs} ms it has not come about: ${what}`)
      await this.pause(100)
    }
    return this.clock.now() - begun
  }

  async end(): Promise<void> {
    for (const id of [...this.lives.keys()]) await this.stop(id)
    this.clock.stop()
  }
}
