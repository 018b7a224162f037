/** Faults of the disk that say exactly what they hit: partial syncs, rot, stalls, room that comes back; and how each is counted. */
import { describe, expect, test } from 'vitest'
import { keepAll, loseAll, SeededRandom } from '../../src/index.ts'
import { after, contentOf, durableFile, filled, machine } from './machine.ts'

/** A clock that a test moves. */
class HandClock {
  readonly #timers: { readonly ms: number; readonly run: () => void }[] = []

  after(ms: number, run: () => void): () => void {
    this.#timers.push({ ms, run })
    return () => {}
  }

  get waiting(): readonly number[] {
    return this.#timers.map(({ ms }) => ms)
  }

  next(): void {
    this.#timers.shift()!.run()
  }
}

describe('a sync that fails with a part of its work done', () => {
  test('leaves any of its sectors, and a length that the file had', async () => {
    const found = new Set<string | null>()
    for (let seed = 0; seed < 200; seed++) {
      const { disk, files } = machine({ seed, partialSyncs: true })
      const file = await durableFile(files, filled(512, 1))
      await file.write([filled(600, 2)], 0)
      disk.failNext({ name: 'sync' })
      await expect(file.sync()).rejects.toThrow('EIO')
      expect(await contentOf(files)).toBe('600×2')
      await file.sync()
      const left = await contentOf(after(disk, loseAll))
      expect(await contentOf(after(disk, keepAll))).toBe(left)
      found.add(left)
    }
    expect([...found].toSorted()).toEqual([
      '512×1',
      '512×1 88×0',
      '512×1 88×2',
      '512×2',
      '512×2 88×0',
      '600×2',
    ])
  })

  test('leaves what was cut off, or not', async () => {
    const found = new Set<string | null>()
    for (let seed = 0; seed < 50; seed++) {
      const { disk, files } = machine({ seed, partialSyncs: true })
      const file = await durableFile(files, filled(700, 1))
      await file.truncate(300)
      disk.failNext({ name: 'sync' })
      await expect(file.sync()).rejects.toThrow('EIO')
      found.add(await contentOf(after(disk, keepAll)))
    }
    expect([...found].toSorted()).toEqual(['300×1', '700×1'])
  })

  test('of a directory leaves the first of its changes, a rename whole', async () => {
    const found = new Set<string>()
    for (let seed = 0; seed < 100; seed++) {
      const { disk, files } = machine({ seed, partialSyncs: true })
      await durableFile(files, filled(1, 1))
      await files.rename('/d/file', '/d/new')
      await files.open('/d/other', 'create')
      disk.failNext({ name: 'syncDirectory' })
      await expect(files.syncDirectory('/d')).rejects.toThrow('EIO')
      await files.syncDirectory('/d')
      found.add((await after(disk, keepAll).list('/d')).toSorted().join(' '))
    }
    expect([...found].toSorted()).toEqual(['file', 'new', 'new other'])
  })
})

