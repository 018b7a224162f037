import type { LogStore } from '@rafted/contracts'
import { beforeAll, describe, expect, test } from 'vitest'
import { openStoredLog } from '../../src/reading/log-reader.ts'
import { readOnlyFiles } from '../../src/reading/read-only-files.ts'
import { checkStorage, type StorageCheck } from '../../src/reading/storage-check.ts'
import { DIRECTORY, entry, identity, setting, write } from '../log-setting.ts'
import type { MemoryFileSystem } from '../memory-file-system.ts'

const place = (system: MemoryFileSystem) => ({
  fileSystem: readOnlyFiles(system, () => {}),
  path: '/d',
  id: DIRECTORY,
})

/** Two groups in several files, the newest of which was not closed. */
async function written(): Promise<MemoryFileSystem> {
  const made = setting({ segmentBytes: 700 })
  const store = await made.open()
  for (const group of ['g', 'h']) await store.create(group, identity)
  for (let index = 1; index <= 9; index++) {
    const changes = ['g', 'h'].map((group) => ({ group, write: write({ entries: [entry(index)] }) }))
    await store.write(changes)
  }
  await store.write([{ group: 'h', write: write({ term: 2, truncateFrom: 6, entries: [entry(6, 2, 90)] }) }])
  // The first of these votes is known to have been durable, and stands nowhere else.
  for (const [term, vote] of [
    [1, 'v'],
    [2, 'w'],
  ] as const)
    await store.write([{ group: 'g', write: write({ term, vote }) }])
  return made.system.copy()
}

/** What a host finds that opens a copy of it. */
async function openedBy(
  system: MemoryFileSystem,
): Promise<{ store: LogStore } | { code: string; at: unknown }> {
  try {
    return { store: await setting({ system: system.copy(), segmentBytes: 700 }).open() }
  } catch (error) {
    const { code, details } = error as { code: string; details: unknown }
    return { code, at: details }
  }
}

async function all(store: Pick<LogStore, 'groups' | 'open' | 'read'>): Promise<unknown[]> {
  const found: unknown[] = []
  for (const group of [...(await store.groups())].sort()) {
    const opened = (await store.open(group))!
    found.push(group, opened, await store.read(group, opened.base.index + 1, 1000, 1 << 20))
  }
  return found
}

function verdict({ groups, faults }: StorageCheck): unknown {
  const [first] = faults
  return first === undefined ? [...groups!].sort() : { code: first.code, at: first.details }
}

/** What is read without the lock is what the host would find, and nothing has changed. */
async function compare(system: MemoryFileSystem): Promise<'opened' | 'refused'> {
  const before = new Map(system.files)
  const checked = await checkStorage(place(system))
  const opened = await openedBy(system)
  if ('store' in opened) {
    expect(verdict(checked)).toEqual((await opened.store.groups()).toSorted())
    const log = (await openStoredLog(place(system)))!
    expect(await all(log)).toEqual(await all(opened.store))
    await log.close()
  } else expect(verdict(checked)).toEqual(opened)
  expect(system.files).toEqual(before)
  return 'store' in opened ? 'opened' : 'refused'
}

describe('whoever reads without the lock judges as the host would that opens the directory', () => {
  let sample: MemoryFileSystem
  let segments: string[]
  beforeAll(async () => {
    sample = await written()
    segments = [...sample.files.keys()].filter((path) => path.endsWith('.log'))
  })

  test('as it is', async () => {
    expect(segments.length).toBeGreaterThan(2)
    expect(await compare(sample)).toBe('opened')
  })

  test('with one bit flipped, anywhere', async () => {
    const seen = { opened: 0, refused: 0 }
    for (const path of segments)
      for (let at = 0; at < sample.files.get(path)!.length; at += 83) {
        const system = sample.copy()
        system.files.get(path)![at]! ^= 1 << (at % 8)
        seen[await compare(system)]++
      }
    expect(seen.opened).toBeGreaterThan(0)
    expect(seen.refused).toBeGreaterThan(0)
  })

  test('with a file cut short, or missing', async () => {
    const seen = { opened: 0, refused: 0 }
    for (const path of segments) {
      for (let length = 0; length < sample.files.get(path)!.length; length += 127) {
        const system = sample.copy()
        system.files.set(path, system.files.get(path)!.slice(0, length))
        seen[await compare(system)]++
      }
      const system = sample.copy()
      system.files.delete(path)
      seen[await compare(system)]++
    }
    expect(seen).toMatchObject({ refused: 0 })
  })

  test('with nothing but the first batch of a log that was begun, or not even that', async () => {
    const made = setting()
    await made.open()
    const begun = made.system.copy()
    const [path] = [...begun.files.keys()].filter((name) => name.endsWith('.log'))
    for (let at = 64; at < begun.files.get(path!)!.length; at += 9) {
      const system = begun.copy()
      system.files.get(path!)![at]! ^= 1
      expect(await compare(system)).toBe('refused')
    }
    begun.files.delete(path!)
    expect(await compare(begun)).toBe('refused')
  })
})
