/**
 * Bits that turn on disks while hosts are down, as far as the others can make up for it: any bit, where a majority is whole without that host; else one that leaves entries
 * unreadable which somebody else can still read. So members of a majority may each be unable to read something, and still nothing is lost.
 */
import { isRaftedError } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import { readStorage } from '@rafted/storage'
import { decodeConfiguration } from '@rafted/wire'
import { keepAll, loseAll } from '../files/crash-choices.ts'
import type { SimulatedFileSystem } from '../files/simulated-file-system.ts'
import type { Cluster, SimulatedGroup } from './cluster.ts'
import type { FoundLog } from './damaged-copies.ts'
import { isEnoughWithout } from './disk-health.ts'
import { type HostDisk, type Place, STORAGE_PATH } from './host-disk.ts'
import { holdsEntry } from './promises/group-promises.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Bits that are tried until there is one whose damage can be made up for. */
const TRIES = 16
/** The same, where one is looked for that does just this to a log: most do more harm than that, or less. */
const PRECISE_TRIES = 80

/** What can be asked for. */
export type WantedHarm = 'unreadable' | 'lost'

type Harm = WantedHarm | 'none' | 'refused'

/** What is looked for: chance alone would hit mostly what is said twice, and does no harm. */
const WANTED: readonly (Harm | 'any')[] = ['any', 'unreadable', 'unreadable', 'lost']

/** What the storage will make of it. */
interface Foretold {
  /** It will not open it. */
  readonly isRefused: boolean
  readonly logs: ReadonlyMap<string, FoundLog>
}

/** Turns a bit on the disk of a host that is down, if there is one that may. @param mayStill is asked when it is about to turn. @param precisely what it should do to a log, not just any harm, and to which group's, where it is one. */
export async function rot(
  cluster: Cluster,
  id: string,
  random: SeededRandom,
  mayStill: () => boolean,
  precisely: { readonly harm: WantedHarm; readonly group: SimulatedGroup | undefined } | null,
): Promise<void> {
  const disk = cluster.disks.get(id)!
  // What the next process will find can't be foretold by a copy of the disk where a flush has failed.
  if (disk.isRotten || disk.hasFailed || disk.hasPhantoms) return
  const wanted = precisely?.harm ?? random.pick(WANTED)
  const extent = precisely?.harm === 'lost' ? 'sectors' : wanted === 'lost' ? 'file' : 'bit'
  let found: { readonly place: Place; readonly logs: Foretold['logs'] } | null = null
  for (let tries = precisely === null ? TRIES : PRECISE_TRIES; tries > 0; tries--) {
    const place = disk.somePlace(random, extent)
    if (place === null) break
    const foretold = await foretell(disk.image(keepAll), place)
    const harms = cluster.groups.map((group) => harmOf(disk, group.name, place, foretold))
    const isAllMadeUpFor = (after: Foretold): boolean =>
      cluster.groups.every((group) =>
        isMadeUpFor(cluster, id, group, harmOf(disk, group.name, place, after), after),
      )
    if (!isAllMadeUpFor(foretold)) continue
    // The power may be cut before anybody reads it, and take what would tell what the damage has hit: a name of a file that is not durable yet.
    if (!isAllMadeUpFor(await foretell(disk.image(loseAll), place))) continue
    const isWanted = cluster.groups.some(
      (group, at) => (precisely?.group ?? group) === group && (wanted === 'any' || harms[at] === wanted),
    )
    if (isWanted || found === null) found = { place, logs: foretold.logs }
    if (isWanted) break
  }
  // Looking for it takes no time, and yet somebody may have begun something at this moment.
  if (found !== null && mayStill()) disk.turn(found.place, found.logs)
}

function isMadeUpFor(
  cluster: Cluster,
  id: string,
  group: SimulatedGroup,
  harm: Harm,
  { logs }: Foretold,
): boolean {
  // What is refused is told precisely, and can be read again or is replaced.
  if (harm === 'none' || harm === 'refused') return true
  if (!group.isFounded) return false
  if (isEnoughWithout(cluster, id, group)) return true
  return harm === 'unreadable' && isElsewhere(cluster, id, group, logs.get(group.name)!)
}

/** What a process would find that opens this disk with the bits turned, those that are there. */
async function foretell(image: SimulatedFileSystem, { path, bits }: Place): Promise<Foretold> {
  const bytes = image.files.find((file) => file.path === path)?.bytes ?? 0
  for (const bit of bits) if (bit < bytes * 8) image.flipBit(path, bit)
  const { files, machine } = image.mount()
  const logs = new Map<string, FoundLog>()
  try {
    const log = await (await readStorage({ path: STORAGE_PATH, fileSystem: files, machine })).log()
    for (const group of (await log?.groups()) ?? []) logs.set(group, (await log!.open(group))!)
    await log?.close()
    return { isRefused: false, logs }
  } catch (error) {
    if (!isRaftedError(error)) throw error
    return { isRefused: true, logs: new Map() }
  }
}

function harmOf(
  { logs }: HostDisk,
  group: string,
  { path }: Place,
  { isRefused, logs: found }: Foretold,
): Harm {
  if (isRefused) return 'refused'
  const written = logs.durable(group)
  if (written === undefined) return 'none'
  const log = found.get(group)
  // Whether it is the newest one that counts is not looked at.
  if (path.includes('/snapshots/') || log === undefined) return 'lost'
  if (log.lostTo !== written.lostTo || log.last < written.last) return 'lost'
  return log.damaged.length > 0 ? 'unreadable' : 'none'
}

/**
 * Whether members that it would ask can read all of them, and could lead if they have a snapshot by then instead: a learner, or who has less, can give nobody a
 * snapshot.
 */
function isElsewhere(
  cluster: Cluster,
  id: string,
  group: SimulatedGroup,
  { damaged, special }: FoundLog,
): boolean {
  const own = cluster.disks.get(id)!.logs.durable(group.name)
  const last = special.findLast(({ kind }) => kind === EntryKind.configuration)
  const configuration =
    last === undefined ? cluster.configurationOf(id, group)?.configuration : decodeConfiguration(last.payload)
  const { voters = [], outgoing = null } = configuration ?? {}
  const others = [...voters, ...(outgoing ?? [])].filter(({ host }) => host !== id)
  const isThere = (index: number): boolean =>
    others.some(({ host, id: member }) => {
      const { logs, copies } = cluster.disks.get(host)!
      const log = logs.durable(group.name)
      if (
        own === undefined ||
        log?.member !== member ||
        !holdsEntry(log, own.last, own.at(own.last)?.term ?? 0)
      )
        return false
      const isIt = log.at(index)?.term === own.at(index)?.term
      return isIt && log.at(index) !== undefined && copies.canRead(group.name, index)
    })
  return damaged.every(({ from, to }) => {
    for (let index = from; index <= to; index++) if (!isThere(index)) return false
    return true
  })
}
