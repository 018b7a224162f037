/** What an idle member of a fleet weighs: three hosts in this process, and groups in which nothing happens. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Fleet, openFleet as openFileFleet } from 'rafted'
import { createNetwork, openFleet as openMemoryFleet } from 'rafted-memory'
import { cell } from '../cell.ts'
import { freePorts } from '../free-ports.ts'
import { until } from '../until.ts'
import { quietOn } from './quiet-on.ts'

const IDS = ['a', 'b', 'c']
/** Groups that are there before: with them the hosts have made what there is one of, and have run what there is to run. */
const BEFORE = 300
const ADDED_AT_ONCE = 64
/** The least of so many looks: what is still on its way out counts for nobody. */
const LOOKS = 5

export type Kept = 'files' | 'memory'

/** @returns bytes of the heap and beside it for each of the members that `groups` groups have, once all are quiet. */
export async function memberBytes(kept: Kept, groups: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
  const fleets = await (kept === 'files' ? onFiles(directory) : inMemory())
  try {
    const [first] = fleets as [Fleet]
    await first.initialise()
    await Promise.all(fleets.map((fleet) => fleet.activate({ zone: fleet.host.id })))
    await add(first, 0, BEFORE)
    const before = await weightOf(fleets, BEFORE)
    await add(first, BEFORE, groups)
    return ((await weightOf(fleets, BEFORE + groups)) - before) / (groups * fleets.length)
  } finally {
    await Promise.all(fleets.map((fleet) => fleet.close()))
    await rm(directory, { recursive: true })
  }
}

async function onFiles(directory: string): Promise<Fleet[]> {
  const addresses = (await freePorts(IDS.length)).map((port) => `127.0.0.1:${port}`)
  const options = { cluster: 'bench', machines: { cell }, join: addresses }
  return await Promise.all(
    IDS.map((id, i) => openFileFleet({ ...options, id, listen: addresses[i]!, dir: join(directory, id) })),
  )
}

async function inMemory(): Promise<Fleet[]> {
  const options = { cluster: 'bench', machines: { cell }, join: IDS, network: createNetwork() }
  return await Promise.all(IDS.map((id) => openMemoryFleet({ ...options, id })))
}

async function add(fleet: Fleet, from: number, count: number): Promise<void> {
  let next = from
  const work = async (): Promise<void> => {
    while (next < from + count)
      await fleet.addGroup(`room-${next++}`, { machine: 'cell', settings: { quietAfterMs: 500 } })
  }
  await Promise.all(Array.from({ length: ADDED_AT_ONCE }, work))
}

async function weightOf(fleets: readonly Fleet[], groups: number): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await until(async () => fleets.every((fleet) => quietOn(fleet) >= groups))
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < LOOKS; look++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    const { heapUsed, external } = process.memoryUsage()
    least = Math.min(least, heapUsed + external)
  }
  return least
}
