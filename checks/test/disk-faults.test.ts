/**
 * What the storage of a host does when its disk fails: it stops, says where and what to do, acknowledges nothing any more, gives no wrong
 * value; and starts again where nothing was lost.
 */

import { crc32 } from 'node:zlib'
import type { LogEntry, LogStore, RaftedEvent, SnapshotMeta } from '@rafted/contracts'
import { RaftedError } from '@rafted/contracts'
import { openFileStorage, type Storage } from '@rafted/storage'
import {
  type FileOperation,
  LogWitness,
  loseAll,
  type Rot,
  SeededRandom,
  SimulatedFileSystem,
  SnapshotWitness,
} from '@rafted/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HurriedClock } from '../src/hurried-clock.ts'

/** So small that a few writes fill one. */
const SEGMENT_BYTES = 1500

/** A batch without records: its head alone. */
const MARK_BYTES = 64

let unhandled: unknown[] = []
const note = (reason: unknown): void => {
  unhandled.push(reason)
}

beforeEach(() => {
  unhandled = []
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  await settled()
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

/** All that follows in memory from what was begun has happened, and what was rejected unheard has been told. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** One disk, and the lives of a storage on it. */
class Bench {
  readonly clock = new HurriedClock()
  readonly disk: SimulatedFileSystem
  readonly logWitness = new LogWitness()
  readonly snapshotWitness = new SnapshotWitness()
  readonly events: RaftedEvent[] = []
  #lives = 0
  #kill = (): void => {}

  /** @param partialSyncs whether a sync that fails may have written a part. */
  constructor(seed = 1, partialSyncs = true) {
    this.disk = new SimulatedFileSystem({ seed, clock: this.clock, partialSyncs })
  }

  /**
   * Opens it in a new process, the former one being dead. @param isDamaged whether it may say that it lacks something.
   * @throws what it is refused with, or what is wrong with what it holds.
   */
  async open(isDamaged = false): Promise<Storage> {
    const { files, machine, kill } = this.disk.mount()
    this.#kill = kill
    const random = new SeededRandom(++this.#lives)
    const storage = await openFileStorage({
      path: '/data',
      cluster: 'shop',
      host: 'a',
      clock: this.clock,
      random,
      fileSystem: files,
      // As if a power cut didn't end the boot: nobody waits for the silence of a former owner.
      machine: {
        processId: machine.processId,
        hostName: machine.hostName,
        bootId: async () => 'boot',
        listen: (directory, name) => machine.listen(directory, name),
        probe: (directory, name) => machine.probe(directory, name),
      },
      segmentBytes: SEGMENT_BYTES,
      observer: { event: (event) => this.events.push(event) },
    })
    for (const wrong of [
      await this.logWitness.reopened(storage.logs, isDamaged),
      await this.snapshotWitness.reopened(storage.snapshots),
    ])
      if (wrong !== null) throw new Error(`wrong: ${wrong}`)
    return {
      logs: this.logWitness.watch(storage.logs),
      snapshots: this.snapshotWitness.watch(storage.snapshots),
    }
  }

  /** Waits in the time of the bench: that hurries, and any other wait is a long one in it. */
  passed(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve))
  }

  /** All processes die; with `power`, what is not durable is lost. */
  end(power: boolean): void {
    if (power) this.disk.crash(loseAll)
    else this.#kill()
  }
}

function entry(index: number, bytes = 100): LogEntry {
  return { index, term: 1, kind: 3, time: index, payload: new Uint8Array(bytes).fill(index % 251) }
}

const identity = { incarnation: '1'.repeat(32), member: '2'.repeat(32) }

const voter = {
  id: identity.member,
  host: 'a',
  address: 'a:7000',
  durable: true,
  wire: [1, 1] as const,
  machine: [1, 1] as const,
}

async function append(logs: LogStore, index: number, bytes = 100): Promise<void> {
  const entries = [entry(index, bytes)]
  await logs.write([{ group: 'g', write: { term: 1, vote: 'x', reset: null, truncateFrom: null, entries } }])
}

function save({ snapshots }: Storage, index: number): Promise<SnapshotMeta> {
  const content = new Uint8Array(700).fill(index)
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield content
  }
  return snapshots.save('g', chunks(), () => ({
    incarnation: identity.incarnation,
    index,
    term: 1,
    time: index,
    configuration: { index: 1, configuration: { voters: [voter], outgoing: null, learners: [] } },
    machineVersion: 1,
    format: 1,
    size: content.length,
    checksum: crc32(content),
  }))
}

