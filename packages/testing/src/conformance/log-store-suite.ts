/** Every claim of `LogStore`, for any implementation of it. */
import { type Claims, type ConformanceCase, casesOf } from './case.ts'
import { damage } from './log-store-damage.ts'
import { forgetting } from './log-store-forgetting.ts'
import { histories } from './log-store-histories.ts'
import { closing, crashing, failing, filling, reopening } from './log-store-lasting.ts'
import { opening } from './log-store-opening.ts'
import type { LogStorePlace } from './log-store-place.ts'
import { reading } from './log-store-reading.ts'
import { writing } from './log-store-writing.ts'

/** What a place may be asked to do that not every implementation can. */
export type LogStoreAbility = 'crash' | 'fail' | 'quota'

/** Which claims are checked. */
export interface LogStoreSuiteOptions {
  /** Abilities that the place lacks. The claims that need them are left out. */
  readonly without?: readonly LogStoreAbility[]
}

/** @param options `quotaBytes`: bytes of entries at which `room` should say `full`; absent for no bound. */
export type MakeLogStorePlace = (options: { readonly quotaBytes?: number }) => Promise<LogStorePlace>

const QUOTA_BYTES = 64 * 1024

/** @returns the claims of `LogStore`, each to be run by a test. `make` gives an empty place of its own to each. */
export function logStoreSuite(
  make: MakeLogStorePlace,
  { without = [] }: LogStoreSuiteOptions = {},
): ConformanceCase[] {
  const unless = (ability: LogStoreAbility, claims: Claims<LogStorePlace>): Claims<LogStorePlace> =>
    without.includes(ability) ? {} : claims
  return [
    ...casesOf(() => make({}), {
      ...opening,
      ...writing,
      ...reading,
      ...forgetting,
      ...damage,
      ...closing,
      ...reopening,
      ...histories,
      ...unless('crash', crashing),
      ...unless('fail', failing),
    }),
    ...casesOf(() => make({ quotaBytes: QUOTA_BYTES }), unless('quota', filling)),
  ]
}
