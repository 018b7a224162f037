/** What the document of the disk format says of a directory, and what the storage that wrote it does. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openFileStorage, type Storage } from '@rafted/storage'
import { LogWitness, SeededRandom } from '@rafted/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { historyGroups, storageHistory } from '../src/histories/storage-history.ts'
import { differenceFrom } from '../src/independent-reader/comparison.ts'
import { type DirectoryReading, readDirectory } from '../src/independent-reader/read-directory.ts'

const owner = { cluster: 'shop', host: 'a' }

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'rafted-reader-'))
})
afterEach(() => rmSync(place, { recursive: true }))

function filesIn(path: string): Map<string, Uint8Array> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name)
      return [file.slice(path.length + 1), readFileSync(file)]
    }),
  )
}

function open(path: string): Promise<Storage> {
  // A copy has the lock of the one that is copied, which has been given back, or is nobody's on another boot.
  return openFileStorage({ path, ...owner, clock: realClock, random: realRandom, segmentBytes: 4000 })
}

/** @returns the directory as it reads before somebody opens it. */
function readSoundly(path: string): DirectoryReading {
  const reading = readDirectory(filesIn(path), owner)
  if ('code' in reading) throw new Error(`refused: ${JSON.stringify(reading)}`)
  return reading
}

async function compare(path: string): Promise<string | null> {
  const reading = readSoundly(path)
  if ('code' in reading.log) return `refused: ${JSON.stringify(reading.log)}`
  const storage = await open(path)
  const { logs } = reading.log
  const difference = await differenceFrom({ storage, path, reading, logs, groups: historyGroups })
  await close(storage)
  return difference
}

async function close({ logs, snapshots }: Storage): Promise<void> {
  await Promise.all([logs.close(), snapshots.close()])
}

describe('a directory on a real disk reads as the storage reads it', () => {
  for (let seed = 1; seed <= 8; seed++)
    test(`history ${seed}, each time it was closed`, async () => {
      const random = new SeededRandom(seed)
      const path = join(place, 'data')
      const witness = new LogWitness()
      const known = (group: string) => witness.seen(group)
      const pause = async (): Promise<void> => {}
      for (let life = 0; life < 3; life++) {
        const { logs, snapshots } = await open(path)
        expect(await witness.reopened(logs)).toBeNull()
        await storageHistory({ logs: witness.watch(logs), snapshots, random, known, pause }, 40)
        await close({ logs, snapshots })
        const copy = join(place, `copy-${life}`)
        cpSync(path, copy, { recursive: true, filter: (file) => !file.endsWith('.socket') })
        expect(await compare(copy)).toBeNull()
      }
      const numbers = readdirSync(join(path, 'log')).map((name) => Number(name.slice(0, 16)))
      // Segments were begun, given up and copied from.
      expect(Math.max(...numbers)).toBeGreaterThan(5)
    })
})
