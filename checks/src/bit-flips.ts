/**
 * `npm run bit-flips -- --images N --seed S`: opens N damaged directories, prints what was wrong and a line of sums. Ends with 1 if
 * anything was.
 */
import { isMainThread } from 'node:worker_threads'
import { bitFlips } from './bit-flips/bit-flips.ts'
import { imageArguments } from './image-command.ts'
import { report } from './images.ts'
import { doPart, inThreads } from './two-threads.ts'

if (isMainThread) {
  const { images, seed } = imageArguments('bit-flips', 20_000)
  report(await inThreads(import.meta.url, { seed, images }, images))
} else await doPart(bitFlips)
