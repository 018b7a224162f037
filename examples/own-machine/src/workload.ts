/** What many people do to few seats: they hold, and book or come too late. */
import { SeededRandom } from '@rafted/testing'

const SEATS = ['A1', 'A2', 'B1', 'B2', 'C1']
const PEOPLE = ['ann', 'bob', 'cleo']

/** @returns as many commands as `count` says; which ones follows from the seed. */
export function commandsOf(seed: number, count: number): unknown[] {
  const random = new SeededRandom(seed)
  return Array.from({ length: count }, () => {
    const seat = random.pick(SEATS)
    const who = random.pick(PEOPLE)
    return random.chance(0.7) ? ['hold', seat, who, 500 + random.below(5000)] : ['book', seat, who]
  })
}
