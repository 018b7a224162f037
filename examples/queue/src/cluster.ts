/** Hosts that hold the queue, some of which may be down: in this process or in processes of their own. The story is told of either. */
import type { Client, MemberStatus } from 'rafted'
import type { QueueHost } from './queue-host.ts'

export interface Cluster {
  readonly ids: readonly string[]
  /** Whether what a host has stored is still there when it is started again. */
  readonly durable: boolean
  /** What happens to a host that dies. */
  readonly death: string
  /** What runs where, in words. */
  describe(): string[]
  /** Starts every host for the first time. They wait for the group. */
  startAll(): Promise<void>
  /** Starts a host again that has died. */
  start(id: string): Promise<void>
  /** A host dies, with no time to say goodbye. */
  kill(id: string): Promise<void>
  /** @throws if it is down. */
  at(id: string): QueueHost
  isUp(id: string): boolean
  /** A client that lives in none of the hosts, and so survives them all. */
  client(): Promise<Client>
  /** Ends whatever runs, and leaves nothing behind. */
  close(): Promise<void>
}

/** Starts the hosts and creates the group on the first; the others join by themselves. */
export async function found(cluster: Cluster): Promise<void> {
  await cluster.startAll()
  await cluster.at(cluster.ids[0]!).createGroup()
  await settled(cluster)
}

/** The host whose member leads. */
export function leaderOf(cluster: Cluster): Promise<string> {
  return until('a leader', async () => (await standing(cluster)).find(({ role }) => role === 'leader')?.host)
}

/** Resolves when every host is up, votes, and has applied all of the leader's log. */
export function settled(cluster: Cluster): Promise<MemberStatus[]> {
  return until('all members to have caught up', async () => {
    const members = await standing(cluster)
    const leader = members.find(({ role }) => role === 'leader')
    const { voters = [], outgoing } = leader?.configuration?.configuration ?? {}
    const caughtUp = ({ appliedIndex, member }: MemberStatus): boolean =>
      appliedIndex === leader?.lastIndex && voters.some(({ id }) => id === member)
    const everybody = [voters, members].every(({ length }) => length === cluster.ids.length)
    return outgoing === null && everybody && members.every(caughtUp) ? members : undefined
  })
}

/** How the members stand that are up. */
async function standing(cluster: Cluster): Promise<MemberStatus[]> {
  const up = cluster.ids.filter((id) => cluster.isUp(id))
  const found = await Promise.all(up.map((id) => cluster.at(id).status()))
  return found.filter((status) => status !== null)
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
