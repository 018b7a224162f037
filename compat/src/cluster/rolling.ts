/** Hosts of one build are replaced by another's, one by one, and back, while writers add to the list. */
import type { Build } from '../builds/build.ts'
import { Cluster } from './cluster.ts'
import { Load } from './load.ts'
import { until } from './until.ts'

/** Items that have to come through between two steps. */
const BETWEEN = 40
export const HOSTS = ['a', 'b', 'c'] as const
/** One that joins while both builds are there. */
const NEWCOMER = 'd'

export interface Run {
  readonly cluster: Cluster
  readonly load: Load
}

/** Three hosts of that build with a group, and two writers that go by one build each. */
export async function begin(build: Build, other: Build): Promise<Run> {
  const cluster = await Cluster.of([...HOSTS, NEWCOMER])
  try {
    for (const id of HOSTS) await cluster.start(id, build)
    await cluster.host('a').create()
    for (const id of HOSTS) await cluster.caughtUp(id)
    const load = new Load([await cluster.client(build), await cluster.client(other)])
    await load.advance(BETWEEN)
    return { cluster, load }
  } catch (error) {
    await cluster.close()
    throw error
  }
}

/** Replaces these, one after the other. The last one crashes; the others are told to end. */
export async function roll({ cluster, load }: Run, ids: readonly string[], build: Build): Promise<void> {
  for (const [i, id] of ids.entries()) {
    await cluster.replace(id, build, i === ids.length - 1 ? 'kill' : 'close')
    await load.advance(BETWEEN)
  }
}

/** A host of that build joins, is given all there is by whoever leads, and leaves again. */
export async function visit({ cluster, load }: Run, build: Build): Promise<void> {
  await cluster.start(NEWCOMER, build)
  await cluster.caughtUp(NEWCOMER)
  await load.advance(BETWEEN)
  await cluster.host(NEWCOMER).leave()
  await cluster.stop(NEWCOMER)
}

/** Ends the writers. @returns what is wrong with the list, or between the members: nothing. */
export async function audit({ cluster, load }: Run): Promise<string[]> {
  await load.end()
  const reader = await cluster.client(cluster.host('a').build)
  const problems = load.problemsOf(await reader.all())
  await until('all members hold the same', async () => {
    const held = await Promise.all(cluster.running.map((id) => cluster.host(id).held()))
    return new Set(held.map(({ index, hash }) => `${index} ${hash}`)).size === 1
  })
  if (load.acknowledged === 0) problems.push('nobody was told anything')
  return problems
}
