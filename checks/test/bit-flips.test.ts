/** Flipped bits and damaged sectors in a host's directory: a part of what `npm run bit-flips` does. */
import { beforeAll, describe, expect, test } from 'vitest'
import { type Base, basesOf } from '../src/bit-flips/bases.ts'
import { bitFlips } from '../src/bit-flips/bit-flips.ts'
import { bitsOf, type Damage, flipOf } from '../src/bit-flips/damage.ts'
import { judged } from '../src/bit-flips/judgement.ts'
import { forgotten, isDecisive, truthOf } from '../src/bit-flips/truth.ts'
import { lineOf } from '../src/images.ts'
import { type BatchHead, batchHeadAt } from '../src/independent-reader/batch.ts'
import type { LogReading } from '../src/independent-reader/log.ts'
import { type DirectoryReading, readDirectory } from '../src/independent-reader/read-directory.ts'
import type { Refusal } from '../src/independent-reader/refusal.ts'
import { owner } from '../src/places.ts'

/** Only ends what hangs: the machine may have much else to do. */
const TIMEOUT_MS = 240_000

let bases: readonly Base[]
beforeAll(async () => {
  bases = await basesOf(1)
})

test(
  'a flipped bit, or damaged sectors: what the document says of them is what the storage does (F72, F74, F75, F76)',
  async () => {
    const tally = await bitFlips({ seed: 1, images: 1500 }, { part: 0, of: 1, images: 1500 })
    expect(tally.problems).toEqual([])
    expect(lineOf(tally)).toBe('images 1500, lost 0, wrong 0, unexplained refusals 0')
  },
  TIMEOUT_MS,
)

test('there are a log of 64 KiB, a snapshot of two blocks, and the files of the directory itself', () => {
  const bytes = new Map(bases.map((base) => [base.name, bitsOf([base]) / 8]))
  expect(bytes.get('closed')).toBeGreaterThan(64 * 1024)
  expect(bytes.get('snapshot')).toBeGreaterThan(64 * 1024)
  const metadata = bases.find(({ name }) => name === 'metadata')!
  expect(metadata.flipped).toEqual(expect.arrayContaining(['rafted-directory', 'lock-0000000000000001']))
})

test('what is cut off though something shows that it was durable counts as lost, damaged or not', () => {
  const base = bases.find(({ name }) => name === 'ended')!
  const file = base.flipped[0]!
  const bytes = base.files.get(file)!
  const heads = truthOf(base).newest.batches
  const { offset } = heads.at(-3)!
  const cut = new Map(base.files).set(file, bytes.subarray(0, offset))
  const reading = readDirectory(cut, owner) as DirectoryReading & { log: LogReading }
  const torn = { ...reading.log, torn: { file, offset } }
  expect(forgotten({ base, files: base.files }, torn)).toContain('is behind it')
  // Whatever has shown it is gone.
  expect(forgotten({ base, files: cut }, reading.log)).toBeNull()
  const damaged = bytes.slice()
  for (const { offset: at } of heads.slice(-3)) damaged[at]! ^= 1
  const files = new Map(base.files).set(file, damaged)
  expect(readDirectory(files, owner)).toMatchObject({ log: { torn: { file, offset } } })
  expect(forgotten({ base, files }, torn)).toBeNull()
  expect(forgotten({ base, files }, { ...torn, logs: new Map() })).toContain('no log of')
})

test('what is behind a cut counts as lost as long as a file that was begun behind it says how far it went', () => {
  const base = bases.find(({ name }) => name === 'closed')!
  const { file, batches } = truthOf(base).newest
  const before = base.flipped.at(-2)!
  const { recordsAt } = batches[0]!
  // In the middle of the first batch behind the first one that holds nothing but entries.
  const batch = onlyEntriesIn(base.files.get(before)!)
  const place = batch.end - 1
  const files = new Map(base.files).set(before, base.files.get(before)!.subarray(0, place))
  const begun = files.get(file)!.slice()
  begun.fill(0, recordsAt)
  expect(readDirectory(files.set(file, begun), owner)).toMatchObject({
    log: { code: 'damaged-storage', file: before, offset: batch.end },
  })
  // Nothing says it any more: the end of the newest file but this one is taken for what it is, and the batch that is cut is known to be.
  const silent = new Map(files).set(file, begun.slice().fill(0))
  const reading = readDirectory(silent, owner) as DirectoryReading & { log: LogReading }
  expect(reading).toMatchObject({ log: { newest: before, torn: null, isDamaged: true } })
  expect(forgotten({ base, files: silent }, reading.log)).toBeNull()
  expect(forgotten({ base, files: silent }, { ...reading.log, logs: new Map() })).toContain('no log of')
  // A reader that doesn't hear it.
  expect(forgotten({ base, files }, reading.log)).toContain('the reader finds of')
})