describe('rot', () => {
  test('is where it says, of every kind, durable and read', async () => {
    const kinds = new Set<string>()
    for (let seed = 0; seed < 60; seed++) {
      const { disk, files } = machine({ seed })
      await durableFile(files, filled(1300, 7))
      await (await files.open('/d/spared', 'create')).write([filled(100, 7)], 0)
      const rot = disk.rot({ path: /^\/d\/f/, random: new SeededRandom(seed) })!
      kinds.add(rot.kind)
      expect(rot.path).toBe('/d/file')
      for (const from of [files, after(disk, loseAll)]) {
        const bytes = await (await from.open('/d/file', 'read')).read(0, 2000)
        expect(bytes).toHaveLength(1300)
        const hit = [...bytes.keys()].filter((at) => bytes[at] !== 7)
        expect(hit[0]).toBe(rot.position)
        expect(hit.at(-1)).toBe(rot.position + rot.bytes - 1)
        expect(Math.floor(hit[0]! / 512)).toBe(Math.floor(hit.at(-1)! / 512))
        if (rot.kind === 'bit') expect(hit).toHaveLength(1)
      }
      expect(disk.hits.rotted).toBe(1)
    }
    expect([...kinds].toSorted()).toEqual(['bit', 'garbage', 'zeros'])
  })

  test('hits nothing where nothing is durable, where no path fits, and no zeros with zeros', async () => {
    const random = new SeededRandom(1)
    const { disk, files } = machine()
    await (await files.open('/d/new', 'create')).write([filled(100, 1)], 0)
    expect(disk.rot({ path: /./, random })).toBeNull()
    await durableFile(files, filled(512, 0))
    expect(disk.rot({ path: /none/, random })).toBeNull()
    let hits = 0
    for (let i = 0; i < 40; i++) {
      const rot = disk.rot({ path: /file/, random })
      if (rot === null) continue
      hits++
      expect(await contentOf(files)).not.toBe('512×0')
      await (await files.open('/d/file', 'write')).write([filled(512, 0)], 0)
      await (await files.open('/d/file', 'write')).sync()
    }
    expect(hits).toBeGreaterThan(15)
    expect(hits).toBeLessThan(40)
    expect(disk.hits.rotted).toBe(hits)
  })

  test('spares what waits to be written, and is gone when that is durable', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { disk, files } = machine()
      const file = await durableFile(files, filled(512, 1))
      await file.write([filled(512, 2)], 0)
      expect(disk.rot({ path: /file/, random: new SeededRandom(seed) })).not.toBeNull()
      expect(await contentOf(files)).toBe('512×2')
      expect(await contentOf(after(disk, loseAll))).not.toBe('512×1')
      await file.sync()
      expect(await contentOf(after(disk, loseAll))).toBe('512×2')
    }
  })
})

describe('a stall', () => {
  test('makes one operation take so much longer, and no other', async () => {
    const clock = new HandClock()
    const { disk, files } = machine({ clock })
    const file = await durableFile(files, filled(1, 1))
    disk.stalling = ({ name }) => (name === 'sync' ? 5000 : 0)
    await file.write([filled(1, 2)], 0)
    const sync = file.sync()
    await file.write([filled(1, 3)], 1)
    expect(clock.waiting).toEqual([5000])
    expect(await contentOf(after(disk, loseAll))).toBe('1×1')
    clock.next()
    await sync
    expect(await contentOf(after(disk, loseAll))).toBe('1×2')
    expect(disk.hits.stalled).toBe(1)
  })

  test('that is none, or has no clock, is refused before anything happens', async () => {
    const { disk, files } = machine({ clock: new HandClock() })
    const file = await durableFile(files, filled(1, 1))
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      disk.stalling = () => ms
      await expect(file.sync()).rejects.toThrow('is none')
    }
    const without = machine()
    const other = await durableFile(without.files, filled(1, 1))
    without.disk.stalling = () => 1
    await expect(other.sync()).rejects.toThrow('need a clock')
    expect([disk.hits.stalled, without.disk.hits.stalled]).toEqual([0, 0])
    await file.close()
  })
})

test('faults are counted where they hit', async () => {
  const { disk, files } = machine({ quotaBytes: 1000 })
  const file = await durableFile(files, filled(600, 1))
  expect(disk.hits).toEqual({ failed: 0, full: 0, lied: 0, stalled: 0, rotted: 0 })
  disk.lying = () => true
  // Nothing of it could have been lost.
  await file.sync()
  await files.syncDirectory('/d')
  expect(disk.hits.lied).toBe(0)
  await file.write([filled(1, 2)], 0)
  await files.open('/d/other', 'create')
  await file.sync()
  await files.syncDirectory('/d')
  expect(disk.hits.lied).toBe(2)
  await expect(file.write([filled(500, 1)], 600)).rejects.toThrow('ENOSPC')
  disk.failNext({ name: 'read', path: '/d/none' })
  disk.failNext({ name: 'read', path: '/d/file' })
  await expect(file.read(0, 1)).rejects.toThrow('EIO')
  disk.failing = ({ name }) => (name === 'rename' ? 'EIO' : null)
  await expect(files.rename('/d/file', '/d/new')).rejects.toThrow('EIO')
  disk.flipBit('/d/file', 1)
  expect(disk.hits).toEqual({ failed: 2, full: 1, lied: 2, stalled: 0, rotted: 1 })
  // What room comes back is used.
  await files.remove('/d/file')
  await file.close()
  const fresh = await files.open('/d/fresh', 'create')
  await fresh.write([filled(1000, 1)], 0)
  expect(disk.hits.full).toBe(1)
})
