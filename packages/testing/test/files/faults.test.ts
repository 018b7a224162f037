/** Faults are injected where they are asked for, and do what they do on a real machine. */
import { isRaftedError } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { FileError, keepAll, loseAll } from '../../src/index.ts'
import { after, contentOf, durableFile, everyCrash, filled, found, machine } from './machine.ts'

describe('a sync that fails', () => {
  test('leaves what it should have written to be read, and to no later sync', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(512, 1))
    await file.write([filled(512, 2)], 0)
    disk.failNext({ name: 'sync' })
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO', syscall: 'sync', path: '/d/file' })
    expect(await contentOf(files)).toBe('512×2')
    await file.sync()
    for (const image of everyCrash(disk)) expect(await contentOf(image)).toBe('512×1')
  })

  test('takes the length with it, until something longer is synced', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(512, 1))
    await file.write([filled(512, 2)], 512)
    disk.failNext({ name: 'sync' })
    await expect(file.sync()).rejects.toThrow(FileError)
    await file.sync()
    expect(await contentOf(after(disk, keepAll))).toBe('512×1')
    await file.write([filled(512, 3)], 1024)
    await file.sync()
    expect(await contentOf(after(disk, loseAll))).toBe('512×1 512×0 512×3')
  })

  test('spares what is written after it began, and what else stands in a sector that is written anew', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(1024, 1))
    await file.write([filled(100, 2), filled(924, 2)], 0)
    disk.failNext({ name: 'sync' })
    const sync = expect(file.sync()).rejects.toThrow('EIO')
    await file.write([filled(1, 3)], 0)
    await sync
    await file.sync()
    expect(await contentOf(after(disk, loseAll))).toBe('1×3 511×2 512×1')
  })

  test('of a directory takes its changes', async () => {
    const { disk, files } = machine()
    await files.open('/d/file', 'create')
    disk.failNext({ name: 'syncDirectory' })
    await expect(files.syncDirectory('/d')).rejects.toMatchObject({ code: 'EIO' })
    await files.syncDirectory('/d')
    expect(await contentOf(files)).toBe('')
    expect(await contentOf(after(disk, keepAll))).toBeNull()
  })
})

describe('failNext', () => {
  test('means the next of its kind and path, once for each call', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(1, 1))
    const other = await files.open('/d/other', 'create')
    for (let i = 0; i < 2; i++) disk.failNext({ name: 'sync', path: '/d/file', code: 'ENOSPC' })
    await other.sync()
    await file.write([filled(1, 2)], 0)
    for (let i = 0; i < 2; i++) await expect(file.sync()).rejects.toMatchObject({ code: 'ENOSPC' })
    await file.sync()
  })

  test('of a rename or an open: it has not happened', async () => {
    const { disk, files } = machine()
    await durableFile(files, filled(1, 1))
    disk.failNext({ name: 'rename' })
    await expect(files.rename('/d/file', '/d/new')).rejects.toThrow("EIO: i/o error, rename '/d/file'")
    disk.failNext({ name: 'open' })
    await expect(files.open('/d/new', 'create')).rejects.toThrow('EIO')
    expect(await files.list('/d')).toEqual(['file'])
  })

  test('of a write: any part of it, from its beginning, may be there', async () => {
    const lengths = new Set<number>()
    for (let seed = 0; seed < 100; seed++) {
      const { disk, files } = machine({ seed })
      const file = await files.open('/d/file', 'create')
      disk.failNext({ name: 'write' })
      await expect(file.write([filled(2, 1), filled(2, 1)], 0)).rejects.toThrow('EIO')
      lengths.add(await file.size())
      expect(await file.read(0, 4)).toEqual(filled(await file.size(), 1))
    }
    expect([...lengths].toSorted()).toEqual([0, 1, 2, 3, 4])
  })
})

test('failing decides of each operation', async () => {
  const { disk, files } = machine()
  const file = await durableFile(files, filled(1, 1))
  disk.failing = ({ name, bytes }) => (name === 'sync' ? 'EIO' : bytes > 2 ? 'ENOSPC' : null)
  await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
  await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
  await expect(file.write([filled(3, 1)], 0)).rejects.toMatchObject({ code: 'ENOSPC' })
  await file.write([filled(2, 1)], 0)
  disk.failing = null
  await file.sync()
})

