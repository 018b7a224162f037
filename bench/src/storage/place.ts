/** A directory of its own for files that are measured, which goes afterwards; and room for them. */
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openFileStorage } from '@rafted/storage'

export type OpenStorage = Awaited<ReturnType<typeof openFileStorage>>

/** @param bytes that `use` is going to take. @throws {Error} if the disk has less than twice as much. */
export async function inDirectory<T>(bytes: number, use: (directory: string) => Promise<T>): Promise<T> {
  const { bavail, bsize } = await statfs(tmpdir())
  if (bavail * bsize < 2 * bytes) throw new Error(`${tmpdir()} has too little room for ${bytes} bytes`)
  const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
  try {
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

export function openStorage(path: string): Promise<OpenStorage> {
  return openFileStorage({ path, cluster: 'bench', host: 'a', clock: realClock, random: realRandom })
}

export const identity = { incarnation: 'a'.repeat(32), member: 'b'.repeat(32) }

/** Megabytes that this process holds in memory more than before, at most, while `run` runs; looked at every few milliseconds. */
export async function withPeak<T>(
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly peakMiB: number }> {
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let peak = before
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  const timer = setInterval(look, 5)
  try {
    const result = await run()
    look()
    return { result, peakMiB: Math.round((peak - before) / 2 ** 20) }
  } finally {
    clearInterval(timer)
  }
}
