/** What happens in the demonstration, step by step. */
import type { Clock } from '@rafted/contracts'
import type { Cluster } from './cluster.ts'

const LOOK_MS = 20
/** Of each step that counts. */
const ADDS = 100

export interface Step {
  readonly what: 'hosts' | 'count' | 'stop' | 'elect' | 'join'
  /** A sentence. */
  readonly text: string
}

/** Each step is told when it has been done: five, and then four for each round that follows. @throws the reason of the signal. */
export async function* story(
  cluster: Cluster,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Step, void, undefined> {
  const until = (isSo: () => boolean): Promise<void> => waiting(clock, signal, isSo)
  await cluster.begin()
  await until(() => cluster.isWhole() && cluster.leader() !== null)
  yield { what: 'hosts', text: `${cluster.ids.length} hosts run, and host ${cluster.leader()!.id} leads.` }
  for (;;) {
    const before = await count(cluster)
    yield { what: 'count', text: `They have counted to ${before}, together.` }
    const { id: stopped, term } = cluster.leader() ?? { id: cluster.ids[0]!, term: 0 }
    await cluster.stop(stopped)
    yield { what: 'stop', text: `Host ${stopped}, which led, is stopped without a word.` }
    await until(() => (cluster.leader()?.term ?? 0) > term)
    const leader = cluster.leader()!
    const after = await count(cluster)
    yield {
      what: 'elect',
      text: `Host ${leader.id} was elected, in term ${leader.term}: they have counted on, from ${before} to ${after}.`,
    }
    await cluster.join(stopped)
    await until(() => cluster.isWhole())
    yield { what: 'join', text: `Host ${stopped} is back, as a new member that has caught up and votes.` }
  }
}

async function count(cluster: Cluster): Promise<number> {
  const counter = cluster.counter()
  await Promise.all(Array.from({ length: ADDS }, () => counter.add()))
  return await counter.get()
}

async function waiting(clock: Clock, signal: AbortSignal, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    signal.throwIfAborted()
    await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve))
  }
}
