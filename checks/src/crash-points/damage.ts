/** A bit that turns in the log of a host that is down, and what other members would do about it. */
import { isRaftedError, type LogEntry, type LogStore } from '@rafted/contracts'
import { readStorage } from '@rafted/storage'
import type { SeededRandom, SimulatedFileSystem } from '@rafted/testing'
import { onOneBoot, owner } from '../places.ts'

/** What a log lacks. */
export interface Lack {
  /** Indexes of entries that can't be read, and have not been put back. */
  readonly unreadable: readonly number[]
  readonly lostTo: number | null
  /** Where it ends. */
  readonly last: number
}

/** By group. */
export type Lacks = ReadonlyMap<string, Lack>

/** Most bits turn so that the log is refused, or only said twice what they said: in so many tries one is looked for that matters. */
const TRIES = 12

/** Turns a bit of the log, so that a host gets over it. @returns what the logs lack from then on; null if no such bit was found. */
export async function flipOne(disk: SimulatedFileSystem, random: SeededRandom): Promise<Lacks | null> {
  const files = disk.files.filter(({ path, bytes }) => path.endsWith('.log') && bytes > 0)
  const isChoosy = random.chance(0.8)
  for (let i = 0; i < TRIES; i++) {
    const { path, bytes } = random.pick(files)
    const bit = random.below(bytes * 8)
    disk.flipBit(path, bit)
    const found = await lookAt(disk)
    if (found?.isDamaged && (!isChoosy || isAnythingLacking(found.lacks))) return found.lacks
    disk.flipBit(path, bit)
  }
  return null
}

/** @returns what the logs on a disk lack, and whether any of the files is damaged; null if a host would not open it. */
export async function lookAt(
  disk: SimulatedFileSystem,
): Promise<{ readonly lacks: Lacks; readonly isDamaged: boolean } | null> {
  const { files: fileSystem, machine, kill } = disk.mount()
  try {
    const stored = await readStorage({ path: owner.path, fileSystem, machine: onOneBoot(machine) })
    const log = (await stored.log())!
    const found = { lacks: await lacksIn(log), isDamaged: log.damages.length > 0 }
    await log.close()
    return found
  } catch (error) {
    if (isRaftedError(error, 'damaged-storage')) return null
    throw error
  } finally {
    kill()
  }
}

export async function lacksIn(logs: Pick<LogStore, 'groups' | 'open'>): Promise<Map<string, Lack>> {
  const found = new Map<string, Lack>()
  for (const group of await logs.groups()) {
    const { damaged, lostTo, last } = (await logs.open(group))!
    const ranges = damaged.map(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
    found.set(group, { unreadable: ranges.flat(), lostTo, last })
  }
  return found
}

function isAnythingLacking(lacks: Lacks): boolean {
  return [...lacks.values()].some(({ unreadable, lostTo }) => unreadable.length > 0 || lostTo !== null)
}

/** Puts back what is lacking of some groups, from what was written there. @returns what may be lacking from then on. */
export async function putBack(
  logs: LogStore,
  lacks: Lacks,
  isChosen: (group: string) => boolean,
  written: (group: string, index: number) => LogEntry,
): Promise<Lacks> {
  const left = new Map(lacks)
  for (const [group, lack] of await lacksIn(logs)) {
    if (!isChosen(group)) continue
    await logs.restore(
      group,
      lack.unreadable.map((index) => written(group, index)),
    )
    left.set(group, { ...lack, unreadable: [] })
  }
  return left
}

/** @param isAll nothing has been put back, cut off or written yet. @returns what is lacking that should not be, or not said to be that was; null if nothing. */
export function wrongLack(found: Lacks, expected: Lacks, isAll: boolean): string | null {
  for (const [group, { unreadable, lostTo, last }] of found) {
    const due = expected.get(group) ?? { unreadable: [], lostTo: null, last }
    const strange = unreadable.find((index) => !due.unreadable.includes(index))
    if (strange !== undefined) return `entry ${strange} of "${group}" can't be read`
    if (lostTo !== null && lostTo !== due.lostTo) return `"${group}" has lost what it held up to ${lostTo}`
    if (!isAll) continue
    const [before, now] = [JSON.stringify(due), JSON.stringify({ unreadable, lostTo, last })]
    if (before !== now) return `"${group}" was found as ${before}, and is ${now}`
  }
  return null
}
