/** Shares the images of a command among two threads, each of which runs the command's own file. */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { type ImageTally, sumOf } from './images.ts'

const THREADS = 2

/** One thread's part: every `of`th of the things to be done, from number `part` on. */
export interface Share {
  readonly part: number
  readonly of: number
  /** How many images it opens. */
  readonly images: number
}

interface Given<T> {
  readonly options: T
  readonly share: Share
}

/** In the main thread. @returns what all threads have found. */
export async function inThreads<T>(command: string, options: T, images: number): Promise<ImageTally> {
  const tallies = Array.from({ length: THREADS }, async (_, part) => {
    const share = { part, of: THREADS, images: Math.floor((images + THREADS - 1 - part) / THREADS) }
    const given: Given<T> = { options, share }
    const thread = new Worker(fileURLToPath(command), {
      workerData: given,
      // Nothing lives longer than an image: what is thrown away is to be thrown away young.
      resourceLimits: { maxYoungGenerationSizeMb: 128, maxOldGenerationSizeMb: 2048 },
    })
    const [tally] = await once(thread, 'message')
    return tally as ImageTally
  })
  return sumOf(await Promise.all(tallies))
}

/** In such a thread: does its part. */
export async function doPart<T>(run: (options: T, share: Share) => Promise<ImageTally>): Promise<void> {
  // Most errors here are a file that is not there, and nobody reads where.
  Error.stackTraceLimit = 0
  const { options, share } = workerData as Given<T>
  parentPort!.postMessage(await run(options, share))
}
