/** The story: what happens to a replicated queue when hosts come and go. */
import { group, Hosts } from './hosts.ts'
import { queue } from './queue.ts'

type Say = (line: string) => void

/** Tells it through `say`, as it happens. @throws if anything in it is not as told. */
export async function firstSteps(say: Say): Promise<void> {
  const hosts = new Hosts('host-1', 'host-2', 'host-3')
  try {
    await create(hosts, say)
    await useThroughAnyHost(hosts, say)
    const leader = await hosts.leader()
    const [follower] = hosts.ids.filter((id) => id !== leader)
    await stopFollower(hosts, follower!, leader, say)
    const next = await killLeader(hosts, leader, say)
    await comeBack(hosts, leader, next, say)
  } finally {
    await hosts.close()
  }
}

function handleAt(hosts: Hosts, id: string) {
  const handle = hosts.at(id).value(group, queue)
  return {
    enqueue: (text: string): Promise<number> => handle.enqueue(Buffer.from(text)),
    dequeue: async (): Promise<string | null> => {
      const item = await handle.dequeue()
      return item === null ? null : Buffer.from(item).toString()
    },
    length: (): Promise<number> => handle.length(),
  }
}

async function create(hosts: Hosts, say: Say): Promise<void> {
  say('Three hosts in this process, all in memory')
  const first = await hosts.start('host-1')
  await first.createGroup(group, { machine: queue })
  say('  host-1 creates the group "queue", and is all of it')
  for (const id of ['host-2', 'host-3']) {
    await hosts.join(id)
    say(`  ${id} joins, as a learner until it has caught up`)
  }
  await hosts.settled()
  say(`  all three vote; ${await hosts.leader()} leads`)
}

async function useThroughAnyHost(hosts: Hosts, say: Say): Promise<void> {
  say('Used through any host')
  for (const [id, item] of [
    ['host-2', 'apple'],
    ['host-3', 'pear'],
    ['host-1', 'plum'],
  ] as const) {
    const before = await handleAt(hosts, id).enqueue(item)
    say(`  ${id}: enqueue ${item}; there were ${before} before it`)
  }
  say(`  host-2: dequeue gives ${expected(await handleAt(hosts, 'host-2').dequeue(), 'apple')}`)
  say(`  host-3: length is ${expected(await handleAt(hosts, 'host-3').length(), 2)}`)
}

async function stopFollower(hosts: Hosts, follower: string, leader: string, say: Say): Promise<void> {
  say('A follower stops')
  await hosts.stop(follower)
  const before = await handleAt(hosts, leader).enqueue('cherry')
  say(`  ${follower} is down; ${leader} still answers: enqueue cherry, ${expected(before, 2)} before it`)
  await hosts.join(follower)
  await hosts.settled()
  say(`  ${follower} is back with nothing in memory; it has caught up and votes again`)
}

/** @returns who leads now. */
async function killLeader(hosts: Hosts, leader: string, say: Say): Promise<string> {
  say('The leader dies')
  const survivor = hosts.ids.find((id) => id !== leader)!
  const handle = handleAt(hosts, survivor)
  await handle.length()
  const killed = performance.now()
  await hosts.stop(leader)
  const before = await handle.enqueue('quince')
  const failover = performance.now() - killed
  const next = await hosts.leader()
  say(
    `  ${leader} is gone; ${next} leads. Failover: ${failover.toFixed(0)} ms until the next command was done`,
  )
  say(`  ${survivor}: enqueue quince; ${expected(before, 3)} before it, so nothing was lost`)
  return next
}

async function comeBack(hosts: Hosts, lost: string, leader: string, say: Say): Promise<void> {
  say('The lost member returns')
  await hosts.join(lost)
  const standing = await hosts.settled()
  const applied = standing.map(({ host, appliedIndex }) => `${host} ${appliedIndex}`)
  say(`  ${lost} has caught up; applied: ${applied.sort().join(', ')}; ${leader} leads`)
  const handle = handleAt(hosts, lost)
  const rest: string[] = []
  for (let item = await handle.dequeue(); item !== null; item = await handle.dequeue()) rest.push(item)
  say(`  ${lost}: dequeue until empty gives ${expected(rest.join(', '), 'pear, plum, cherry, quince')}`)
}

/** @returns `actual`. @throws if it isn't `wanted`: the story tells nothing that didn't happen. */
function expected<T>(actual: T, wanted: T): T {
  if (actual !== wanted) throw new Error(`expected ${String(wanted)}, got ${String(actual)}`)
  return actual
}
