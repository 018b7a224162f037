/** Every bit of a few directories flipped, one at a time, and sectors of them damaged at random. */
import { SeededRandom } from '@rafted/testing'
import { count, emptyTally, type ImageTally } from '../images.ts'
import type { Share } from '../two-threads.ts'
import { basesOf } from './bases.ts'
import { bitsOf, flipOf, sectorDamage } from './damage.ts'
import { judged } from './judgement.ts'

export interface BitFlipOptions {
  /** Decides what the directories hold, and which sectors are damaged. */
  readonly seed: number
  /** Of all threads. */
  readonly images: number
}

/** Of so many images three have a flipped bit, unless there are fewer bits. */
const OF_IMAGES = 4

export async function bitFlips(
  { seed, images }: BitFlipOptions,
  { part, of, images: own }: Share,
): Promise<ImageTally> {
  const bases = await basesOf(seed)
  const all = bitsOf(bases)
  const bits = Math.min(all, Math.floor((images * (OF_IMAGES - 1)) / OF_IMAGES))
  const tally = emptyTally()
  for (let number = part; tally.images < own; number += of) {
    const damage =
      number < bits
        ? flipOf(bases, Math.floor((number * all) / bits))
        : sectorDamage(bases, new SeededRandom(seed + number))
    const fault = await judged(damage, number)
    count(tally, fault === null ? null : { ...fault, text: `image ${number}, ${fault.text}` })
  }
  return tally
}
