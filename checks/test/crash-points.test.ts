/** Crashes at every point of a host's storage: a part of what `npm run crash-points` does. */
import type { FileOperation } from '@rafted/testing'
import { describe, expect, test } from 'vitest'
import { crashPoints } from '../src/crash-points/crash-points.ts'
import { recordedRun } from '../src/crash-points/recorded-run.ts'
import { recovered } from '../src/crash-points/recovery.ts'
import { lineOf } from '../src/images.ts'

/** Only ends what hangs: the machine may have much else to do. */
const TIMEOUT_MS = 240_000

describe('a crash at every point of a run, with each thing lost or kept for itself', () => {
  test(
    'everything that was acknowledged is there, and nothing keeps the storage from opening (F72, F79, F80, F85)',
    async () => {
      const tally = await crashPoints({ seed: 1 }, { part: 0, of: 1, images: 1500 })
      expect(tally.problems).toEqual([])
      expect(lineOf(tally)).toBe('images 1500, lost 0, wrong 0, unexplained refusals 0')
    },
    TIMEOUT_MS,
  )

  test('a run has every kind of operation and of crash', async () => {
    const crashes = [1, 2, 3].map((seed) => recordedRun(seed))
    const where = (await Promise.all(crashes)).flat().map((crash) => crash.where)
    for (const part of [
      'entry /data is kept',
      'rename /data/rafted-directory.tmp',
      'remove /data/log/0000000000000001.log',
      'syncDirectory /data/snapshots',
      'close /data/lock-0000000000000002',
      'all lost, but entry',
      'all kept, but entry',
      'all kept, but length',
      'torn before sector',
      'torn, with what is from sector',
      'data lost, but write',
      'by chance',
      'damaged, before operation',
    ])
      expect(
        where.some((text) => text.includes(part)),
        part,
      ).toBe(true)
  })
})

// Of the log one flush in four, so that what is never flushed doesn't grow with the run.
describe('what is not flushed when it should be is found', () => {
  const lies: readonly (readonly [string, (operation: FileOperation) => boolean])[] = [
    [
      'a batch of the log',
      ({ number, name, path }) => number % 4 === 0 && name === 'sync' && path.startsWith('/data/log/'),
    ],
    ['the name of a segment', ({ name, path }) => name === 'syncDirectory' && path === '/data/log'],
    ['a snapshot', ({ name, path }) => name === 'sync' && path.startsWith('/data/snapshots/')],
    ['the name of a snapshot', ({ name, path }) => name === 'syncDirectory' && path === '/data/snapshots'],
    ['the marker', ({ name, path }) => name === 'sync' && path.startsWith('/data/rafted-directory')],
    ['the directory', ({ name, path }) => name === 'syncDirectory' && path === '/'],
  ]
  for (const [what, lying] of lies)
    test(
      what,
      async () => {
        expect(await firstFault(lying)).not.toBeNull()
      },
      TIMEOUT_MS,
    )
})

/** @returns what is wrong with the first image that is, of some of those of a few runs; null if nothing is. */
async function firstFault(lying: (operation: FileOperation) => boolean): Promise<string | null> {
  for (const seed of [1, 2, 3])
    for (const [number, crash] of (await recordedRun(seed, { lying, most: 3000 })).entries()) {
      const fault = number % 7 === 0 ? await recovered(crash, number) : null
      if (fault !== null) return fault.text
    }
  return null
}
