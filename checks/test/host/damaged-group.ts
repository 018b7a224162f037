/** Three hosts with one group, whose disks can be damaged while they are down. */
import { createClient } from '@rafted/client'
import {
  defineValue,
  type LogStore,
  type Observer,
  type RaftedEvent,
  type SnapshotStore,
} from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type Host, openHost } from '@rafted/host'
import { type MemoryNetwork, memoryNetwork } from '@rafted/transport-memory'

export interface Stores {
  readonly logs: LogStore
  readonly snapshots: SnapshotStore
}

export const seams = { clock: realClock, random: realRandom }
const list = defineValue({
  init: (): readonly string[] => [],
  commands: { add: (all, item: string) => [all.length + 1, [...all, item]] },
  queries: { all: (all) => all },
})
interface Handle {
  add(item: string): Promise<number>
  all(): Promise<readonly string[]>
}
export const group = 'list'
export const IDS = ['a', 'b', 'c']
const brisk = { heartbeatMs: 20, electionMs: 100 }

/** A group on three hosts, over disks that outlive them. */
export class DamagedGroup {
  readonly network: MemoryNetwork = memoryNetwork({ clock: realClock })
  readonly hosts = new Map<string, Host>()
  readonly events: (RaftedEvent & { readonly host: string })[] = []
  readonly client = createClient({
    link: { ...this.#link() },
    addresses: IDS,
    ...seams,
  })
  readonly handle = this.client.value(group, list) as unknown as Handle
  readonly #stores: (id: string, observer: Observer) => Promise<Stores>
  readonly #settings: object

  /** @param stores opens what a host has on its disk. */
  constructor(stores: (id: string, observer: Observer) => Promise<Stores>, settings: object = {}) {
    this.#stores = stores
    this.#settings = { ...brisk, ...settings }
  }

  /** Through whichever host is up. */
  #link() {
    const up = () => [...this.hosts.values()][0]!
    return {
      local: false,
      call: (...parts: Parameters<Host['link']['call']>) => up().link.call(...parts),
      close: async () => {},
    }
  }

  async open(id: string, how: 'create' | 'join'): Promise<Host> {
    const observer: Observer = { event: (event) => void this.events.push({ ...event, host: id }) }
    const stores = await this.#stores(id, observer)
    const transport = this.network.transport({ name: id, role: 'peer' })
    const host = await openHost({
      id,
      cluster: 'test',
      transport,
      ...stores,
      durable: true,
      observer,
      ...seams,
    })
    this.hosts.set(id, host)
    const options = { machine: list, settings: this.#settings }
    if (how === 'create') await host.createGroup(group, options)
    else await host.group(group, { ...options, join: IDS })
    return host
  }

  async close(id: string): Promise<void> {
    const host = this.hosts.get(id)!
    this.hosts.delete(id)
    await host.close()
  }

  /** All are voters and hold what was added. */
  async begin(items: number): Promise<void> {
    await this.open('a', 'create')
    await this.open('b', 'join')
    await this.open('c', 'join')
    await until(() => this.status('a')?.configuration?.configuration.voters.length === 3)
    for (let i = 0; i < items; i++) await this.handle.add(`item ${i}`)
    await this.settled()
  }

  async settled(): Promise<void> {
    await until(() => {
      const all = [...this.hosts.keys()].map((id) => this.status(id))
      const ends = new Set(all.flatMap((one) => [one?.lastIndex, one?.appliedIndex]))
      return ends.size === 1 && all.every((one) => one?.damage === null)
    })
  }

  status(id: string) {
    return this.hosts.get(id)?.status(group) ?? null
  }

  last(id: string): number {
    return this.status(id)!.lastIndex
  }

  seen<Kind extends RaftedEvent['kind']>(id: string, kind: Kind) {
    return this.events.filter((event) => event.host === id && event.kind === kind)
  }

  async end(): Promise<void> {
    await this.client.close()
    for (const id of [...this.hosts.keys()]) await this.close(id)
  }
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

/** What the handle gives once so many have been added. */
export const items = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `item ${i}`)
