/** Hosts with one group on a clock, a network and disks of their own: all that happens follows from a seed. */
import { type Client, createClient } from '@rafted/client'
import { type Clock, defineValue, type Machine } from '@rafted/contracts'
import { type GroupSettings, type Host, openHost } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { SeededRandom, SimulatedFileSystem } from '@rafted/testing'
import { type MemoryNetwork, memoryNetwork } from '@rafted/transport-memory'

import { onOneBoot } from '../../src/places.ts'
import { DrillClock } from './drill-clock.ts'
import { type Shadows, shadowed } from './shadow-log.ts'

export const group = 'list'
export const list = defineValue({
  init: (): readonly string[] => [],
  commands: { add: (all, item: string) => [all.length + 1, [...all, item]] },
  queries: { all: (all) => all },
})

/** Virtual milliseconds after which what has not happened never will. */
const PATIENCE_MS = 120_000

export interface StartOptions {
  /** Where its directory is: another one is an empty disk. */
  readonly path?: string
  readonly isFounder?: boolean
  readonly formerData?: 'lost'
}

interface Life {
  readonly host: Host
  /** It does nothing more. */
  end(): void
  /** What it has of the disk is let go of, with nothing in order. */
  kill(): void
  /** Resolves when it does nothing more. */
  readonly over: Promise<void>
}

export class DrillHosts {
  readonly random: SeededRandom
  readonly disk: SimulatedFileSystem
  readonly clock = new DrillClock()
  readonly network: MemoryNetwork = memoryNetwork({ clock: this.clock })
  readonly ids: readonly string[]
  readonly lives = new Map<string, Life>()
  readonly shadows: Shadows = new Map()
  /** What is written is kept beside the disk: in the first life of each host, before recovery writes on its own. */
  isShadowed = true
  readonly #settings: Partial<GroupSettings>
  readonly #machine: Machine

  constructor(
    seed: number,
    settings: Partial<GroupSettings> = { heartbeatMs: 50, electionMs: 250 },
    machine: Machine = list,
  ) {
    this.#machine = machine
    this.random = new SeededRandom(seed)
    this.disk = new SimulatedFileSystem({ seed })
    this.ids = ['a', 'b', 'c', 'd', 'e'].slice(0, this.random.pick([3, 5]))
    const snapshotMinBytes = this.random.pick([300, 1500, 1_000_000])
    this.#settings = { snapshotMinBytes, snapshotFactor: 1, ...settings }
  }

  /** All of them run, and vote; what they write is not kept beside the disk. */
  static async started(
    seed: number,
    settings: Partial<GroupSettings>,
    machine?: Machine,
  ): Promise<DrillHosts> {
    const hosts = new DrillHosts(seed, settings, machine)
    hosts.isShadowed = false
    const [founder, ...others] = hosts.ids
    await hosts.start(founder!, { isFounder: true })
    for (const id of others) await hosts.start(id)
    await hosts.until('all vote', () => hosts.voters(founder!) === hosts.ids.length && hosts.isLevel())
    return hosts
  }

  /** The host whose member leads, as far as it knows. */
  get leader(): string | undefined {
    return [...this.lives.keys()].find((id) => this.host(id).status(group)?.role === 'leader')
  }

  /** What a process of the machine has. */
  process(clock: Clock = this.clock) {
    const { files: fileSystem, machine, kill } = this.disk.mount()
    return { fileSystem, machine: onOneBoot(machine), clock, random: this.random.fork(), kill }
  }

  async start(
    id: string,
    { path = `/${id}`, isFounder = false, formerData }: StartOptions = {},
  ): Promise<Host> {
    let isOver = (): void => {}
    const over = new Promise<void>((resolve) => {
      isOver = resolve
    })
    const { clock, end: endLife } = this.clock.ofOneLife()
    const { kill, ...seams } = this.process(clock)
    const stores = await openFileStorage({ ...seams, path, cluster: 'drill', host: id, segmentBytes: 3000 })
    const transport = this.network.transport({ name: id, role: 'peer' })
    const logs = this.isShadowed ? shadowed(stores.logs, this.shadows, path) : stores.logs
    const { random } = seams
    const host = await openHost({
      id,
      cluster: 'drill',
      transport,
      ...stores,
      logs,
      durable: true,
      clock,
      random,
    })
    const end = (): void => {
      endLife()
      isOver()
      void transport.close()
    }
    this.lives.set(id, { host, end, kill, over })
    const options = { machine: this.#machine, settings: this.#settings, join: this.ids }
    if (isFounder) await host.createGroup(group, { ...options, unreachable: 'checked' })
    else await host.group(group, { ...options, ...(formerData === undefined ? {} : { formerData }) })
    return host
  }

  host(id: string): Host {
    return this.lives.get(id)!.host
  }

  /** Orderly. @param transfer whether it hands over what it leads. */
  async stop(id: string, transfer = false): Promise<void> {
    const { host, end } = this.lives.get(id)!
    this.lives.delete(id)
    await host.close({ transfer })
    end()
  }

  /** Its process ends at this moment, and lets go of its files. */
  kill(id: string): void {
    const { end, kill } = this.lives.get(id)!
    this.lives.delete(id)
    end()
    kill()
  }

  /** All hosts lose their power, at this moment. */
  cutPower(): void {
    for (const { end } of this.lives.values()) end()
    this.lives.clear()
    this.disk.crash()
  }

  client(id: string): Client {
    const { clock } = this
    return createClient({ link: this.host(id).link, addresses: this.ids, clock, random: this.random.fork() })
  }

  voters(id: string): number {
    return this.lives.get(id)?.host.status(group)?.configuration?.configuration.voters.length ?? 0
  }

  /** Whether all that run have applied all there is. */
  isLevel(): boolean {
    const statuses = [...this.lives.values()].map(({ host }) => host.status(group))
    const ends = statuses.flatMap((status) => [status?.lastIndex, status?.appliedIndex])
    return new Set(ends).size === 1 && ends[0] !== undefined
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve))
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    const end = this.clock.now() + PATIENCE_MS
    while (!holds()) {
      if (this.clock.now() > end) throw new Error(`in ${PATIENCE_MS} ms it has not come about: ${what}`)
      await this.pause(20)
    }
  }

  async end(): Promise<void> {
    for (const id of [...this.lives.keys()]) await this.stop(id)
    this.clock.stop()
  }
}
