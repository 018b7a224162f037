/** Every claim of `Transport`, for any implementation of it. */
import { type Claims, type ConformanceCase, casesOf } from './case.ts'
import { carrying } from './transport-carrying.ts'
import { ending, limits } from './transport-limits.ts'
import { leaving, lives } from './transport-lives.ts'
import type { TransportPlace, TransportPlaceOptions } from './transport-place.ts'
import { strangers, vanishing } from './transport-trouble.ts'

const OPTIONS: TransportPlaceOptions = { maxQueueBytes: 4 * 1024 * 1024, maxBatchBytes: 256 * 1024 }

/** What a place may be asked to do that not every network can: `vanish` and `comeBack`, `strange`, `held`. */
export type TransportAbility = 'vanish' | 'strangers' | 'held'

/** Which claims are checked. */
export interface TransportSuiteOptions {
  /** Abilities that the place lacks. The claims that need them are left out. */
  readonly without?: readonly TransportAbility[]
}

/**
 * @returns the claims of `Transport`, each to be run by a test. `make` gives a network of its own to each, with these
 * limits. It may lose batches now and then, but not all.
 */
export function transportSuite(
  make: (options: TransportPlaceOptions) => Promise<TransportPlace>,
  { without = [] }: TransportSuiteOptions = {},
): ConformanceCase[] {
  const unless = (ability: TransportAbility, claims: Claims<TransportPlace>): Claims<TransportPlace> =>
    without.includes(ability) ? {} : claims
  return casesOf(() => make(OPTIONS), {
    ...carrying,
    ...limits,
    ...ending,
    ...lives,
    ...unless('vanish', vanishing),
    ...unless('strangers', strangers),
    ...unless('held', leaving),
  })
}
