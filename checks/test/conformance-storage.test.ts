/** The conformance suites of storage, over every storage there is. */
import { type ConformanceCase, logStoreSuite, loseAll, snapshotStoreSuite } from '@rafted/testing'
import { describe, test } from 'vitest'
import { brokenLogStores } from './broken-log-stores.ts'
import { brokenSnapshotStores } from './broken-snapshot-stores.ts'
import { describeBreaks } from './conformance-breaks.ts'
import {
  chosenLogs,
  chosenSnapshots,
  fileSnapshots,
  memoryLogs,
  memorySnapshots,
  simulatedSnapshots,
} from './conformance-places.ts'

function runAll(cases: ConformanceCase[]): void {
  for (const { name, run } of cases) test(name, run)
}

describe('the log store in memory', () => runAll(logStoreSuite(memoryLogs)))
describe('the log store composed by group', () => runAll(logStoreSuite(chosenLogs)))
describe('the snapshot store in memory', () => runAll(snapshotStoreSuite(memorySnapshots)))
describe('the snapshot store on files', () =>
  runAll(snapshotStoreSuite(fileSnapshots, { without: ['crash'] })))
describe('the snapshot store on simulated files', () => {
  describe('crashes lose all that was not synced', () =>
    runAll(snapshotStoreSuite(() => simulatedSnapshots(loseAll))))
  describe('crashes lose it by chance', () => runAll(snapshotStoreSuite(() => simulatedSnapshots())))
})
describe('the snapshot store composed by group', () => runAll(snapshotStoreSuite(chosenSnapshots)))

describeBreaks('a log store', logStoreSuite, memoryLogs, brokenLogStores)
describeBreaks('a snapshot store', snapshotStoreSuite, memorySnapshots, brokenSnapshotStores)
