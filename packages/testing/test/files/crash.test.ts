/** What a crash may leave: each of the results that are listed, and no other. */
import type { FileSystem } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { keepAll, loseAll } from '../../src/index.ts'
import { after, contentOf, durableFile, everyCrash, filled, found, machine } from './machine.ts'

const content = (files: FileSystem): Promise<string | null> => contentOf(files)
const names = async (files: FileSystem): Promise<string> => (await files.list('/d')).toSorted().join(' ')

describe('writes', () => {
  test('of one sector: lost, kept, or zeros where it should be', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(100, 1))
    await file.write([filled(50, 2)], 100)
    expect(await found(disk, content)).toEqual(['100×1', '100×1 50×0', '100×1 50×2'])
  })

  test('of several: any subset of their sectors arrives, and the length is one that the file had', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(1536, 1))
    await file.write([filled(1536, 2)], 0)
    expect((await found(disk, content)).length).toBe(8)

    await file.sync()
    await file.write([filled(700, 3)], 1536)
    expect(await found(disk, content)).toEqual([
      '1536×2',
      '1536×2 512×0',
      '1536×2 512×0 188×3',
      '1536×2 512×3',
      '1536×2 512×3 188×0',
      '1536×2 700×0',
      '1536×2 700×3',
    ])
  })

  test('are not ordered: the later one may be there without the earlier one', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(1024, 1))
    await file.write([filled(512, 2)], 0)
    await file.write([filled(512, 3)], 512)
    expect(await found(disk, content)).toEqual(['1024×1', '512×1 512×3', '512×2 512×1', '512×2 512×3'])
  })

  test('to one sector: each is on the disk with those before it, or not at all', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(30, 1))
    await file.write([filled(10, 2)], 0)
    await file.write([filled(10, 3)], 20)
    expect(await found(disk, content)).toEqual(['10×2 10×1 10×3', '10×2 20×1', '30×1'])
  })

  test('that a sync covered are there in every crash, those after it began are not', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(512, 1))
    await file.write([filled(512, 2)], 0)
    const sync = file.sync()
    const write = file.write([filled(512, 3)], 0)
    await Promise.all([sync, write])
    expect(await found(disk, content)).toEqual(['512×2', '512×3'])
    await file.sync()
    expect(await found(disk, content)).toEqual(['512×3'])
  })

  test('that never sync are written back in the end, the oldest first', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(512, 1))
    await file.write([filled(512, 2)], 0)
    for (let i = 0; i < 1024; i++) await file.write([filled(1, 3)], 600)
    expect(await contentOf(after(disk, loseAll))).toBe('512×2')
  })
})

describe('truncate', () => {
  test('is not durable before a sync', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(1000, 1))
    await file.truncate(300)
    expect(await found(disk, content)).toEqual(['1000×1', '300×1'])
    await file.sync()
    expect(await found(disk, content)).toEqual(['300×1'])
  })

  test('spares the question of what was written beyond it', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(300, 1))
    await file.write([filled(512, 2)], 1024)
    await file.truncate(300)
    // The lengths 300, 1536 and 300: only in the middle one is the write there or not.
    expect(everyCrash(disk)).toHaveLength(4)
    await file.truncate(2000)
    expect(everyCrash(disk)).toHaveLength(5)
  })

  test('stays in force when what is durable grows again', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(1000, 1))
    await file.truncate(300)
    await file.truncate(600)
    await file.sync()
    expect(await found(disk, content)).toEqual(['300×1 300×0'])
  })

  test('hides what was there from what grows again, once it is durable', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(1000, 1))
    await file.truncate(300)
    await file.truncate(600)
    expect(await found(disk, content)).toEqual(['1000×1', '300×1', '300×1 300×0'])
    await file.write([filled(100, 2)], 600)
    const left = await found(disk, content)
    expect(left).toContain('300×1 300×0 100×2')
    expect(left).toContain('300×1 400×0')
    // A sector that was written again arrives as it was seen, though the cut before is lost.
    expect(left).toContain('512×1 88×0 100×2 300×0')
    expect(left).toHaveLength(6)
  })
})

