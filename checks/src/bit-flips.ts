/**
 * `npm run bit-flips -- --images N --seed S`: opens N damaged directories, prints what was wrong and a line of sums. Ends with 1 if
 * anything was. With `--only I` it opens that one of them alone, which a problem names.
 */
import { isMainThread } from 'node:worker_threads'
import { bitFlips } from './bit-flips/bit-flips.ts'
import { imageArguments } from './image-command.ts'
import { report } from './images.ts'
import { doPart, inThreads } from './two-threads.ts'

if (isMainThread) {
  const { images, seed, only } = imageArguments('bit-flips', 20_000, true)
  report(
    only === null
      ? await inThreads(import.meta.url, { seed, images }, images)
      : await bitFlips({ seed, images }, { part: only, of: 1, images: 1 }),
  )
} else await doPart(bitFlips)