describe('a quota', () => {
  test('lets in what fits, to the byte', async () => {
    for (let quotaBytes = 0; quotaBytes <= 1300; quotaBytes += 13) {
      const { disk, files } = machine({ quotaBytes })
      const file = await files.open('/d/file', 'create')
      const write = file.write([filled(600, 1), filled(600, 1)], 0)
      if (quotaBytes < 1200) await expect(write).rejects.toMatchObject({ code: 'ENOSPC' })
      else await write
      expect(await file.size()).toBe(Math.min(1200, quotaBytes))
      expect(await files.free('/d')).toBe(Math.max(0, quotaBytes - 1200))
      expect(disk.free()).toBe(Math.max(0, quotaBytes - 1200))
    }
  })

  test('counts what is written, not what is written over, nor what a file was only made longer by', async () => {
    const { disk, files } = machine({ quotaBytes: 1000 })
    const file = await durableFile(files, filled(700, 1))
    await file.write([filled(700, 2)], 0)
    await file.truncate(50_000)
    expect(disk.free()).toBe(300)
    await file.write([filled(100, 3)], 10_240)
    expect(disk.free()).toBe(200)
    await file.truncate(100)
    expect(disk.free()).toBe(900)
    await file.write([filled(2000, 3)], 50).catch(() => {})
    expect(await file.size()).toBe(1000)
  })

  test('gets back what a removed file took, once nobody has it open', async () => {
    const { disk, files } = machine({ quotaBytes: 1000 })
    const file = await durableFile(files, filled(700, 1))
    await (await files.open('/d/other', 'create')).write([filled(200, 2)], 0)
    await files.rename('/d/other', '/d/file')
    expect(disk.free()).toBe(100)
    await file.close()
    expect(disk.free()).toBe(800)
    disk.crash(keepAll)
    expect(disk.free()).toBe(800)
    await disk.mount().files.remove('/d/file')
    expect(disk.free()).toBe(1000)
  })

  test('can be set, and there is none by default', async () => {
    const { disk, files } = machine()
    expect([await files.free('/d'), disk.free()]).toEqual([null, null])
    const file = await durableFile(files, filled(700, 1))
    disk.quotaBytes = 100
    expect(await files.free('/d')).toBe(0)
    await expect(file.write([filled(1, 1)], 700)).rejects.toThrow('ENOSPC')
    disk.quotaBytes = null
    await file.write([filled(1, 1)], 700)
  })
})

describe('a flipped bit', () => {
  test('is read, and is on the disk', async () => {
    for (const bit of [0, 7, 8, 4095, 4096, 4799]) {
      const { disk, files } = machine()
      const file = await durableFile(files, filled(600, 0))
      disk.flipBit('/d/file', bit)
      const expected = filled(600, 0)
      expected[bit >> 3] = 1 << (bit & 7)
      for (const from of [files, after(disk, loseAll), after(disk, keepAll)])
        expect(await (await from.open('/d/file', 'read')).read(0, 600)).toEqual(expected)
      await file.sync()
      disk.flipBit('/d/file', bit)
      expect(await contentOf(after(disk, loseAll))).toBe('600×0')
    }
  })

  test('in what is not durable goes with it', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(10, 0))
    await file.write([filled(10, 0)], 10)
    disk.flipBit('/d/file', 15 * 8)
    expect(await contentOf(after(disk, loseAll))).toBe('10×0')
    expect(await contentOf(after(disk, keepAll))).toBe('15×0 1×1 4×0')
  })

  test('that the file does not have is an error', async () => {
    const { disk, files } = machine()
    await durableFile(files, filled(10, 0))
    for (const bit of [-1, 80, 0.5]) expect(() => disk.flipBit('/d/file', bit)).toThrow(/no bit/)
    expect(() => disk.flipBit('/d/none', 0)).toThrow('ENOENT')
  })
})

test('wrong use is refused', async () => {
  const { files } = machine()
  const file = await durableFile(files, filled(10, 1))
  const invalid = [
    () => files.open('relative', 'read'),
    () => file.write([filled(1, 1)], -1),
    () => file.read(0.5, 1),
    () => file.read(0, Number.NaN),
    () => file.truncate(-1),
  ]
  for (const call of invalid) {
    const error = await call().catch((reason: unknown) => reason)
    expect(isRaftedError(error, 'invalid-argument'), String(error)).toBe(true)
  }
  const refused: [string, () => Promise<unknown>][] = [
    ['EISDIR', () => files.open('/d', 'read')],
    ['EISDIR', () => files.remove('/d')],
    ['ENOTDIR', () => files.list('/d/file')],
    ['ENOTDIR', () => files.open('/d/file/x', 'read')],
    ['ENAMETOOLONG', () => files.open(`/d/${'ä'.repeat(128)}`, 'create')],
    ['EISDIR', () => files.rename('/d/file', '/d')],
    ['ENOTDIR', async () => files.rename('/d/inner', '/d/file')],
    ['ENOTEMPTY', async () => files.rename('/d/inner', '/d/other')],
    ['EINVAL', () => files.rename('/', '/d/x')],
    ['EEXIST', () => files.open('/', 'create')],
  ]
  await files.makeDirectory('/d/inner')
  await files.makeDirectory('/d/other/more')
  for (const [code, call] of refused) await expect(call(), code).rejects.toMatchObject({ code })
  await expect(files.rename('/d/inner', '/d/other/inner')).rejects.toThrow(/within its parent only/)
  await files.rename('/d/inner', '/d/renamed')
  expect(await files.exists('/d/renamed')).toBe(true)
})

describe('a lie', () => {
  test('says that it is durable, and leaves it to chance, until somebody syncs in earnest', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(512, 1))
    disk.lying = ({ name, path }) => name === 'sync' && path === '/d/file'
    await file.write([filled(512, 2)], 0)
    await file.sync()
    expect(await found(disk, contentOf)).toEqual(['512×1', '512×2'])
    disk.lying = null
    await file.sync()
    expect(await found(disk, contentOf)).toEqual(['512×2'])
  })

  test('is told by directories as well', async () => {
    const { disk, files } = machine()
    await durableFile(files, filled(3, 1))
    disk.lying = ({ name }) => name === 'syncDirectory'
    await files.rename('/d/file', '/d/other')
    await files.syncDirectory('/d')
    expect(await contentOf(after(disk, loseAll))).toBe('3×1')
    disk.lying = () => true
    await files.syncDirectory('/d')
    expect(await contentOf(after(disk, loseAll))).toBe('3×1')
    disk.lying = null
    await files.syncDirectory('/d')
    expect(await contentOf(after(disk, loseAll))).toBe(null)
  })
})
