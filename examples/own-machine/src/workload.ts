/** What many people do to few seats: they hold, and book or come too late. */
import { SeededRandom, type SimulatedUser, type Workload } from '@rafted/testing'
import type { seats } from './seats.ts'

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

type User = SimulatedUser<typeof seats>

/** The users of a simulated group. Whoever was told that a seat is booked must find it so at the end, whatever has happened. */
export class SeatsWorkload implements Workload<typeof seats> {
  /** By seat: who was told that they have booked it. */
  readonly #booked = new Map<string, Set<string>>()

  async act({ random, value, pause, call }: User): Promise<void> {
    const pick = (from: readonly string[]): string => from[Math.floor(random.number() * from.length)]!
    await pause(random.number() * 800)
    const [seat, who] = [`${pick(SEATS)}${Math.floor(random.number() * 10)}`, pick(PEOPLE)]
    const held = await call({ hold: seat, who }, () => value.hold(seat, who, 500 + random.number() * 5000))
    if (held.outcome !== 'done') return
    await pause(random.number() * 4000)
    const booked = await call({ book: seat, who }, () => value.book(seat, who))
    if (booked.outcome === 'done') this.#booked.set(seat, (this.#booked.get(seat) ?? new Set()).add(who))
  }

  async audit({ value, call }: User): Promise<string[]> {
    const problems: string[] = []
    for (const [seat, people] of this.#booked) {
      const holder = await call({ holder: seat }, () => value.holder(seat))
      const found = holder.outcome === 'done' ? holder.value : holder.code
      if (people.size !== 1 || found === null || !people.has(found))
        problems.push(`${seat} was booked by ${[...people].join(' and ')}, and is ${found}'s`)
    }
    return problems
  }
}
