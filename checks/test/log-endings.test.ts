/** A process that ends at every operation of the log on files, a flush that fails, a disk that gets full: all that was acknowledged is found. */
import type { GroupIdentity, LogEntry, LogStore, LogWrite } from '@rafted/contracts'
import { openFileStorage, type Storage } from '@rafted/storage'
import {
  type FileOperation,
  LogWitness,
  loseAll,
  SimulatedFileSystem,
  type SimulatedProcess,
} from '@rafted/testing'
import { describe, expect, test } from 'vitest'
import { HurriedClock } from '../src/hurried-clock.ts'
import { onOneBoot, owner } from '../src/places.ts'
import { seededBytes } from './file-storage-places.ts'

/** So small that a few writes fill one. */
const SEGMENT_BYTES = 1500

/** Something else can happen before a write or a flush is done. */
const delays = {
  sync: { minMs: 1, maxMs: 2 },
  write: { minMs: 0.1, maxMs: 0.2 },
  other: { minMs: 0, maxMs: 0 },
}

function open(disk: SimulatedFileSystem, clock: HurriedClock, seed: number): Promise<Storage> {
  return openIn(disk.mount(), clock, seed)
}

async function openIn(process: SimulatedProcess, clock: HurriedClock, seed: number): Promise<Storage> {
  const { files: fileSystem } = process
  const machine = onOneBoot(process.machine)
  const random = seededBytes(seed)
  return await openFileStorage({ ...owner, clock, random, fileSystem, machine, segmentBytes: SEGMENT_BYTES })
}

function identityOf(digit: number): GroupIdentity {
  return { incarnation: String(digit).repeat(32), member: String(digit + 1).repeat(32) }
}

function entries(from: number, to: number, term: number, bytes = 60, kind: LogEntry['kind'] = 3): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const index = from + i
    const payload = Uint8Array.from({ length: bytes }, (_, at) => (index * 31 + term * 7 + at) % 251)
    return { index, term, kind, time: index * 10, payload }
  })
}

function pause(clock: HurriedClock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}

/** Writes one group. */
function writer(store: LogStore, group: string): (change: Partial<LogWrite>) => Promise<void> {
  let term = 1
  let vote: string | null = null
  return (change) => {
    term = change.term ?? term
    if (change.vote !== undefined) vote = change.vote
    const write = { reset: null, truncateFrom: null, entries: [], ...change, term, vote }
    return store.write([{ group, write }])
  }
}

/** Every kind of change, of groups that are busy, idle and removed, over many segments. */
async function work(store: LogStore, clock: HurriedClock): Promise<void> {
  await store.create('busy', identityOf(1))
  await store.create('idle', identityOf(3))
  const [busy, idle, brief] = [writer(store, 'busy'), writer(store, 'idle'), writer(store, 'brief')]
  await idle({ vote: 'a', entries: entries(1, 2, 1, 20, 1) })
  // An entry of an older term stands where one of a newer term has been.
  await idle({ term: 2, vote: null, entries: entries(3, 3, 2, 20) })
  await idle({ term: 3, truncateFrom: 3, entries: entries(3, 3, 1, 20) })
  await busy({ vote: 'b', entries: entries(1, 4, 1) })
  await busy({ term: 2, vote: null, truncateFrom: 3, entries: entries(3, 9, 2) })
  // Several at once: they go into one batch, or into two.
  await Promise.all([
    busy({ entries: entries(10, 12, 2) }),
    idle({ entries: entries(4, 4, 3) }),
    store.create('brief', identityOf(5)),
    busy({ term: 3, truncateFrom: 12, entries: entries(12, 14, 3, 300) }),
  ])
  await pause(clock, 1500)
  await brief({ term: 4, reset: snapshotAt(30, 4), entries: entries(31, 33, 4) })
  // No term or vote changes with it.
  await busy({ truncateFrom: 14 })
  await busy({ entries: entries(14, 15, 3, 20_000) })
  await store.compact('busy', { index: 11, term: 2 })
  await busy({ entries: entries(16, 20, 3, 200) })
  await store.markRemoved('brief', 33)
  for (let at = 21; at < 45; at += 3) await busy({ entries: entries(at, at + 2, 3, 150) })
  await store.compact('busy', { index: 40, term: 3 })
  await store.remove('brief')
  await busy({ term: 5, vote: 'c', truncateFrom: 43, entries: entries(43, 44, 5) })
  await store.create('brief', identityOf(7))
  await busy({ term: 6, reset: snapshotAt(60, 6) })
  await Promise.all([busy({ entries: entries(61, 63, 6) }), store.compact('idle', { index: 1, term: 1 })])
  await pause(clock, 1500)
}

function snapshotAt(index: number, term: number): NonNullable<LogWrite['reset']> {
  const configuration = { index: 1, configuration: { voters: [], outgoing: null, learners: [] } }
  return { index, term, time: index * 10, configuration }
}

