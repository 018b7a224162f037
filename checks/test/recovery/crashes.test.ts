/** A crash at every operation of a recovery, with each thing that was not flushed lost or kept for itself: the group is as it was, or recovered (F40d). */
import { readStorage } from '@rafted/storage'
import { SeededRandom, SimulatedFileSystem } from '@rafted/testing'
import { describe, expect, test } from 'vitest'
import { crashesOf } from '../../src/crash-points/crashes.ts'
import { Directories, incarnation, memberOf, type Seen } from './directories.ts'

const TIMEOUT_MS = 240_000
/** Of all that a crash can leave so many are looked at, spread over the run. RECOVERY_IMAGES=100000 looks at all. */
const IMAGES = Number(process.env.RECOVERY_IMAGES ?? 120)

interface Setting {
  readonly name: string
  /** Of the base, a. */
  readonly snapshots: readonly number[]
  readonly skipIndex: number | null
}

const settings: readonly Setting[] = [
  { name: 'a log alone', snapshots: [], skipIndex: null },
  { name: 'two snapshots', snapshots: [4, 7], skipIndex: null },
  { name: 'a command that is skipped', snapshots: [4], skipIndex: 8 },
]

async function begun({ snapshots }: Setting): Promise<Directories> {
  const directories = new Directories(new SimulatedFileSystem({ seed: 7 }))
  await directories.member(
    'a',
    [
      [1, 6],
      [2, 9],
    ],
    snapshots,
  )
  await directories.member('b', [[1, 8]], [4])
  return directories
}

for (const setting of settings)
  describe(setting.name, () => {
    test(
      'a crash leaves the group as it was or recovered, and recovery can be done again',
      async () => {
        const { skipIndex } = setting
        const directories = await begun(setting)
        const before = { a: await directories.seen('a'), b: await directories.seen('b') }
        const images: { where: string; image: SimulatedFileSystem }[] = []
        const random = new SeededRandom(3)
        let hasChanged = true
        directories.disk.onOperation = ({ number, name, path }) => {
          if (hasChanged)
            for (const { what, image } of crashesOf(directories.disk, random))
              images.push({ where: `before operation ${number}, ${name} ${path}: ${what}`, image })
          hasChanged = !['read', 'size', 'list', 'exists', 'free', 'probe'].includes(name)
        }
        await directories.recover({ skipIndex })
        directories.disk.onOperation = null
        const after = await directories.seen('a')
        expect(after).toMatchObject({ voters: [after!.member], lostTo: null })
        expect(after!.incarnation).not.toBe(incarnation)
        expect(after!.member).not.toBe(memberOf('a'))
        expect(images.length).toBeGreaterThan(200)
        const found = new Set<string>()
        const every = Math.ceil(images.length / IMAGES)
        for (const [number, { where, image }] of images.entries()) {
          if (number % every !== 0) continue
          // Whoever only looks finds one or the other as well.
          const { fileSystem, machine } = new Directories(image).process()
          const stored = await readStorage({ path: '/a', fileSystem, machine })
          expect((await stored.check()).faults, where).toEqual([])
          // A host opens it, or recovery is begun anew at once, or both.
          if (number % 3 !== 0) found.add(await opened(where, image, before, after!))
          if (number % 3 !== 1) await recoveredAgain(where, image, skipIndex, after!)
        }
        expect([...found].sort()).toEqual(['as it was', 'recovered'])
      },
      TIMEOUT_MS,
    )
  })

/** The incarnation and the member are drawn anew by each attempt. */
function shape(seen: Seen): object {
  const { incarnation: own, member, voters, snapshots, entries, ...rest } = seen
  return {
    ...rest,
    isAlone: voters.join() === member,
    entries: entries.slice(0, -1),
    count: entries.length,
    snapshots: snapshots.map(({ index, incarnation }) => [index, incarnation === own]),
  }
}

async function opened(
  where: string,
  image: SimulatedFileSystem,
  before: { a: Seen | null; b: Seen | null },
  after: Seen,
): Promise<string> {
  const directories = new Directories(image)
  const [a, b] = [await directories.seen('a'), await directories.seen('b')]
  if (a!.incarnation === incarnation) {
    expect(a, where).toEqual(before.a)
    expect(b, where).toEqual(before.b)
    return 'as it was'
  }
  expect(shape(a!), where).toEqual(shape(after))
  // The other one is set aside, or is not yet.
  if (b !== null) expect(b, where).toEqual(before.b)
  return 'recovered'
}

async function recoveredAgain(
  where: string,
  image: SimulatedFileSystem,
  skipIndex: number | null,
  after: Seen,
): Promise<void> {
  const directories = new Directories(image, 2)
  try {
    await directories.recover({ skipIndex })
  } catch (error) {
    // All of it was done: what is left is a group of its own.
    expect(error, where).toMatchObject({ code: skipIndex === null ? 'quorum-survives' : 'invalid-argument' })
  }
  expect(shape((await directories.seen('a'))!), where).toEqual(shape(after))
  expect(await directories.seen('b'), where).toBeNull()
}
