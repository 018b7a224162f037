/** Every claim of `SnapshotStore`, for any implementation of it. */
import { type ConformanceCase, casesOf } from './case.ts'
import { lasting, removing } from './snapshot-store-lasting.ts'
import type { SnapshotStorePlace } from './snapshot-store-place.ts'
import { reading } from './snapshot-store-reading.ts'
import { saving } from './snapshot-store-saving.ts'

/** Which claims are checked. */
export interface SnapshotStoreSuiteOptions {
  /** Abilities that the place lacks. The claims that need them are left out. */
  readonly without?: readonly 'crash'[]
}

/** @returns the claims of `SnapshotStore`, each to be run by a test. `make` gives an empty place of its own to each. */
export function snapshotStoreSuite(
  make: () => Promise<SnapshotStorePlace>,
  { without = [] }: SnapshotStoreSuiteOptions = {},
): ConformanceCase[] {
  const crashing = without.includes('crash') ? {} : lasting
  return casesOf(make, { ...saving, ...reading, ...removing, ...crashing })
}
