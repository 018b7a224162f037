/** The storage on files, in places of its own: on a simulated disk that crashes and fails, and on a real one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openFileStorage, type Storage } from '@rafted/storage'
import {
  type CrashChoices,
  type LogStorePlace,
  SimulatedFileSystem,
  type SimulatedProcess,
  type SnapshotStorePlace,
} from '@rafted/testing'
import { HurriedClock } from '../src/hurried-clock.ts'

export interface SimulatedPlace {
  readonly segmentBytes?: number
  /** What crashes leave; by chance if absent. */
  readonly choices?: CrashChoices
  readonly seed?: number
}

interface StoragePlace {
  open(): Promise<Storage>
  crash(): Promise<void>
  fail(): Promise<void>
  dispose(): Promise<void>
}

type Quota = { readonly quotaBytes?: number }

const names = { cluster: 'shop', host: 'a' }

/** A chance that repeats. */
export function seededBytes(seed: number): { number(): number; bytes(count: number): Uint8Array } {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  const number = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return { number, bytes: (count) => Uint8Array.from({ length: count }, () => number() * 256) }
}

function simulatedStorage({ choices, seed = 1, ...sizes }: SimulatedPlace & Quota): StoragePlace {
  const disk = new SimulatedFileSystem({ seed })
  const clock = new HurriedClock()
  const random = seededBytes(seed)
  let process: SimulatedProcess | null = null
  let last: Storage | null = null
  return {
    open: async () => {
      if (last !== null) await closed(last)
      disk.failing = null
      process = disk.mount()
      const { files: fileSystem, machine } = process
      last = await openFileStorage({ path: '/data', ...names, clock, random, fileSystem, machine, ...sizes })
      return last
    },
    crash: async () => {
      last = null
      disk.crash(choices)
    },
    fail: async () => {
      disk.failing = ({ name }) => (name === 'sync' ? 'EIO' : null)
      // Whoever meets such an error ends; the next process finds what was written in memory.
      const failed = process
      const close = last!.logs.close.bind(last!.logs)
      last!.logs.close = async () => {
        await close()
        failed?.kill()
        last = null
      }
    },
    dispose: async () => {
      process?.kill()
      clock.stop()
    },
  }
}

async function closed({ logs, snapshots }: Storage): Promise<void> {
  await Promise.allSettled([logs.close(), snapshots.close()])
}

export function simulatedFileLogs(options: SimulatedPlace): (quota?: Quota) => Promise<LogStorePlace> {
  return async (quota = {}) => {
    const place = simulatedStorage({ ...options, ...quota })
    return { ...place, open: async () => (await place.open()).logs }
  }
}

export function simulatedFileSnapshots(options: SimulatedPlace): () => Promise<SnapshotStorePlace> {
  return async () => {
    const place = simulatedStorage(options)
    return { ...place, open: async () => (await place.open()).snapshots }
  }
}

async function realStorage(quota: Quota): Promise<Omit<StoragePlace, 'crash' | 'fail'>> {
  const path = await mkdtemp(join(tmpdir(), 'rafted-storage-'))
  let last: Storage | null = null
  const close = async (): Promise<void> => {
    if (last !== null) await closed(last)
    last = null
  }
  return {
    open: async () => {
      await close()
      last = await openFileStorage({ path, ...names, clock: realClock, random: realRandom, ...quota })
      return last
    },
    dispose: async () => {
      await close()
      await rm(path, { recursive: true })
    },
  }
}

export async function realFileLogs(quota: Quota = {}): Promise<LogStorePlace> {
  const place = await realStorage(quota)
  return { ...place, open: async () => (await place.open()).logs }
}

export async function realFileSnapshots(): Promise<SnapshotStorePlace> {
  const place = await realStorage({})
  return { ...place, open: async () => (await place.open()).snapshots }
}
