/** The conformance suite of file systems, over every file system there is. */
import { fileSystemSuite, keepAll, loseAll } from '@rafted/testing'
import { describe, test } from 'vitest'
import { brokenFileSystems } from './broken-file-systems.ts'
import { describeBreaks } from './conformance-breaks.ts'
import { realFiles, simulatedFiles } from './conformance-places.ts'

for (const [name, choices] of [
  ['loses all that is not synced', loseAll],
  ['keeps all', keepAll],
  ['leaves it to chance', undefined],
] as const)
  describe(`the simulated file system, of which a crash ${name}`, () => {
    for (const { name, run } of fileSystemSuite(() => simulatedFiles(choices))) test(name, run)
  })

describe('the file system of this machine', () => {
  for (const { name, run } of fileSystemSuite(realFiles, { without: ['crash'] })) test(name, run)
})

describeBreaks('a file system', fileSystemSuite, simulatedFiles, brokenFileSystems)
