/** Three hosts of this process, some of which may be down, and what they know of the group "queue". */
import { createNetwork, type MemberStatus, type MemoryHost, openHost } from 'rafted-memory'
import { queue } from './queue.ts'

export const group = 'queue'

export class Hosts {
  readonly cluster = 'example'
  readonly network = createNetwork()
  readonly ids: readonly string[]
  readonly #up = new Map<string, MemoryHost>()

  constructor(...ids: string[]) {
    this.ids = ids
  }

  at(id: string): MemoryHost {
    const host = this.#up.get(id)
    if (host === undefined) throw new Error(`${id} is down`)
    return host
  }

  /** Starts a host that holds nothing. */
  async start(id: string): Promise<MemoryHost> {
    const host = await openHost({ id, cluster: this.cluster, network: this.network })
    this.#up.set(id, host)
    return host
  }

  /** Creates the group on the first host; the others join. */
  async found(): Promise<void> {
    const [first, ...others] = this.ids
    await (await this.start(first!)).createGroup(group, { machine: queue })
    await Promise.all(others.map((id) => this.join(id)))
    await this.settled()
  }

  /** Starts a host and a member on it, which joins through whoever is there. */
  async join(id: string): Promise<void> {
    const host = await this.start(id)
    await host.group(group, { machine: queue, join: this.ids })
  }

  /** Stops a host at once. What it had in memory is gone. */
  async stop(id: string): Promise<void> {
    const host = this.at(id)
    this.#up.delete(id)
    await host.close()
  }

  /** How the members stand that are up. */
  async standing(): Promise<MemberStatus[]> {
    const found = [...this.#up.values()].map((host) => host.status(group))
    return (await Promise.all(found)).filter((status) => status !== null)
  }

  /** The host whose member leads. */
  async leader(): Promise<string> {
    return until('a leader', async () => (await this.standing()).find(({ role }) => role === 'leader')?.host)
  }

  /** Resolves when every host is up, votes, and has applied what the leader has. */
  async settled(): Promise<MemberStatus[]> {
    return until('all members to have caught up', async () => {
      const standing = await this.standing()
      const leader = standing.find(({ role }) => role === 'leader')
      const voters = leader?.configuration?.configuration.voters ?? []
      const complete =
        leader?.configuration?.configuration.outgoing === null &&
        voters.length === this.ids.length &&
        standing.length === this.ids.length &&
        standing.every(
          ({ appliedIndex, member }) =>
            appliedIndex === leader.appliedIndex && voters.some(({ id }) => id === member),
        )
      return complete ? standing : undefined
    })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#up.keys()].map((id) => this.stop(id)))
  }
}

/** Asks again and again, for at most half a minute. */
async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 30_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(`waited half a minute for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
