/** What a caller notices when the host of the leader goes: killed, so that others see its connections end (F8b), or without a word (F49g). On virtual time. */
import { expect, test } from 'vitest'
import { losses, situations } from './failover/situations.ts'

/** `failover.long.ts` takes more. */
const SEEDS = 15

test.each(situations)(
  '$name: the next command is answered within $p99Ms ms, half of them within $medianMs',
  async (situation) => {
    const { medianMs, p99Ms } = situation
    const found = await losses(situation, SEEDS)
    // So few vary more.
    expect(found.median).toBeLessThan(medianMs * 1.2)
    expect(found.most).toBeLessThan(p99Ms * 1.5)
    if (situation.loss === 'killed') expect(found.splits).toBe(0)
  },
)
