/** How long a caller waits when the leader's host goes: real hosts and a real client, on virtual time, disks and network, by a seed. */
import { type Client, openClient } from '@rafted/client'
import { type Host, openHost } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { SeededRandom, SimulatedFileSystem } from '@rafted/testing'
import { onOneBoot } from '../../../src/places.ts'
import { DrillClock } from '../../recovery/drill-clock.ts'
import { group, list } from '../../recovery/drill-hosts.ts'
import { WiredNetwork } from './wired-network.ts'

export interface Situation {
  readonly hosts: 3 | 5
  /** `killed`: its connections end, which the others see. `silent`: it does nothing more, and its connections stay. */
  readonly loss: 'killed' | 'silent'
  /** Commands under way when it goes. */
  readonly underWay: number
  /** What a flush of a disk takes, milliseconds, at least and at most. */
  readonly syncMs: readonly [number, number]
  /** One of the followers is dead as well, since the same moment. */
  readonly alsoOne?: boolean
}

export interface Waited {
  /** From the loss to the first answer to a command that was called after it, milliseconds. */
  readonly ms: number
  /** Terms that have passed until then: more than one is a vote that nobody has won. */
  readonly terms: number
}

const CLUSTER = 'wired'
const SETTLING_MS = 20_000

class Wired {
  readonly clock = new DrillClock()
  readonly random: SeededRandom
  readonly network: WiredNetwork
  readonly ids: readonly string[]
  readonly hosts = new Map<string, Host>()
  client: Client | null = null
  readonly #disk: SimulatedFileSystem
  readonly #ends = new Map<string, () => void>()

  constructor(seed: number, { hosts, syncMs: [minMs, maxMs] }: Situation) {
    this.random = new SeededRandom(seed)
    this.ids = ['a', 'b', 'c', 'd', 'e'].slice(0, hosts)
    this.network = new WiredNetwork(this.clock, this.random.fork())
    const none = { minMs: 0, maxMs: 0 }
    const delays = { sync: { minMs, maxMs }, write: none, other: none }
    this.#disk = new SimulatedFileSystem({ seed, clock: this.clock, delays })
  }

  async start(): Promise<void> {
    for (const id of this.ids) await this.#startHost(id)
    this.client = await openClient({
      cluster: CLUSTER,
      name: 'client',
      addresses: this.ids,
      transport: this.network.transport('client', 'client'),
      clock: this.clock,
      random: this.random.fork(),
    })
    await this.until(
      () =>
        this.hosts.get('a')!.status(group)?.configuration?.configuration.voters.length === this.ids.length,
    )
  }

  async #startHost(id: string): Promise<void> {
    const { clock, end } = this.clock.ofOneLife()
    const { files, machine, kill } = this.#disk.mount()
    const random = this.random.fork()
    const seams = { clock, random, machine: onOneBoot(machine), fileSystem: files }
    const stores = await openFileStorage({ ...seams, path: `/${id}`, cluster: CLUSTER, host: id })
    const transport = this.network.transport(id, 'peer')
    const host = await openHost({ id, cluster: CLUSTER, transport, ...stores, durable: true, clock, random })
    this.hosts.set(id, host)
    this.#ends.set(id, () => {
      end()
      kill()
    })
    if (id === 'a') await host.createGroup(group, { machine: list, unreachable: 'checked' })
    else await host.group(group, { machine: list, join: this.ids })
  }

  get leader(): string | undefined {
    return [...this.hosts].find(([, host]) => host.status(group)?.role === 'leader')?.[0]
  }

  lose(id: string, loss: Situation['loss']): void {
    this.#ends.get(id)!()
    this.hosts.delete(id)
    if (loss === 'killed') this.network.end(id)
    else this.network.silence(id)
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve))
  }

  async until(holds: () => boolean): Promise<void> {
    const end = this.clock.now() + SETTLING_MS
    while (!holds()) {
      if (this.clock.now() > end) throw new Error('it has not come about')
      await this.pause(10)
    }
  }

  end(): void {
    for (const end of this.#ends.values()) end()
    void this.client?.close()
    this.clock.stop()
  }
}

/** One loss of one leader. */
export async function loseLeader(seed: number, situation: Situation): Promise<Waited> {
  const wired = new Wired(seed, situation)
  try {
    await wired.start()
    const handle = wired.client!.value(group, list)
    await handle.add('before')
    await wired.pause(500)
    let isOver = false
    const load = Array.from({ length: situation.underWay }, async () => {
      while (!isOver) await handle.add('load')
    })
    // At any moment between two heartbeats; under load there are more of them.
    await wired.pause(situation.underWay > 0 ? wired.random.between(20, 60) : wired.random.between(0, 200))
    const leader = wired.leader!
    const term = wired.hosts.get(leader)!.status(group)!.term
    const from = wired.clock.now()
    wired.lose(leader, situation.loss)
    if (situation.alsoOne) wired.lose(wired.random.pick([...wired.hosts.keys()]), situation.loss)
    await handle.add('after')
    const ms = wired.clock.now() - from
    isOver = true
    await Promise.all(load)
    return { ms, terms: wired.hosts.get(wired.leader!)!.status(group)!.term - term }
  } finally {
    wired.end()
  }
}

/** @returns what a part of them is not above. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)]!
}