function onlyEntriesIn(bytes: Uint8Array): BatchHead {
  let batch = batchHeadAt(bytes, 64)!
  const holds = ({ stretches, count }: BatchHead): boolean =>
    count > 0 && stretches.reduce((sum, stretch) => sum + (stretch.special ? 0 : stretch.count), 0) === count
  do batch = batchHeadAt(bytes, batch.end)!
  while (!holds(batch))
  return batch
}

test('by the document no flipped bit loses anything that is not said to be lost, and each class of damage comes', () => {
  const classes = new Set<string>()
  const all = bitsOf(bases)
  for (let bit = 0; bit < all; bit += 401) {
    const damage = flipOf(bases, bit)
    const reading = readDirectory(damage.files, owner)
    const log = 'code' in reading ? reading : reading.log
    if ('code' in log) expect(isDecisive(damage.base, damage.flip!), damage.what).toBe(true)
    else expect(forgotten(damage, log), damage.what).toBeNull()
    classes.add(classOf(log))
  }
  expect([...classes].sort()).toEqual(['harmless', 'lost', 'refused', 'torn', 'unreadable', 'untouched'])
})

function classOf(log: LogReading | Refusal): string {
  if ('code' in log) return 'refused'
  const logs = [...log.logs.values()]
  if (logs.some(({ lostTo }) => lostTo !== null)) return 'lost'
  if (logs.some(({ damaged }) => damaged.size > 0)) return 'unreadable'
  if (log.torn !== null) return 'torn'
  return log.isDamaged ? 'harmless' : 'untouched'
}

describe('a storage is found out', () => {
  /** A flip in the middle of the first file of this base. */
  function flipIn(name: string): Damage {
    const base = bases.find((other) => other.name === name)!
    return flipOf([base], base.files.get(base.flipped[0]!)!.length * 4)
  }

  /** The first flip of this base that does harm, of a few. */
  function hurtIn(name: string): Damage {
    const base = bases.find((other) => other.name === name)!
    for (let bit = 1000; ; bit += 100) {
      const damage = flipOf([base], bit)
      const reading = readDirectory(damage.files, owner)
      if ('code' in reading || ['unreadable', 'lost'].includes(classOf(reading.log))) return damage
    }
  }

  test('that does not see damage', async () => {
    for (const damage of ['closed', 'ended', 'metadata'].map(hurtIn))
      expect(await judged(damage, 1, damage.base.files), damage.what).toMatchObject({ kind: 'lost' })
    const damage = flipIn('snapshot')
    expect(await judged(damage, 1, damage.base.files)).toMatchObject({ kind: 'wrong' })
  })

  test('that takes damage for a torn end', async () => {
    const damage = flipIn('ended')
    const { file, byte } = damage.flip!
    const cut = new Map(damage.files).set(file, damage.files.get(file)!.subarray(0, byte))
    expect(await judged(damage, 1, cut)).toMatchObject({ kind: 'lost' })
  })

  test('that refuses what is sound, or damage of one place for that of another', async () => {
    const base = bases.find(({ name }) => name === 'ended')!
    // In the catalogue, which stands nowhere else.
    const damage = flipOf([base], 8 * 140)
    const harmless = { what: 'none', base, files: base.files, bad: new Map(), flip: null }
    expect(await judged(harmless, 1, damage.files)).toMatchObject({ kind: 'refused' })
    const gone = new Map(base.files)
    for (const file of base.flipped) gone.delete(file)
    expect(await judged(damage, 1, gone)).toMatchObject({ kind: 'wrong' })
  })
})
