/** Seats of a theatre: somebody holds one for a while, and books it before the time is over, or it is free again. */
import { type ApplyContext, CommandError, defineValue } from 'rafted'

interface Held {
  readonly by: string
  /** When the hold ends, milliseconds; null of a seat that is booked. */
  readonly until: number | null
}

/** By seat, those that are not free. */
type Seats = ReadonlyMap<string, Held>

/** What time it is when a command is applied: the one thing that is easily got wrong. */
export type Now = (context: ApplyContext) => number

/** The value, with the clock that its commands go by. */
function seatsBy(now: Now) {
  /** @returns the seats without those whose hold has ended. */
  const current = (seats: Seats, context: ApplyContext): Seats => {
    const time = now(context)
    return new Map([...seats].filter(([, { until }]) => until === null || until > time))
  }
  return defineValue({
    init: (): Seats => new Map(),
    /** When the next hold ends. */
    deadline: (seats: Seats) => {
      const ends = [...seats.values()].flatMap(({ until }) => until ?? [])
      return ends.length === 0 ? null : Math.min(...ends)
    },
    commands: {
      /** Holds a seat for so many milliseconds. @returns until when. */
      hold(seats, seat: string, by: string, forMs: number) {
        const left = current(seats, this)
        if (left.has(seat)) throw new CommandError('taken', `${seat} is taken.`)
        const until = now(this) + forMs
        return [until, new Map(left).set(seat, { by, until })]
      },
      /** Books a seat that is held by whoever asks. @returns how many are booked. */
      book(seats, seat: string, by: string) {
        const left = current(seats, this)
        if (left.get(seat)?.by !== by) throw new CommandError('not-held', `${by} does not hold ${seat}.`)
        const booked = new Map(left).set(seat, { by, until: null })
        return [[...booked.values()].filter(({ until }) => until === null).length, booked]
      },
    },
    queries: {
      holder: (seats, seat: string) => seats.get(seat)?.by ?? null,
    },
  })
}

/** Goes by replicated time: the leader stamps it on the command, and each member reads the same. */
export const seats = seatsBy(({ time }) => time)

/** Goes by the clock of the host that applies the command. Each has its own, and a restart applies commands of yesterday. */
export const seatsByWallClock = seatsBy(() => Date.now())
