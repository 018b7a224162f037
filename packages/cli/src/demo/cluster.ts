/** The cluster of the demonstration: hosts in memory that count together. */
import { type Counter, counter, counters } from '@rafted/recipes'
import { createNetwork, type MemberStatus, type MemoryHost, openHost } from 'rafted-memory'

const GROUP = 'counters'
const CLUSTER = 'demo'
/** Quicker than the usual, so that an election need not be waited for; and slow enough for a busy machine. */
const SETTINGS = { heartbeatMs: 100, electionMs: 500 }

export interface HostView {
  readonly id: string
  /** Null: it is stopped. */
  readonly status: MemberStatus | null
}

export class Cluster {
  readonly ids: readonly string[]
  readonly #network = createNetwork()
  readonly #hosts = new Map<string, MemoryHost>()

  constructor(count: number) {
    this.ids = Array.from({ length: count }, (_, i) => String.fromCharCode(97 + i))
  }

  /** Opens the hosts; the first founds the group, the others join it. */
  async begin(): Promise<void> {
    const [first, ...others] = this.ids
    await (await this.#open(first!)).createGroup(GROUP, { machine: counters, settings: SETTINGS })
    for (const id of others) await this.join(id)
  }

  /** Opens a host anew, with nothing: its member is another one. */
  async join(id: string): Promise<void> {
    const join = this.ids.filter((other) => other !== id)
    await (await this.#open(id)).group(GROUP, { machine: counters, join, settings: SETTINGS })
  }

  async #open(id: string): Promise<MemoryHost> {
    const host = await openHost({ id, cluster: CLUSTER, network: this.#network })
    this.#hosts.set(id, host)
    return host
  }

  /** As if its process were gone: nothing is handed over. */
  async stop(id: string): Promise<void> {
    const host = this.#hosts.get(id)
    this.#hosts.delete(id)
    await host?.close({ transfer: false })
  }

  views(): readonly HostView[] {
    return this.ids.map((id) => ({ id, status: this.#hosts.get(id)?.status(GROUP) ?? null }))
  }

  /** The one that leads in the highest term, or null. */
  leader(): { readonly id: string; readonly term: number } | null {
    let found: { readonly id: string; readonly term: number } | null = null
    for (const { id, status } of this.views())
      if (status?.role === 'leader' && status.term > (found?.term ?? 0)) found = { id, term: status.term }
    return found
  }

  /** Whether all hosts that run are voters, and know it. */
  isWhole(): boolean {
    const views = this.views()
    return views.every(
      ({ id, status }) =>
        status !== null &&
        status.configuration?.configuration.outgoing === null &&
        status.configuration.configuration.voters.length === views.length &&
        status.configuration.configuration.voters.some(
          (voter) => voter.host === id && voter.id === status.member,
        ),
    )
  }

  /** The counter, through a host that runs. */
  counter(): Counter {
    const [host] = this.#hosts.values()
    return counter(host!.value(GROUP, counters), 'steps')
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.close({ transfer: false })))
    this.#hosts.clear()
  }
}
