/** The conformance suites of storage over the storage on files: on disks that crash and fail, and on that of this machine. */
import { type CrashChoices, keepAll, logStoreSuite, loseAll, snapshotStoreSuite } from '@rafted/testing'
import { describe, test } from 'vitest'
import {
  realFileLogs,
  realFileSnapshots,
  simulatedFileLogs,
  simulatedFileSnapshots,
} from './file-storage-places.ts'

/** Every write in a file of its own; some to a file; all in one. */
const sizes = [200, 5 * 1024, 64 * 1024 * 1024]

const crashes: readonly [name: string, choices: CrashChoices | undefined, seeds: readonly number[]][] = [
  ['loses all that was not synced', loseAll, [1]],
  ['keeps all', keepAll, [1]],
  ['leaves it to chance', undefined, [1, 2]],
]

for (const [what, choices, seeds] of crashes)
  for (const seed of seeds)
    describe(`a crash ${what}, seed ${seed}`, () => {
      const crashing = { seed, ...(choices === undefined ? {} : { choices }) }
      describe.each(sizes)('the log store on files of %i bytes', (segmentBytes) => {
        for (const { name, run } of logStoreSuite(simulatedFileLogs({ ...crashing, segmentBytes })))
          test(name, run)
      })
      describe('the snapshot store on files', () => {
        for (const { name, run } of snapshotStoreSuite(simulatedFileSnapshots(crashing))) test(name, run)
      })
    })

describe('the log store on the files of this machine', () => {
  for (const { name, run } of logStoreSuite(realFileLogs, { without: ['crash', 'fail'] })) test(name, run)
})

describe('the snapshot store on the files of this machine', () => {
  for (const { name, run } of snapshotStoreSuite(realFileSnapshots, { without: ['crash'] })) test(name, run)
})
