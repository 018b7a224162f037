/** Whole fleets in trouble, by seeds. */
import { fleetTroubles, simulateFleet } from '@rafted/testing'
import { expect, test } from 'vitest'

/** Of each run of these tests. */
const SEEDS = Number(process.env.FLEETS ?? 10)
const FROM = Number(process.env.FLEETS_FROM ?? 2)

test(`${SEEDS} fleets come to rest with what was acknowledged, wherever trouble finds them`, async () => {
  const troubles = new Set<string>()
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const { violations, acknowledged, troubles: counts } = await simulateFleet({ seed })
    expect(violations, `seed ${seed}`).toEqual([])
    expect(acknowledged, `seed ${seed}`).toBeGreaterThan(0)
    for (const [kind] of counts) troubles.add(kind)
  }
  if (SEEDS >= 10) expect([...troubles].toSorted()).toEqual(fleetTroubles.toSorted())
}, 3_600_000)

test.each([
  [
    1045,
    'a host took what its registry still said of its former process for another one, and took part no more',
  ],
  [5149, 'a group was added just as the disk of its only host was lost, and nobody ever began it'],
  [5274, 'the same (F106b)'],
  [
    6071,
    'of two members that were left one had just lost its disk, and the other waited for it for ever (F95b)',
  ],
  [6310, 'the same, in a group that had just been woken (F95b)'],
  [
    20_534,
    'a group fell quiet while its leader waited to hear who would vote: nobody was heard for minutes (F95c)',
  ],
  [40_902, 'a host was still being emptied when all trouble was taken to be over'],
  [
    10_136,
    'a member whose addition was lost waited for its group to write as much as was lost with it (F35b)',
  ],
  [
    51_747,
    'the move of a group with one member was given up just as it was carried out, and nobody found the group any more (F109b)',
  ],
  [
    52_194,
    'a host was told that it holds nothing, and then made the only member of a group, by a change that was under way (F109b)',
  ],
  [52_463, 'a group was removed by a call that had not been answered, after it had been found to be there'],
  [
    70_231,
    'a host read that it takes part no more before it was answered, and took part again by itself (F101d)',
  ],
  [
    151_341,
    'a host that had lost its disk learned while the member that it had before still voted, and was to vote beside it (F101e)',
  ],
  [153_433, 'the same, in the control group (F101e)'],
  [
    150_861,
    'a host that had lost its disk got entries from a leader whose addition of it was lost, and was never let in again (F101f)',
  ],
  [
    152_621,
    'a host led a group without knowing it: it was elected and asked for something in one turn (F7c)',
  ],
  [
    195_325,
    'a group was restored on a host that had ended its part, and was told that it holds nothing only then (F109c)',
  ],
  [54_191, 'a host was activated by a call that had not been answered in time'],
])(
  '%s: %s',
  async (seed) => {
    expect((await simulateFleet({ seed })).violations).toEqual([])
  },
  60_000,
)

test('a seed gives the same run again', async () => {
  const options = { seed: 3, groups: 4, troubledMs: 30_000 }
  const lines: string[] = []
  const first = await simulateFleet(options)
  expect(await simulateFleet({ ...options, print: (line) => lines.push(line) })).toEqual(first)
  expect(lines.length).toBeGreaterThan(100)
}, 60_000)
