/** What a caller notices when the host of the leader goes, as `failover.test.ts` sees it, of so many losses that one in a hundred shows. Prints what it finds. */
import { expect, test } from 'vitest'
import { losses, situations } from './failover/situations.ts'

const SEEDS = 300

test.each(situations)(
  '$name: of 300 losses half within $medianMs ms, 99 in a hundred within $p99Ms',
  async (situation) => {
    const found = await losses(situation, SEEDS)
    const [median, p99, most] = [found.median, found.p99, found.most].map(Math.round)
    console.info(
      `${situation.name}: median ${median} ms, 99th in a hundred ${p99}, most ${most}; votes split ${found.splits} times`,
    )
    expect(found.median).toBeLessThan(situation.medianMs)
    expect(found.p99).toBeLessThan(situation.p99Ms)
  },
)
