/** Every claim of `Transport`, for any implementation of it. */
import { type ConformanceCase, casesOf } from './case.ts'
import { carrying } from './transport-carrying.ts'
import { ending, limits } from './transport-limits.ts'
import type { TransportPlace, TransportPlaceOptions } from './transport-place.ts'

const OPTIONS: TransportPlaceOptions = { maxQueueBytes: 4 * 1024 * 1024, maxBatchBytes: 256 * 1024 }

/**
 * @returns the claims of `Transport`, each to be run by a test. `make` gives a network of its own to each, with these
 * limits. It may lose batches now and then, but not all.
 */
export function transportSuite(
  make: (options: TransportPlaceOptions) => Promise<TransportPlace>,
): ConformanceCase[] {
  return casesOf(() => make(OPTIONS), { ...carrying, ...limits, ...ending })
}
