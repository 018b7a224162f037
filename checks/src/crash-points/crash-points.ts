/** Crashes at every point of runs, run after run, until so many images have been opened. */
import { count, emptyTally, type ImageTally } from '../images.ts'
import type { Share } from '../two-threads.ts'
import { recordedRun } from './recorded-run.ts'
import { recovered } from './recovery.ts'

export interface CrashPointOptions {
  /** Of the first run; those that follow have the next ones. */
  readonly seed: number
}

export async function crashPoints(
  { seed }: CrashPointOptions,
  { part, of, images }: Share,
): Promise<ImageTally> {
  const tally = emptyTally()
  for (let run = part; tally.images < images; run += of) {
    const crashes = await recordedRun(seed + run, { most: images - tally.images })
    for (const [number, crash] of crashes.entries()) {
      if (tally.images === images) break
      count(tally, await recovered(crash, number))
    }
  }
  return tally
}
