/** All hosts in this process, and all they know in its memory. */
import type { Client } from 'rafted'
import { createClient, createNetwork, type MemoryHost, openHost } from 'rafted-memory'
import type { Cluster } from './cluster.ts'
import { queue } from './queue.ts'
import { group, type QueueHost, queueHost } from './queue-host.ts'

const cluster = 'example'

interface Running {
  readonly host: MemoryHost
  readonly queue: QueueHost
}

export class MemoryCluster implements Cluster {
  readonly ids: readonly string[]
  readonly durable = false
  readonly death = 'its memory is gone'
  readonly #network = createNetwork()
  readonly #up = new Map<string, Running>()

  constructor(...ids: string[]) {
    this.ids = ids
  }

  describe(): string[] {
    return [`${this.ids.length} hosts in this process, all in memory`]
  }

  async startAll(): Promise<void> {
    await Promise.all(this.ids.map((id) => this.start(id)))
  }

  async start(id: string): Promise<void> {
    const host = await openHost({ id, cluster, network: this.#network })
    this.#up.set(id, { host, queue: queueHost(host) })
    await host.group(group, { machine: queue, join: this.ids })
  }

  async kill(id: string): Promise<void> {
    const { host } = this.#running(id)
    this.#up.delete(id)
    await host.close()
  }

  at(id: string): QueueHost {
    return this.#running(id).queue
  }

  isUp(id: string): boolean {
    return this.#up.has(id)
  }

  client(): Promise<Client> {
    return createClient({ cluster, addresses: this.ids, network: this.#network })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#up.keys()].map((id) => this.kill(id)))
  }

  #running(id: string): Running {
    const running = this.#up.get(id)
    if (running === undefined) throw new Error(`${id} is down`)
    return running
  }
}
