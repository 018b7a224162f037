/**
 * `npm run crash-points -- --images N --seed S`: opens N images that crashes leave, prints what was wrong and a line of sums. Ends with 1 if
 * anything was.
 */
import { isMainThread } from 'node:worker_threads'
import { crashPoints } from './crash-points/crash-points.ts'
import { imageArguments } from './image-command.ts'
import { report } from './images.ts'
import { doPart, inThreads } from './two-threads.ts'

if (isMainThread) {
  const { images, seed } = imageArguments('crash-points', 20_000)
  report(await inThreads(import.meta.url, { seed }, images))
} else await doPart(crashPoints)