/** Appends, snapshots and compactions over several segments, to their end or to the first that fails. */
async function work(storage: Storage, from: number, to: number): Promise<void> {
  const { logs } = storage
  if (!(await logs.groups()).includes('g')) await logs.create('g', identity)
  for (let index = from; index <= to; index++) {
    await append(logs, index)
    if (index % 8 !== 0) continue
    await save(storage, index)
    await logs.compact('g', { index: index - 4, term: 1 })
  }
}

/** Where the log of the bench ends. */
function lastOf({ logWitness }: Bench): number {
  const log = logWitness.seen('g')
  return log === undefined ? 0 : log.base.index + log.entries.length
}

function checkPrecise(error: unknown): void {
  // What a witness hears when it reads what was opened.
  if (/^Error: wrong: .*RaftedError: .*\/data.* at byte \d+.*([Ll]ook at|Bring|Take)/.test(String(error)))
    return
  expect(error).toBeInstanceOf(RaftedError)
  const { code, details, message } = error as RaftedError
  expect(['storage-failed', 'damaged-storage'], String(error)).toContain(code)
  expect(JSON.stringify(details), String(error)).toMatch(/"(file|path|directory)":"\/data/)
  expect(message).toMatch(/\/data/)
  expect(message).toMatch(/[Ll]ook at|[Mm]ake room|Bring the file|Put the file|[Tt]ake/)
}

/** Two lives of a storage, the second one on what the first has left in memory. */
async function twoLives(bench: Bench, opened: (storage: Storage | null) => void): Promise<void> {
  for (const to of [14, 26]) {
    opened(null)
    const storage = await bench.open()
    opened(storage)
    await work(storage, lastOf(bench) + 1, to)
    bench.end(false)
  }
}

/** The operations of a whole run, from an empty disk. */
async function operationsOfWork(): Promise<readonly FileOperation[]> {
  const bench = new Bench()
  const operations: FileOperation[] = []
  bench.disk.onOperation = (operation) => operations.push({ ...operation })
  await twoLives(bench, () => {})
  bench.clock.stop()
  return operations
}

/**
 * Whether a fault of this operation is none of what is tried here: a beat of the lock is tried again; and of a disk that can't write the entry of
 * the host's directory itself, in the one above, nothing can be asked for.
 */
function isSpared({ path, name }: FileOperation): boolean {
  return path.includes('/lock-') || (name === 'syncDirectory' && path === '/')
}

const failing = ['write', 'sync', 'rename', 'syncDirectory', 'read', 'open', 'remove'] as const

describe('one operation that fails with EIO', () => {
  for (const name of failing)
    test(`${name}: at each of them the storage goes on or stops precisely, and a new start has all that was acknowledged (F78, F80)`, async () => {
      const operations = await operationsOfWork()
      const numbers = operations
        .filter((operation) => operation.name === name && !isSpared(operation))
        .map(({ number }) => number)
      expect(numbers.length).toBeGreaterThan(1)
      const wrong: string[] = []
      for (const number of numbers)
        for (const power of [false, true]) {
          const bench = new Bench(number, power)
          const { disk } = bench
          disk.failing = (operation) => (operation.number === number ? 'EIO' : null)
          const where = `${name} ${operations[number - 1]!.path} (operation ${number}), ${power ? 'power cut' : 'process ended'}`
          try {
            await untilFailure(bench)
            expect(disk.hits.failed).toBe(1)
            await startAnew(bench, power)
            // And once more: what the start built on is durable.
            await startAnew(bench, true)
          } catch (error) {
            wrong.push(`${where}: ${error instanceof Error ? error.message : String(error)}`)
          } finally {
            bench.clock.stop()
          }
        }
      expect(wrong).toEqual([])
    }, 60_000)
})

/** Works until the storage fails, if it does. Checks what it says, and that it acknowledges nothing any more. */
async function untilFailure(bench: Bench): Promise<void> {
  let storage = null as Storage | null
  try {
    await twoLives(bench, (opened) => {
      storage = opened
    })
    return
  } catch (error) {
    checkPrecise(error)
  }
  await bench.passed(10)
  if (storage === null) return
  // A snapshot that could not be written may be tried again; a log that could not, or anything that was not flushed, is the end.
  const failed = bench.events.filter(({ kind }) => kind === 'storage-failed')
  if (failed.length === 0) return
  expect(failed).toHaveLength(1)
  checkPrecise((failed[0] as { error: unknown }).error)
  const refused = [
    append(storage.logs, lastOf(bench) + 1),
    storage.logs.create('h', identity),
    save(storage, 1000),
    storage.snapshots.remove('g'),
  ]
  for (const call of refused) {
    const error = await call.then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error, 'acknowledged after the failure').toMatchObject({ code: 'storage-failed' })
  }
}