describe('entries of directories', () => {
  test('a file whose directory was not synced may be gone, though it was synced itself', async () => {
    const { disk, files } = machine()
    const file = await files.open('/d/file', 'create')
    await file.write([filled(10, 1)], 0)
    await file.sync()
    expect(await found(disk, content)).toEqual(['10×1', null].toSorted())
    await files.syncDirectory('/d')
    expect(await found(disk, content)).toEqual(['10×1'])
  })

  test('a file whose directory was synced is there, with what of it is durable', async () => {
    const { disk, files } = machine()
    const file = await files.open('/d/file', 'create')
    await files.syncDirectory('/d')
    await file.write([filled(10, 1)], 0)
    expect(await found(disk, content)).toEqual(['', '10×0', '10×1'])
  })

  test('a rename leaves the old name or the new one, a removal may not have happened', async () => {
    const { disk, files } = machine()
    await durableFile(files, filled(10, 1))
    await files.rename('/d/file', '/d/new')
    expect(await found(disk, names)).toEqual(['file', 'new'])
    await files.syncDirectory('/d')
    await files.remove('/d/new')
    expect(await found(disk, names)).toEqual(['', 'new'])
    await files.syncDirectory('/d')
    expect(await found(disk, names)).toEqual([''])
  })

  test('a torn rename leaves both names of one file, or none', async () => {
    const { disk, files } = machine({ tornRenames: true })
    await durableFile(files, filled(10, 1))
    await files.rename('/d/file', '/d/new')
    expect(await found(disk, names)).toEqual(['', 'file', 'file new', 'new'])
    for (const image of everyCrash(disk)) {
      if ((await image.list('/d')).length < 2) continue
      await (await image.open('/d/file', 'write')).write([filled(10, 2)], 0)
      expect(await contentOf(image, '/d/new')).toBe('10×2')
    }
  })

  test('a rename to another directory needs both synced', async () => {
    const { disk, files } = machine({ directories: ['/d', '/e'] })
    await durableFile(files, filled(10, 1))
    await files.rename('/d/file', '/e/file')
    const both = async (image: FileSystem): Promise<string> =>
      `${await names(image)}|${(await image.list('/e')).join(' ')}`
    expect(await found(disk, both)).toEqual(['file|', '|file'])
    await files.syncDirectory('/e')
    expect(await found(disk, both)).toEqual(['file|file', '|file'])
    await files.syncDirectory('/d')
    expect(await found(disk, both)).toEqual(['|file'])
  })

  test('of a rename between directories one half may be durable, or lost with a failed sync', async () => {
    for (const fails of [false, true]) {
      const { disk, files } = machine({ directories: ['/d', '/e'], tornRenames: true })
      await durableFile(files, filled(10, 1))
      await files.rename('/d/file', '/e/file')
      expect(everyCrash(disk)).toHaveLength(4)
      if (fails) disk.failNext({ name: 'syncDirectory' })
      await files.syncDirectory('/e').catch(() => {})
      expect(everyCrash(disk)).toHaveLength(2)
      for (const image of everyCrash(disk)) expect(await image.exists('/e/file')).toBe(!fails)
    }
  })

  test('they are not ordered: any of them may have happened', async () => {
    const { disk, files } = machine()
    for (const name of ['a', 'b']) await files.open(`/d/${name}`, 'create')
    expect(await found(disk, names)).toEqual(['', 'a', 'a b', 'b'])
  })

  test('a directory is an entry of the one above', async () => {
    const { disk, files } = machine()
    await files.makeDirectory('/d/x/y')
    await files.syncDirectory('/d/x')
    const deep = async (image: FileSystem): Promise<string> => String(await image.exists('/d/x/y'))
    expect(await found(disk, deep)).toEqual(['false', 'true'])
    await files.syncDirectory('/d')
    expect(await found(disk, deep)).toEqual(['true'])
  })

  test('changes that never sync are written back in the end, the oldest first', async () => {
    const { disk, files } = machine()
    await files.open('/d/old', 'create')
    await files.open('/d/file', 'create')
    for (let i = 0; i < 512; i++) {
      await files.rename('/d/file', '/d/new')
      await files.rename('/d/new', '/d/file')
    }
    expect(await names(after(disk, loseAll))).toBe('file old')
  })

  test('what replaces a file leaves the old content or the new one', async () => {
    const { disk, files } = machine()
    await durableFile(files, filled(10, 1))
    const other = await files.open('/d/other', 'create')
    await other.write([filled(20, 2)], 0)
    await other.sync()
    await files.rename('/d/other', '/d/file')
    expect(await found(disk, content)).toEqual(['10×1', '20×2'])
  })
})

describe('choices', () => {
  test('all lost and all kept are the two ends', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(100, 1))
    await file.write([filled(2000, 2)], 50)
    await files.rename('/d/file', '/d/new')
    await files.open('/d/more', 'create')
    expect(await names(after(disk, loseAll))).toBe('file')
    expect(await contentOf(after(disk, loseAll))).toBe('100×1')
    expect(await names(after(disk, keepAll))).toBe('more new')
    expect(await contentOf(after(disk, keepAll), '/d/new')).toBe('50×1 2000×2')
  })

  test('by chance, every seed the same again, and all results are met', async () => {
    const results = new Map<number, string | null>()
    for (let run = 0; run < 500; run++) {
      const seed = run % 250
      const { disk, files } = machine({ seed })
      const file = await durableFile(files, filled(100, 1))
      await file.write([filled(600, 2)], 100)
      disk.crash()
      const result = await contentOf(disk.mount().files)
      if (run >= 250) expect(result).toBe(results.get(seed))
      results.set(seed, result)
    }
    const { disk, files } = machine()
    const file = await durableFile(files, filled(100, 1))
    await file.write([filled(600, 2)], 100)
    expect([...new Set(results.values())].toSorted()).toEqual(await found(disk, content))
  })

  test('an answer that is none is an error', async () => {
    const { disk, files } = machine()
    await files.open('/d/file', 'create')
    for (const answer of [-1, 2, 0.5, Number.NaN])
      expect(() => disk.crash({ choose: () => answer })).toThrow(/asks for one of 2 answers/)
  })

  test('an image changes nothing of what it is taken of', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(600, 1))
    await file.write([filled(600, 2)], 300)
    const image = disk.image(loseAll)
    const imaged = image.mount().files
    await (await imaged.open('/d/file', 'write')).write([filled(600, 9)], 0)
    expect(await contentOf(after(image, loseAll))).toBe('600×1')
    expect(await contentOf(after(image, keepAll))).toBe('600×9')
    await imaged.remove('/d/file')
    expect(await contentOf(files)).toBe('300×1 600×2')
    expect(await contentOf(after(disk, loseAll))).toBe('600×1')
  })
})
