/** A crash of the machine at each operation of a directory and its snapshots: all that was acknowledged is there (F71, F76, F79, F80). */
import { crc32 } from 'node:zlib'
import type { Clock, FileSystem, SnapshotMeta, SnapshotStore } from '@rafted/contracts'
import { type Machine, type OpenDirectory, openDirectory, openFileSnapshotStore } from '@rafted/storage'
import { type CrashChoices, keepAll, loseAll, SimulatedFileSystem } from '@rafted/testing'
import { expect, test } from 'vitest'

/** A run of a machine: its boot, its sockets, and a clock on which every pause is over at once. */
function boot(number: number): { machine: Machine; clock: Clock } {
  const listening = new Set<string>()
  let now = 0
  return {
    machine: {
      processId: 1,
      hostName: 'simulated',
      bootId: async () => `boot ${number}`,
      listen: async (_, name) => {
        listening.add(name)
        return { close: async () => void listening.delete(name) }
      },
      probe: async (_, name) => (listening.has(name) ? 'accepted' : 'missing'),
    },
    clock: {
      now: () => now,
      wall: () => now,
      soon: setImmediate,
      after: (ms, run) => {
        const timer = setImmediate(() => {
          now += ms
          run()
        })
        return () => clearImmediate(timer)
      },
    },
  }
}

function seeded(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const contentAt = (index: number): Uint8Array => new Uint8Array(100_000).fill(index)

function metaAt(index: number): SnapshotMeta {
  const content = contentAt(index)
  const voter = {
    id: 'a',
    host: 'a',
    address: 'a',
    durable: true,
    wire: [1, 1] as const,
    machine: [1, 1] as const,
  }
  return {
    incarnation: '1'.repeat(32),
    index,
    term: 1,
    time: 0,
    configuration: { index: 1, configuration: { voters: [voter], outgoing: null, learners: [] } },
    format: 1,
    machineVersion: 1,
    size: content.byteLength,
    checksum: crc32(content),
  }
}

/** What is known to the one who uses it. */
interface Known {
  id: string | null
  /** Indexes that were saved, newest first; none after a removal. */
  saved: readonly number[]
  /** What they become if the call under way has happened. */
  next: readonly number[] | null
}

async function save(store: SnapshotStore, known: Known, index: number): Promise<void> {
  async function* chunks() {
    yield contentAt(index)
  }
  known.next = [index, ...known.saved].slice(0, 2)
  await store.save('g', chunks(), () => metaAt(index))
  known.saved = known.next
}

async function open(
  files: FileSystem,
  number: number,
): Promise<{ directory: OpenDirectory; store: SnapshotStore }> {
  const draw = seeded(number)
  const random = {
    number: draw,
    bytes: (count: number) => Uint8Array.from({ length: count }, () => draw() * 256),
  }
  const names = { path: '/disk/data', cluster: 'shop', host: 'a' }
  const directory = await openDirectory({ ...names, fileSystem: files, random, ...boot(number) })
  return { directory, store: await openFileSnapshotStore({ directory, fileSystem: files }) }
}

async function use(files: FileSystem, known: Known): Promise<void> {
  const { directory, store } = await open(files, 1)
  known.id = directory.id
  for (const index of [1, 2, 3]) await save(store, known, index)
  known.next = []
  await store.remove('g')
  known.saved = []
  for (const index of [1, 5]) await save(store, known, index)
  await store.close()
  await directory.close()
}

/** @returns whether there was such an operation. */
async function crashAt(operation: number, name: string, choices: CrashChoices | undefined): Promise<boolean> {
  const where = `operation ${operation}, ${name}`
  const disk = new SimulatedFileSystem({ seed: operation, directories: ['/disk'] })
  const known: Known = { id: null, saved: [], next: null }
  const crashed = new Promise<true>((resolve) => {
    disk.onOperation = ({ number }) => {
      if (number !== operation) return
      disk.crash(choices)
      resolve(true)
    }
  })
  const happened = await Promise.race([crashed, use(disk.mount().files, known).then(() => false)])
  if (!happened) return false
  disk.onOperation = null
  const { directory, store } = await open(disk.mount().files, 2)
  if (known.id !== null) expect(directory.id, where).toBe(known.id)
  const found = (await store.list('g')).map(({ index }) => index)
  const allowed = [known.saved, known.next ?? []]
  // Removals get to the disk in any order.
  if (known.next?.length === 0) allowed.push(known.saved.slice(0, 1), known.saved.slice(1))
  expect(allowed, where).toContainEqual(found)
  const latest = await store.latest('g')
  if (latest !== null) {
    const parts: Uint8Array[] = []
    for await (const chunk of latest.chunks) parts.push(chunk)
    expect(Buffer.concat(parts).equals(contentAt(found[0]!)), where).toBe(true)
  }
  // It goes on as if nothing had been.
  await save(store, { id: null, saved: found, next: null }, 100)
  expect(
    (await store.list('g')).map(({ index }) => index),
    where,
  ).toEqual([100, ...found].slice(0, 2))
  await store.close()
  await directory.close()
  return true
}

const kinds: readonly (readonly [string, CrashChoices | undefined])[] = [
  ['what was not synced is lost', loseAll],
  ['what was not synced is kept', keepAll],
  ['by chance', undefined],
]

for (const [name, choices] of kinds)
  test(`a crash at each operation: ${name}`, async () => {
    let operation = 1
    while (await crashAt(operation, name, choices)) operation++
    expect(operation).toBeGreaterThan(100)
  })
