/** Which storms a run has: drawn from its seed. */
import type { SeededRandom } from '@rafted/testing'
import { type Cut, FAIR, type Line, type PlaceNumber, type Weather } from './weather.ts'

const KINDS = [
  'mute',
  'deaf',
  'apart',
  'gone',
  'pair',
  'clients',
  'scattered',
  'flapping',
  'rain',
  'resets',
] as const
export type StormKind = (typeof KINDS)[number]

export interface Storm {
  readonly kind: StormKind
  readonly weather: Weather
  readonly ms: number
  /**
   * Whether a majority can serve the clients through all of it: those hosts hear each other and the clients, and no host that the clients alone
   * can reach leads for long.
   */
  readonly serves: boolean
  /** Every so many milliseconds the weather changes between this and a fair one; null: it stays. */
  readonly everyMs: number | null
  /** Whose connections are broken at its beginning. */
  readonly resets: readonly PlaceNumber[]
}

/** Most often the leader is struck: it has most to lose. */
const LEADER_SHARE = 0.6
/** Shorter than an election, and longer than what is silent is given up for (5 s). */
const MS = [300, 7000] as const
/** Some last so long that whoever could serve, has to. */
const LONG_MS = [22_000, 40_000] as const
const LONG_SHARE = 0.1
const FLAP_MS = [50, 600] as const

/** Deals storms so that every kind comes before one comes again. */
export class Storms {
  readonly #random: SeededRandom
  readonly #hosts: number
  #deck: StormKind[] = []

  constructor(random: SeededRandom, hosts: number) {
    this.#random = random
    this.#hosts = hosts
  }

  /** @param leader the number of the host that leads, if one does. */
  next(leader: PlaceNumber | null): Storm {
    const random = this.#random
    if (this.#deck.length === 0) this.#deck = [...KINDS]
    const [kind] = this.#deck.splice(random.below(this.#deck.length), 1) as [StormKind]
    const strikesLeader = random.chance(LEADER_SHARE)
    const drawn = random.below(this.#hosts)
    const victim = strikesLeader ? (leader ?? drawn) : drawn
    const [least, most] = random.chance(LONG_SHARE) ? LONG_MS : MS
    const ms = random.between(least, most)
    const flapMs = random.between(...FLAP_MS)
    return {
      kind,
      ms,
      serves: kind !== 'clients' && kind !== 'scattered' && kind !== 'flapping' && kind !== 'rain',
      everyMs: kind === 'flapping' ? flapMs : null,
      resets: kind === 'resets' ? this.#places() : [],
      weather: this.#weather(kind, victim),
    }
  }

  #weather(kind: StormKind, victim: PlaceNumber): Weather {
    const random = this.#random
    const others = Array.from({ length: this.#hosts }, (_, at) => at).filter((at) => at !== victim)
    const clients = this.#hosts
    switch (kind) {
      case 'mute':
        return cutting(others.flatMap((other) => oneWay(victim, other)))
      case 'deaf':
        return cutting(others.flatMap((other) => oneWay(other, victim)))
      case 'apart':
        return cutting(others.flatMap((other) => bothWays(victim, other)))
      case 'gone':
        return cutting([...others, clients].flatMap((other) => bothWays(victim, other)))
      case 'pair': {
        const other = random.pick(others)
        return cutting(random.pick([bothWays(victim, other), oneWay(victim, other), oneWay(other, victim)]))
      }
      case 'clients':
        return cutting(
          random.pick([bothWays(victim, clients), oneWay(victim, clients), oneWay(clients, victim)]),
        )
      case 'scattered':
        return cutting(
          [victim, ...others].flatMap((a, i, all) => all.slice(i + 1).flatMap((b) => bothWays(a, b))),
        )
      case 'flapping':
        return cutting(
          others.flatMap((other) => (random.chance(0.5) ? oneWay(victim, other) : bothWays(victim, other))),
        )
      case 'rain':
        return { cuts: [], lines: this.#places().map((place) => this.#line(place)) }
      case 'resets':
        return FAIR
    }
  }

  #line(place: PlaceNumber): Line {
    const random = this.#random
    return {
      place,
      delayMs: Math.round(random.between(1, 150)),
      jitterMs: Math.round(random.between(0, 100)),
      lossPercent: Math.round(random.between(0, 8)),
      duplicatePercent: Math.round(random.between(0, 8)),
      reorderPercent: Math.round(random.between(0, 25)),
    }
  }

  /** One of all places or more. */
  #places(): PlaceNumber[] {
    const random = this.#random
    const all = Array.from({ length: this.#hosts + 1 }, (_, at) => at)
    const some = all.filter(() => random.chance(0.5))
    return some.length === 0 ? [random.pick(all)] : some
  }
}

function cutting(cuts: readonly Cut[]): Weather {
  return { cuts, lines: [] }
}

function oneWay(from: PlaceNumber, to: PlaceNumber): Cut[] {
  return [{ from, to }]
}

function bothWays(a: PlaceNumber, b: PlaceNumber): Cut[] {
  return [
    { from: a, to: b },
    { from: b, to: a },
  ]
}
