/** The story: what happens to a replicated queue when hosts come and go. */
import { type Cluster, found, leaderOf, settled } from './cluster.ts'

type Say = (line: string) => void

/**
 * Tells it of hosts that have not been started, through `say`, as it happens.
 * @param founded called once the group is there. @throws if anything in it is not as told.
 */
export async function firstSteps(
  cluster: Cluster,
  say: Say,
  founded: () => Promise<void> = async () => {},
): Promise<void> {
  await create(cluster, say)
  await founded()
  await useThroughAnyHost(cluster, say)
  const leader = await leaderOf(cluster)
  const follower = cluster.ids.find((id) => id !== leader)!
  await loseFollower(cluster, follower, leader, say)
  const next = await loseLeader(cluster, leader, say)
  await comeBack(cluster, leader, next, say)
  if (cluster.durable) await loseAll(cluster, say)
  await takeTheRest(cluster, say)
}

function handleAt(cluster: Cluster, id: string) {
  const host = cluster.at(id)
  return {
    enqueue: (text: string): Promise<number> => host.enqueue(Buffer.from(text)),
    dequeue: async (): Promise<string | null> => {
      const item = await host.dequeue()
      return item === null ? null : Buffer.from(item).toString()
    },
    length: (): Promise<number> => host.length(),
  }
}

async function create(cluster: Cluster, say: Say): Promise<void> {
  const [first, ...others] = cluster.ids
  await found(cluster)
  for (const line of cluster.describe()) say(line)
  say(`  ${first} creates the group "queue", once; ${others.join(' and ')} find it and join`)
  say(`  all ${cluster.ids.length} vote; ${await leaderOf(cluster)} leads`)
}

async function useThroughAnyHost(cluster: Cluster, say: Say): Promise<void> {
  say('Used through any host')
  for (const [id, item] of [
    ['host-2', 'apple'],
    ['host-3', 'pear'],
    ['host-1', 'plum'],
  ] as const) {
    const before = await handleAt(cluster, id).enqueue(item)
    say(`  ${id}: enqueue ${item}; there were ${before} before it`)
  }
  say(`  host-2: dequeue gives ${expected(await handleAt(cluster, 'host-2').dequeue(), 'apple')}`)
  say(`  host-3: length is ${expected(await handleAt(cluster, 'host-3').length(), 2)}`)
}

async function loseFollower(cluster: Cluster, follower: string, leader: string, say: Say): Promise<void> {
  say(`A follower dies: ${cluster.death}`)
  await cluster.kill(follower)
  const before = await handleAt(cluster, leader).enqueue('cherry')
  say(`  ${follower} is down; ${leader} still answers: enqueue cherry, ${expected(before, 2)} before it`)
  await cluster.start(follower)
  await settled(cluster)
  const holding = cluster.durable ? 'its files' : 'nothing in memory'
  say(`  ${follower} is back with ${holding}; it has caught up and votes again`)
}

/** @returns who leads now. */
async function loseLeader(cluster: Cluster, leader: string, say: Say): Promise<string> {
  say(`The leader dies: ${cluster.death}`)
  const survivor = cluster.ids.find((id) => id !== leader)!
  const handle = handleAt(cluster, survivor)
  await handle.length()
  const killed = performance.now()
  await cluster.kill(leader)
  const before = await handle.enqueue('quince')
  const failover = performance.now() - killed
  const next = await leaderOf(cluster)
  say(
    `  ${leader} is gone; ${next} leads. Failover: ${failover.toFixed(0)} ms until the next command was done`,
  )
  say(`  ${survivor}: enqueue quince; ${expected(before, 3)} before it, so nothing was lost`)
  return next
}

async function comeBack(cluster: Cluster, lost: string, leader: string, say: Say): Promise<void> {
  say('The lost member returns')
  await cluster.start(lost)
  say(`  ${lost} has caught up; applied: ${await applied(cluster)}; ${leader} leads`)
}

async function loseAll(cluster: Cluster, say: Say): Promise<void> {
  say(`All die at once: ${cluster.death}`)
  await Promise.all(cluster.ids.map((id) => cluster.kill(id)))
  say('  nobody is left; nothing is in any memory')
  await Promise.all(cluster.ids.map((id) => cluster.start(id)))
  say(`  all are back with their files; applied: ${await applied(cluster)}; ${await leaderOf(cluster)} leads`)
}

async function takeTheRest(cluster: Cluster, say: Say): Promise<void> {
  const handle = handleAt(cluster, 'host-1')
  const rest: string[] = []
  for (let item = await handle.dequeue(); item !== null; item = await handle.dequeue()) rest.push(item)
  say(`  host-1: dequeue until empty gives ${expected(rest.join(', '), 'pear, plum, cherry, quince')}`)
}

/** What each has applied, when all have caught up. */
async function applied(cluster: Cluster): Promise<string> {
  const members = await settled(cluster)
  return members
    .map(({ host, appliedIndex }) => `${host} ${appliedIndex}`)
    .sort()
    .join(', ')
}

/** @returns `actual`. @throws if it isn't `wanted`: the story tells nothing that didn't happen. */
function expected<T>(actual: T, wanted: T): T {
  if (actual !== wanted) throw new Error(`expected ${String(wanted)}, got ${String(actual)}`)
  return actual
}
