/** How large the log gets, and how much of what is written is copied, with very many groups of which a few get most of the load. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { entryBytes, type FileHandle, type FileSystem } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { nodeFileSystem, openFileStorage } from '@rafted/storage'
import type { Figure } from './figure.ts'
import { identity, inDirectory } from './place.ts'

/** Bytes of its log at which a group compacts it; one of fifty never does. */
const COMPACT_BYTES = 256 * 1024
const PAYLOAD_BYTES = 1000
/** Groups that write at the same time, and entries that each of them writes. */
const TOGETHER = 64
const ENTRIES = 8

interface Known {
  readonly name: string
  readonly slow: boolean
  last: number
  base: number
}

export async function skewed(groups: number, bytes: number): Promise<Figure[]> {
  return await inDirectory(bytes, async (path) => {
    const files = new CountedFiles(nodeFileSystem())
    const seams = { clock: realClock, random: realRandom, fileSystem: files.system }
    const { logs, snapshots } = await openFileStorage({ path, cluster: 'bench', host: 'a', ...seams })
    const known: Known[] = Array.from({ length: groups }, (_, i) => {
      return { name: `group-${i}`, slow: i % 50 === 49, last: 0, base: 0 }
    })
    await Promise.all(known.map(({ name }) => logs.create(name, identity)))
    const payload = new Uint8Array(PAYLOAD_BYTES).fill(0x61)
    const each = entryBytes(payload)
    const draw = zipf(groups)
    let appended = 0
    let needed = 0
    let largest = 0
    const append = async (log: Known): Promise<void> => {
      const entries = Array.from({ length: ENTRIES }, () => {
        return { index: ++log.last, term: 1, kind: 3 as const, time: 0, payload }
      })
      appended += ENTRIES * each
      needed += ENTRIES * each
      const write = { term: 1, vote: null, reset: null, truncateFrom: null, entries }
      await logs.write([{ group: log.name, write }])
      if (log.slow || (log.last - log.base) * each < COMPACT_BYTES) return
      needed -= (log.last - log.base - 2) * each
      log.base = log.last - 2
      await logs.compact(log.name, { index: log.base, term: 1 })
    }
    for (const log of known) await append(log)
    for (let round = 0; appended < bytes; round++) {
      await Promise.all(Array.from({ length: TOGETHER }, () => append(known[draw()]!)))
      if (round % 50 === 0) largest = Math.max(largest, (await sizeOf(path)) / needed)
    }
    // What is still to be copied: it is done when nothing has been written for a while.
    for (let before = -1; before !== files.written; ) {
      before = files.written
      await new Promise((resolve) => realClock.after(2500, () => resolve(null)))
    }
    const size = await sizeOf(path)
    await logs.close()
    await snapshots.close()
    const what = `${groups} groups, the k-th gets 1/k of the load`
    return [
      { what: `${what}: written by the groups`, value: appended / 2 ** 20, unit: 'MiB' },
      { what: '  needed at the end', value: needed / 2 ** 20, unit: 'MiB' },
      { what: '  bytes of the log at the end', value: size / 2 ** 20, unit: 'MiB' },
      { what: '  times what is needed', value: size / needed, unit: '' },
      { what: '  times what is needed, at most, under load', value: largest, unit: '' },
      { what: '  bytes written, times what the groups wrote', value: files.written / appended, unit: '' },
    ]
  })
}

async function sizeOf(path: string): Promise<number> {
  let size = 0
  for (const name of await readdir(join(path, 'log')))
    size += await stat(join(path, 'log', name)).then(
      (found) => found.size,
      () => 0,
    )
  return size
}

/** @returns numbers below `count`; k − 1 comes about as often as 1/k. The same ones each time. */
function zipf(count: number): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.min(count - 1, Math.floor(count ** (state / 2 ** 32)) - 1)
  }
}

/** Counts the bytes that are written to files of a log. */
class CountedFiles {
  written = 0
  readonly system: FileSystem

  constructor(system: FileSystem) {
    this.system = Object.assign(Object.create(system) as FileSystem, {
      open: async (...args: Parameters<FileSystem['open']>): Promise<FileHandle> => {
        const handle = await system.open(...args)
        const write = handle.write.bind(handle)
        if (args[0].endsWith('.log'))
          handle.write = (parts, position) => {
            for (const part of parts) this.written += part.byteLength
            return write(parts, position)
          }
        return handle
      },
    })
  }
}
