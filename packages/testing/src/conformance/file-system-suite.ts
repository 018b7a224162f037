/** Every claim of `FileSystem`, for any implementation of it. */
import { type ConformanceCase, casesOf } from './case.ts'
import { naming } from './file-system-directories.ts'
import { opening, reading, writing } from './file-system-files.ts'
import { lasting } from './file-system-lasting.ts'
import { closingPlace, type FileSystemPlace } from './file-system-place.ts'

/** Which claims are checked. */
export interface FileSystemSuiteOptions {
  /** Abilities that the place lacks. The claims that need them are left out. */
  readonly without?: readonly 'crash'[]
}

/** @returns the claims of `FileSystem`, each to be run by a test. `make` gives an empty place of its own to each. */
export function fileSystemSuite(
  make: () => Promise<FileSystemPlace>,
  { without = [] }: FileSystemSuiteOptions = {},
): ConformanceCase[] {
  const crashing = without.includes('crash') ? {} : lasting
  return casesOf(async () => closingPlace(await make()), {
    ...opening,
    ...writing,
    ...reading,
    ...naming,
    ...crashing,
  })
}