/** The fault is gone: what was acknowledged is there, and can be built on. */
async function startAnew(bench: Bench, power: boolean): Promise<void> {
  const { disk } = bench
  disk.failing = null
  disk.quotaBytes = null
  bench.end(power)
  const storage = await bench.open()
  const last = lastOf(bench)
  await work(storage, last + 1, last + 6)
}

describe('a full disk', () => {
  test('at each byte of a write: it waits, acknowledges nothing, and goes on by itself when there is room (F81)', async () => {
    const wrong: string[] = []
    for (let more = 0; more < 260; more++) {
      const bench = new Bench()
      const { disk } = bench
      try {
        const storage = await bench.open()
        await work(storage, 1, 3)
        disk.quotaBytes = 1e9
        disk.quotaBytes -= disk.free()! - more
        const acknowledged = appendUntilFull(bench, storage.logs, 4)
        await waitsForRoom(bench)
        expect(storage.logs.room()).toBe('full')
        const before = lastOf(bench)
        disk.quotaBytes = null
        await acknowledged
        expect(lastOf(bench)).toBe(before)
        await work(storage, before + 1, before + 6)
        expect(bench.events.map(({ kind }) => kind)).toEqual(['disk-full', 'disk-full'])
        await startAnew(bench, true)
      } catch (error) {
        wrong.push(`room for ${more} bytes: ${error instanceof Error ? error.message : String(error)}`)
      } finally {
        bench.clock.stop()
      }
    }
    expect(wrong).toEqual([])
  }, 60_000)

  test('at each byte of a write: whoever ends while it waits leaves a partial batch, which is cut off (F81)', async () => {
    const wrong: string[] = []
    let repaired = 0
    for (let more = 0; more < 260; more++) {
      const bench = new Bench()
      const { disk } = bench
      const storage = await bench.open()
      await work(storage, 1, 3)
      disk.quotaBytes = 1e9
      disk.quotaBytes -= disk.free()! - more
      try {
        void appendUntilFull(bench, storage.logs, 4)
        await waitsForRoom(bench)
        await startAnew(bench, more % 2 === 0)
        repaired += bench.events.filter(({ kind }) => kind === 'log-repaired').length
      } catch (error) {
        wrong.push(`room for ${more} bytes: ${error instanceof Error ? error.message : String(error)}`)
      } finally {
        bench.clock.stop()
      }
    }
    expect(wrong).toEqual([])
    expect(repaired).toBeGreaterThan(100)
  }, 60_000)
})

/** Resolves when the write that found no room has been acknowledged. */
async function appendUntilFull({ disk }: Bench, logs: LogStore, from: number): Promise<void> {
  for (let index = from; disk.hits.full === 0; index++) await append(logs, index)
}

/** A write has been tried more than once. */
async function waitsForRoom(bench: Bench): Promise<void> {
  while (bench.disk.hits.full < 2) await bench.passed(100)
}

test('a snapshot whose name was not flushed, and that the next process finds, is there for good (F78)', async () => {
  const bench = new Bench(1, false)
  const { disk } = bench
  await save(await bench.open(), 5)
  bench.end(false)
  const storage = await bench.open()
  // Nor can it be taken back.
  disk.failing = ({ name, path }) =>
    (name === 'syncDirectory' && path === '/data/snapshots') || (name === 'remove' && path.endsWith('.snap'))
      ? 'EIO'
      : null
  await expect(save(storage, 9)).rejects.toMatchObject({ code: 'storage-failed' })
  disk.failing = null
  bench.end(false)
  const found = await (await bench.open()).snapshots.list('g')
  expect(found.map(({ index }) => index)).toEqual([9, 5])
  bench.end(true)
  expect(await (await bench.open()).snapshots.list('g')).toEqual(found)
  bench.clock.stop()
})