/** What a process has left, in memory or durable. */
interface Left {
  readonly disk: SimulatedFileSystem
  readonly clock: HurriedClock
  readonly witness: LogWitness
  /** It ended because its disk had failed. */
  readonly hasFailed: boolean
}

/** Runs the work on a new disk. @param onOperation may end the process. @returns what it left. */
async function run(
  onOperation: (operation: FileOperation, disk: SimulatedFileSystem, kill: () => void) => void,
): Promise<Left> {
  const clock = new HurriedClock()
  const disk = new SimulatedFileSystem({ seed: 1, clock, delays })
  const witness = new LogWitness()
  const process = disk.mount()
  const killed = new Promise<void>((resolve) => {
    disk.onOperation = (operation) =>
      onOperation(operation, disk, () => {
        process.kill()
        resolve()
      })
  })
  const working = openIn(process, clock, 1).then(({ logs }) => work(witness.watch(logs), clock))
  // A process whose disk fails sees that, and ends.
  let hasFailed = false
  const failed = working.catch(() => {
    hasFailed = true
  })
  await Promise.race([killed, failed])
  disk.onOperation = null
  disk.failing = null
  process.kill()
  return { disk, clock, witness, hasFailed }
}

/** The names of the operations of the work, in their order. */
async function operationsOfWork(): Promise<readonly FileOperation['name'][]> {
  const names: FileOperation['name'][] = []
  const { clock } = await run(({ name }) => names.push(name))
  clock.stop()
  return names
}

/** Opens what a process has left, then cuts the power, and opens it again. @returns what is wrong. */
async function lookTwice({ disk, clock, witness }: Left): Promise<string | null> {
  try {
    const found = await witness.reopened((await open(disk, clock, 2)).logs)
    if (found !== null) return found
    disk.crash(loseAll)
    const kept = await witness.reopened((await open(disk, clock, 3)).logs)
    return kept === null ? null : `after a power cut: ${kept}`
  } catch (error) {
    return String(error)
  } finally {
    clock.stop()
  }
}

describe('the end of the process', () => {
  test('at any operation leaves what it wrote in memory, and what the next one finds there stays through a power cut (F79)', async () => {
    const operations = await operationsOfWork()
    expect(operations.length).toBeGreaterThan(150)
    const wrong: string[] = []
    for (const [i, name] of operations.entries()) {
      const left = await run(({ number }, _, kill) => {
        if (number === i + 1) kill()
      })
      const problem = await lookTwice(left)
      if (problem !== null) wrong.push(`killed at operation ${i + 1}, ${name}: ${problem}`)
    }
    expect(wrong).toEqual([])
  })

  // The kernel takes what a failed flush should have written for clean: it is read, and no later flush writes it. (One that can't write
  // a directory lets nothing be written at all any more.)
  test('by any flush that fails leaves what the next one can build on (F78)', async () => {
    const operations = await operationsOfWork()
    const wrong: string[] = []
    for (const [i, name] of operations.entries()) {
      if (name !== 'sync') continue
      const left = await run((_, disk) => {
        disk.failing = ({ number }) => (number === i + 1 ? 'EIO' : null)
      })
      const problem = await lookTwice(left)
      if (problem !== null) wrong.push(`the flush of operation ${i + 1} failed: ${problem}`)
    }
    expect(wrong).toEqual([])
  })
})

// What fits of a write stays on the disk.
test('a disk that gets full: what was acknowledged is there when there is room again (F81)', async () => {
  const wrong: string[] = []
  let fulls = 0
  for (let quotaBytes = 200; ; quotaBytes += 331) {
    // It waits for room, and is killed when it has looked for it some more times; at its start it ends by itself.
    const left = await run((_, disk, kill) => {
      disk.quotaBytes = quotaBytes
      if (disk.hits.full > 2) kill()
    })
    if (left.disk.hits.full === 0) break
    fulls++
    left.disk.quotaBytes = null
    const problem = await lookTwice(left)
    if (problem !== null) wrong.push(`room for ${quotaBytes} bytes: ${problem}`)
  }
  expect(wrong).toEqual([])
  expect(fulls).toBeGreaterThan(50)
})

// What an opening writes anew must have its name before anything is acknowledged in it.
test('what is acknowledged after an opening is there after a power cut, wherever the process before it ended (F79)', async () => {
  const found: unknown[] = []
  for (const [i] of (await operationsOfWork()).entries()) {
    const { disk, clock } = await run(({ number }, _, kill) => {
      if (number === i + 1) kill()
    })
    const { logs } = await open(disk, clock, 2)
    await logs.create('more', identityOf(1))
    await writer(logs, 'more')({ entries: entries(1, 3, 1) })
    disk.crash(loseAll)
    found.push((await (await open(disk, clock, 3)).logs.open('more'))?.last)
    clock.stop()
  }
  expect(found).toEqual(found.map(() => 3))
})
