/** The real file system does what `FileSystem` says. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileHandle } from '@rafted/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nodeFileSystem } from '../src/index.ts'

const files = nodeFileSystem()
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rafted-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const at = (...names: string[]): string => join(root, ...names)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

async function using<T>(
  path: string,
  mode: 'create' | 'write' | 'read',
  use: (file: FileHandle) => Promise<T>,
) {
  const file = await files.open(path, mode)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

describe('open', () => {
  test('create: a new file, readable too, that only its owner may use', async () => {
    const text = await using(at('a'), 'create', async (file) => {
      await file.write([bytesOf('abc')], 0)
      return textOf(await file.read(0, 3))
    })
    expect(text).toBe('abc')
    expect(statSync(at('a')).mode & 0o777).toBe(0o600)
    await expect(files.open(at('a'), 'create')).rejects.toMatchObject({ code: 'EEXIST' })
  })

  test('write: an existing file, whose content stays', async () => {
    await expect(files.open(at('a'), 'write')).rejects.toMatchObject({ code: 'ENOENT' })
    writeFileSync(at('a'), 'abcdef')
    await using(at('a'), 'write', async (file) => {
      await file.write([bytesOf('XY')], 2)
      expect(textOf(await file.read(0, 10))).toBe('abXYef')
    })
  })

  test('read: an existing file, which can not be written', async () => {
    await expect(files.open(at('a'), 'read')).rejects.toMatchObject({ code: 'ENOENT' })
    writeFileSync(at('a'), 'abcdef')
    await using(at('a'), 'read', async (file) => {
      expect(textOf(await file.read(1, 2))).toBe('bc')
      await expect(file.write([bytesOf('x')], 0)).rejects.toMatchObject({ code: 'EBADF' })
    })
  })
})

describe('a file', () => {
  test('write: any number of parts of any size, the empty ones among them, in order', async () => {
    for (const [count, size] of [
      [5000, 3],
      [5000, 40],
      [3, 300_000],
    ] as const) {
      const parts = Array.from({ length: count }, (_, i) => new Uint8Array(i % 7 === 3 ? 0 : size).fill(i))
      const path = at(`${count}-${size}`)
      await using(path, 'create', async (file) => {
        await file.write(parts, 5)
        await file.write([], 0)
        await file.write([new Uint8Array(0)], 0)
        await file.sync()
      })
      const whole = Buffer.concat([Buffer.alloc(5), ...parts])
      expect(readFileSync(path).equals(whole), `${count} parts of ${size} bytes`).toBe(true)
    }
  })

  test('read: fewer bytes only at the end', async () => {
    writeFileSync(at('a'), 'abcdef')
    await using(at('a'), 'read', async (file) => {
      expect(textOf(await file.read(4, 10))).toBe('ef')
      expect(await file.read(6, 10)).toEqual(new Uint8Array(0))
      expect(await file.read(60, 10)).toEqual(new Uint8Array(0))
    })
  })

  test('truncate and size', async () => {
    await using(at('a'), 'create', async (file) => {
      await file.write([bytesOf('abcdef')], 0)
      expect(await file.size()).toBe(6)
      await file.truncate(2)
      expect(await file.size()).toBe(2)
      await file.truncate(4)
      expect(textOf(await file.read(0, 10))).toBe('ab\0\0')
    })
  })

  test('closed: every call rejects, also when its descriptor is already that of another file', async () => {
    const file = await files.open(at('a'), 'create')
    await file.close()
    const descriptors = [1, 2, 3].map((name) => openSync(at(`other-${name}`), 'wx'))
    await expect(file.write([bytesOf('x')], 0)).rejects.toThrow()
    await expect(file.write([new Uint8Array(100_000)], 0)).rejects.toThrow()
    await expect(file.read(0, 1)).rejects.toThrow()
    await expect(file.sync()).rejects.toThrow()
    await expect(file.size()).rejects.toThrow()
    for (const descriptor of descriptors) closeSync(descriptor)
    for (const name of [1, 2, 3]) expect(statSync(at(`other-${name}`)).size).toBe(0)
  })

  test('close: lets a call under way finish', async () => {
    const file = await files.open(at('a'), 'create')
    const write = file.write([new Uint8Array(5_000_000).fill(7)], 0)
    await file.close()
    await write
    expect(readFileSync(at('a')).equals(Buffer.alloc(5_000_000, 7))).toBe(true)
  })
})

describe('directories', () => {
  test('makeDirectory: with those above, for the owner only; no error if it exists', async () => {
    await files.makeDirectory(at('a', 'b'))
    await files.makeDirectory(at('a', 'b'))
    for (const path of [at('a'), at('a', 'b')]) expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(await files.list(at('a'))).toEqual(['b'])
    await expect(files.list(at('c'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('rename replaces, remove needs nothing to be there, syncDirectory needs a directory', async () => {
    writeFileSync(at('a'), 'new')
    writeFileSync(at('b'), 'old')
    await files.rename(at('a'), at('b'))
    expect(await files.list(root)).toEqual(['b'])
    expect(readFileSync(at('b'), 'utf8')).toBe('new')
    await files.syncDirectory(root)
    await files.remove(at('b'))
    await files.remove(at('b'))
    expect(await files.list(root)).toEqual([])
    await expect(files.syncDirectory(at('c'))).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(files.rename(at('a'), at('b'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('exists: what cannot be told is an error, not a no', async () => {
    writeFileSync(at('a'), '')
    expect(await files.exists(at('a'))).toBe(true)
    expect(await files.exists(at('b'))).toBe(false)
    expect(await files.exists(at('a', 'b'))).toBe(false)
    await expect(files.exists(at('x'.repeat(300)))).rejects.toMatchObject({ code: 'ENAMETOOLONG' })
  })

  test('free: the bytes that df says are available', async () => {
    const [, kilobytes] = execFileSync('df', ['-Pk', root], { encoding: 'utf8' })
      .split('\n')
      .map((line) => Number(line.split(/\s+/)[3]))
    const free = (await files.free(root))!
    // Others use the disk meanwhile.
    expect(Math.abs(free - kilobytes! * 1024)).toBeLessThan(2 ** 32)
    await expect(files.free(at('none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
