import type { FileSystem } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { writeMarker } from '../../src/files/directory-marker.ts'
import { readStorage } from '../../src/index.ts'
import { readOnlyFiles } from '../../src/reading/read-only-files.ts'
import { DIRECTORY, entry, identity, setting, write } from '../log-setting.ts'
import type { MemoryFileSystem } from '../memory-file-system.ts'

async function made(): Promise<MemoryFileSystem> {
  const place = setting()
  place.system.directories.add('/d')
  place.system.directories.add('/d/snapshots')
  await writeMarker(place.system, '/d', { cluster: 'shop', host: 'a', id: DIRECTORY })
  const store = await place.open()
  await store.create('g', identity)
  await store.write([{ group: 'g', write: write({ entries: [entry(1), entry(2)] }) }])
  await store.close()
  return place.system
}

/** The first call of it finds nothing, as when another process is just about to make it, or gives it its name once more. */
function missedOnce(system: FileSystem, call: 'open' | 'list', path: string): FileSystem {
  let missed = false
  const once = (asked: string): void => {
    if (asked !== path || missed) return
    missed = true
    throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
  }
  return {
    ...readOnlyFiles(system, () => {}),
    open: async (asked, mode) => {
      if (call === 'open') once(asked)
      return await system.open(asked, mode)
    },
    list: async (asked) => {
      if (call === 'list') once(asked)
      return await system.list(asked)
    },
  }
}

describe('a directory that is being formatted, or opened', () => {
  test('whose marker comes between two looks is not taken for one without', async () => {
    const fileSystem = missedOnce(await made(), 'open', '/d/rafted-directory')
    expect(await readStorage({ path: '/d', fileSystem })).toMatchObject({
      cluster: 'shop',
      host: 'a',
      id: DIRECTORY,
    })
  })

  test.each(['/d/snapshots', '/d/log'])(
    '%s, which is not there for a moment, is read all the same',
    async (path) => {
      const system = await made()
      const opened = () => readStorage({ path: '/d', fileSystem: missedOnce(system, 'list', path) })
      expect(await (await opened()).snapshots()).toEqual([])
      expect(await (await opened()).bytes()).toBeGreaterThan(100)
      expect(await (await opened()).check()).toMatchObject({ groups: ['g'], faults: [] })
      const log = (await (await opened()).log())!
      expect((await log.read('g', 1, 10, 1000)).map(({ index }) => index)).toEqual([1, 2])
      await log.close()
    },
  )
})

test('whoever reads a log sees what is durable, and is refused once it is closed', async () => {
  let bytes = 0
  const onRead = (count: number): void => {
    bytes += count
  }
  const stored = await readStorage({ path: '/d', fileSystem: await made(), onRead })
  const log = (await stored.log())!
  expect(bytes).toBeGreaterThan(await stored.bytes())
  expect(await log.groups()).toEqual(['g'])
  expect(await log.open('g')).toMatchObject({ ...identity, term: 1, last: 2, base: { index: 0, term: 0 } })
  expect(await log.open('h')).toBeNull()
  await expect(log.read('h', 1, 1, 1)).rejects.toMatchObject({ code: 'no-such-group' })
  expect(log.segments).toMatchObject([
    { number: 1, state: 'needed', entries: [{ group: 'g', first: 1, last: 2 }] },
  ])
  await log.close()
  await log.close()
  await expect(log.groups()).rejects.toMatchObject({ code: 'closed' })
  await expect(log.read('g', 1, 1, 1)).rejects.toMatchObject({ code: 'closed' })
})

test('nothing can be changed by one who only looks', async () => {
  const system = await made()
  const before = new Map(system.files)
  const files = readOnlyFiles(system, () => {})
  const file = await files.open('/d/rafted-directory', 'read')
  const attempts = [
    () => files.open('/d/rafted-directory', 'write'),
    () => files.open('/d/new', 'create'),
    () => files.makeDirectory('/d/new'),
    () => files.rename('/d/log', '/d/other'),
    () => files.remove('/d/rafted-directory'),
    () => files.syncDirectory('/d'),
    () => file.write([new Uint8Array(1)], 0),
    () => file.truncate(0),
    () => file.sync(),
  ]
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'unsupported' })
  expect(system.files).toEqual(before)
})