describe('something durable that rots', () => {
  const seeds = Array.from({ length: 160 }, (_, i) => i + 1)

  test('is told by file and offset: it is refused, or put back, or said to be lost, or of no consequence; no wrong value is ever given (F74, F75)', async () => {
    const found = { refused: 0, unreadable: 0, restored: 0, lost: 0, harmless: 0, doubtful: 0 }
    const wrong: string[] = []
    for (const seed of seeds) {
      const bench = new Bench(seed)
      try {
        const storage = await bench.open()
        await work(storage, 1, 30)
        // With the last mark nothing of the log is in doubt: what is wrong from here on is damage.
        await Promise.all([storage.logs.close(), storage.snapshots.close()])
        const lastMark = await lastMarkOf(bench.disk)
        const rot = bench.disk.rot({ path: /^\/data\//, random: new SeededRandom(seed) })
        if (rot === null) continue
        const what = await afterRot(bench, rot, lastMark)
        if (what in found) found[what as keyof typeof found]++
        else wrong.push(`seed ${seed}, ${rot.kind} at ${rot.position}+${rot.bytes} of ${rot.path}: ${what}`)
      } finally {
        bench.clock.stop()
      }
    }
    expect(wrong).toEqual([])
    for (const [what, least] of [
      ['refused', 20],
      ['unreadable', 5],
      ['restored', 5],
      ['lost', 5],
    ] as const)
      expect(found[what], what).toBeGreaterThan(least)
  }, 60_000)
})

interface Place {
  readonly path: string
  readonly position: number
}

/** Where the last mark of the log stands. */
async function lastMarkOf(disk: SimulatedFileSystem): Promise<Place> {
  const { files, kill } = disk.mount()
  const path = `/data/log/${(await files.list('/data/log')).toSorted().at(-1)}`
  const file = await files.open(path, 'read')
  const position = (await file.size()) - MARK_BYTES
  kill()
  return { path, position }
}

/** @returns `refused`, `unreadable` (a snapshot, when it is read), `restored`, `lost`, `harmless`, `doubtful`, or what is wrong. */
async function afterRot(bench: Bench, rot: Rot, lastMark: Place): Promise<string> {
  const { path, position, bytes } = rot
  try {
    const storage = await bench.open(true)
    const { damaged, lostTo } = (await storage.logs.open('g'))!
    const isTold = checkTold(bench, rot)
    if (damaged.length > 0 || lostTo !== null) expect(isTold).toBe(true)
    for (const { from, to } of damaged)
      for (let index = from; index <= to; index++) await storage.logs.restore('g', [entry(index)])
    // What was put back is durable, and what is lost is not forgotten.
    bench.end(true)
    await bench.open()
    return lostTo !== null ? 'lost' : damaged.length > 0 ? 'restored' : 'harmless'
  } catch (error) {
    if (!(error instanceof RaftedError)) {
      if (path.endsWith('.snap') && /can't be read: .*damaged/.test(String(error))) return 'unreadable'
      // Without its last mark the last batch looks as if a crash had torn it: one sector that holds both is one too few.
      return path === lastMark.path && position + bytes > lastMark.position ? 'doubtful' : String(error)
    }
    const { code, details } = error
    if (code !== 'damaged-storage') return String(error)
    if (details.file !== path) return `blamed is ${String(details.file)}: ${error.message}`
    return Number(details.offset) < position + bytes ? 'refused' : `blamed is byte ${String(details.offset)}`
  }
}

/** @returns whether damage of the log was told, in which case it was that. */
function checkTold({ events }: Bench, { path, position, bytes }: Rot): boolean {
  const told = events.filter((event) => event.kind === 'log-file-damaged')
  for (const { file, offset } of told) {
    expect(file).toBe(path)
    expect(offset).toBeLessThan(position + bytes)
  }
  return told.length > 0
}

describe('a flush that takes ten seconds', () => {
  test('is waited for: nothing is acknowledged before, nothing is lost, and nobody takes the directory', async () => {
    const bench = new Bench()
    const storage = await bench.open()
    await work(storage, 1, 3)
    let stalls = 1
    bench.disk.stalling = ({ name, path }) =>
      name === 'sync' && path.endsWith('.log') && stalls-- > 0 ? 10_000 : 0
    const begin = bench.clock.now()
    await append(storage.logs, 4)
    expect(bench.clock.now() - begin).toBeGreaterThanOrEqual(10_000)
    expect(bench.disk.hits.stalled).toBe(1)
    await append(storage.logs, 5)
    expect(bench.events).toEqual([])
    bench.end(true)
    await bench.open()
    expect(lastOf(bench)).toBe(5)
    bench.clock.stop()
  })
})
