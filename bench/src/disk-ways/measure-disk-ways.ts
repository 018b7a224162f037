/**
 * Two ways in which the log could be on the disk sooner. A thread of our own instead of the pool of Node.js: one block after another, each on the disk before the next is
 * asked for, by the pool, by a thread that messages reach, and by one that waits for a number in shared memory. And a file that is longer than what is written: its
 * length does not change with each write then, and where zeros have been written, neither does what of the disk is its own.
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { moduleHere } from '../here.ts'
import { closedLoop, type Durations } from '../measure.ts'
import { spreadOf } from '../spread.ts'
import { asText, type Figure } from '../storage/figure.ts'
import type { WriterData } from './writer-thread.ts'

const BLOCK_BYTES = 4096
const SMALL_BYTES = 128
/** Of a file that is longer than what is written. At its end it is begun anew. */
const ROOM_BYTES = 256 * 1024 * 1024
const ZEROS = new Uint8Array(1024 * 1024)

/** Node.js has it since version 16, the types for ES2023 don't. */
const { waitAsync } = Atomics as unknown as {
  waitAsync(counts: Int32Array, at: number, value: number): { readonly value: Promise<string> | string }
}

/** @returns resolves when the block is on the disk. */
type Write = () => Promise<unknown>

interface Way {
  /** What is on the disk, and how. */
  readonly name: string
  begin(file: FileHandle): Promise<{ readonly write: Write; end(): Promise<unknown> }>
}

const ways: readonly Way[] = [
  byPool('4 KiB on the disk by the pool of Node.js', BLOCK_BYTES),
  {
    name: '4 KiB on the disk by a thread, told by messages',
    async begin({ fd }) {
      const worker = await threadOf(fd, null)
      let written = 0
      let done = (): void => {}
      worker.on('message', () => done())
      const write = () =>
        new Promise<void>((resolve) => {
          done = resolve
          worker.postMessage(written++)
        })
      return { write, end: () => worker.terminate() }
    },
  },
  {
    name: '4 KiB on the disk by a thread, told by a number in shared memory',
    async begin({ fd }) {
      const counts = new Int32Array(new SharedArrayBuffer(8))
      const worker = await threadOf(fd, counts)
      const write = async (): Promise<void> => {
        const before = Atomics.load(counts, 1)
        Atomics.add(counts, 0, 1)
        Atomics.notify(counts, 0)
        await waitAsync(counts, 1, before).value
      }
      return { write, end: () => worker.terminate() }
    },
  },
  byPool('4 KiB on the disk before the end of the file', BLOCK_BYTES, (file) => file.truncate(ROOM_BYTES)),
  byPool('4 KiB on the disk over zeros', BLOCK_BYTES, overZeros),
  byPool('128 bytes on the disk behind the end of the file', SMALL_BYTES),
  byPool('128 bytes on the disk before it', SMALL_BYTES, (file) => file.truncate(ROOM_BYTES)),
  byPool('128 bytes on the disk over zeros', SMALL_BYTES, overZeros),
]

/** @param prepare makes room before anything is measured. */
function byPool(name: string, bytes: number, prepare?: (file: FileHandle) => Promise<unknown>): Way {
  return {
    name,
    async begin(file) {
      await prepare?.(file)
      const block = new Uint8Array(bytes)
      let written = 0
      const blocks = prepare === undefined ? Number.POSITIVE_INFINITY : ROOM_BYTES / bytes
      return { write: () => file.writev([block], (written++ % blocks) * bytes), end: async () => {} }
    },
  }
}

async function overZeros(file: FileHandle): Promise<void> {
  for (let at = 0; at < ROOM_BYTES; at += ZEROS.byteLength) await file.writev([ZEROS], at)
}

async function threadOf(fd: number, counts: Int32Array | null): Promise<Worker> {
  const workerData: WriterData = { fd, block: new Uint8Array(BLOCK_BYTES), counts }
  const worker = new Worker(moduleHere('disk-ways/writer-thread'), { workerData })
  await new Promise((resolve) => worker.once('online', resolve))
  return worker
}

/** Each way in turn, round after round: the disk changes within minutes. */
export async function measureDiskWays(rounds: number, durations: Durations): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
  const medians = new Map<string, number[]>()
  try {
    for (let round = 0; round < rounds; round++)
      for (const { name, begin } of ways) {
        const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_DSYNC
        const file = await open(join(directory, 'blocks'), flags)
        const { write, end } = await begin(file)
        const { p50_us } = await closedLoop(write, 1, durations)
        await end()
        await file.close()
        medians.set(name, [...(medians.get(name) ?? []), p50_us])
      }
  } finally {
    await rm(directory, { recursive: true })
  }
  const figures = [...medians].flatMap(([name, all]): Figure[] => {
    const { median, least, most } = spreadOf(all)
    return [
      { what: `${name}: median`, value: median, unit: 'µs' },
      { what: '  of the rounds, the least', value: least, unit: 'µs' },
      { what: '  the most', value: most, unit: 'µs' },
    ]
  })
  for (const figure of figures) console.log(asText(figure))
  return figures
}
