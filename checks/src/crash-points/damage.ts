/** A bit that turns in the log of a host that is down, and what other members would do about it. */
import type { LogEntry, LogStore } from '@rafted/contracts'
import { readStorage } from '@rafted/storage'
import type { SeededRandom, SimulatedFileSystem } from '@rafted/testing'
import { owner } from '../places.ts'

/** Indexes of entries that can't be read, by group. */
export type DamagedEntries = ReadonlyMap<string, ReadonlySet<number>>

const TRIES = 30

/** Turns a bit of the log that is damage which a host gets over. @returns whether one was found. */
export async function flipOne(disk: SimulatedFileSystem, random: SeededRandom): Promise<boolean> {
  for (let i = 0; i < TRIES; i++) {
    const logs = disk.files.filter(({ path, bytes }) => path.endsWith('.log') && bytes > 0)
    const { path, bytes } = random.pick(logs)
    const bit = random.below(bytes * 8)
    disk.flipBit(path, bit)
    const check = await (await stored(disk)).check()
    if (check.faults.length === 0 && check.damages.length > 0) return true
    disk.flipBit(path, bit)
  }
  return false
}

/** What a host will find that it can't read. */
export async function damagedIn(disk: SimulatedFileSystem): Promise<Map<string, ReadonlySet<number>>> {
  const found = new Map<string, ReadonlySet<number>>()
  const log = (await (await stored(disk)).log())!
  for (const group of await log.groups()) found.set(group, indexesOf((await log.open(group))!.damaged))
  await log.close()
  return found
}

function stored(disk: SimulatedFileSystem): ReturnType<typeof readStorage> {
  const { files: fileSystem, machine } = disk.mount()
  return readStorage({ path: owner.path, fileSystem, machine })
}

export function indexesOf(ranges: readonly { readonly from: number; readonly to: number }[]): Set<number> {
  return new Set(ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)))
}

/** Puts all of it back. @param damaged what may be damaged from then on: nothing that was put back. */
export async function putBack(
  logs: LogStore,
  written: (group: string, index: number) => LogEntry | undefined,
  damaged: Map<string, ReadonlySet<number>>,
): Promise<void> {
  for (const group of await logs.groups()) {
    const ranges = (await logs.open(group))!.damaged
    await logs.restore(
      group,
      [...indexesOf(ranges)].map((index) => written(group, index)!),
    )
    damaged.set(group, new Set())
  }
}
