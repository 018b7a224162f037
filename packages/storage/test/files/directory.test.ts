/** What a directory must be, and is made, to be opened. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { realClock, realRandom } from '@rafted/contracts/node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DirectoryOptions, nodeFileSystem, openDirectory } from '../../src/index.ts'
import { hookedFiles } from './hooked-files.ts'

let root: string
let path: string
let options: DirectoryOptions

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rafted-'))
  path = join(root, 'data')
  options = {
    path,
    cluster: 'shop',
    host: 'a',
    fileSystem: nodeFileSystem(),
    clock: realClock,
    random: realRandom,
  }
})
afterEach(() => rmSync(root, { recursive: true }))

const marker = (): string => join(path, 'rafted-directory')

async function openAndClose(change: Partial<DirectoryOptions> = {}): Promise<string> {
  const opened = await openDirectory({ ...options, ...change })
  await opened.close()
  return opened.id
}

describe('the first opening', () => {
  test('makes and formats it, for its owner only; later ones find the same id', async () => {
    path = join(root, 'a', 'b')
    options = { ...options, path }
    const opened = await openDirectory(options)
    expect(opened.path).toBe(path)
    expect(opened.id).toMatch(/^[0-9a-f]{32}$/)
    expect(opened.lock.isStale).toBe(false)
    await opened.lock.check()
    for (const directory of [dirname(path), path]) expect(statSync(directory).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(path).filter((name) => !name.endsWith('.socket')))
      expect(statSync(join(path, name)).mode & 0o777, name).toBe(0o600)
    await opened.close()
    await expect(opened.lock.check()).rejects.toMatchObject({ code: 'closed' })
    expect(await openAndClose()).toBe(opened.id)
    expect(readFileSync(marker(), 'utf8')).toMatch(
      /^rafted directory 1\ncluster "shop"\nhost "a"\nid "[0-9a-f]{32}"\ncrc32 [0-9a-f]{8}\n$/,
    )
  })

  test('that another process is done with in the same moment is told to be in use, and not to be of somebody else (F83)', async () => {
    let other: Awaited<ReturnType<typeof openDirectory>> | null = null
    // There is no marker yet; when it is looked what else there is, there is one.
    const fileSystem = hookedFiles(async (call, at) => {
      if (call === 'list' && at === path && other === null) other = await openDirectory(options)
    })
    await expect(openDirectory({ ...options, fileSystem })).rejects.toMatchObject({
      code: 'directory-in-use',
    })
    await other!.close()
  })

  test('takes what is empty, or was left half formatted', async () => {
    mkdirSync(join(path, 'lost+found'), { recursive: true })
    writeFileSync(`${marker()}.tmp`, 'rafted dir')
    await openAndClose()
    expect(readdirSync(path).sort()).toEqual(['lock-0000000000000001', 'lost+found', 'rafted-directory'])
  })

  test('flushes the directories above, then the marker, then its name (F80)', async () => {
    path = join(root, 'a', 'b')
    const done: string[] = []
    const fileSystem = hookedFiles((call, at) => {
      if (call === 'syncDirectory' || (/^(sync|rename)$/.test(call) && at.includes('rafted-directory')))
        done.push(`${call} ${at.replace(root, '')}`)
    })
    await openAndClose({ path, fileSystem })
    const marker = ['sync /a/b/rafted-directory.tmp', 'rename /a/b/rafted-directory', 'syncDirectory /a/b']
    expect(done.slice(0, 3)).toEqual(['syncDirectory /a', 'syncDirectory ', `syncDirectory ${dirname(root)}`])
    expect(done.slice(-4)).toEqual([...marker, 'syncDirectory /a/b'])
    // As long as no log was begun, nobody knows whether the flush of its name has failed.
    done.length = 0
    await openAndClose({ path, fileSystem })
    expect(done).toEqual([...marker, 'syncDirectory /a/b'])
    writeFileSync(join(path, 'log.begun'), '')
    done.length = 0
    await openAndClose({ path, fileSystem })
    expect(done).toEqual(['syncDirectory /a/b'])
  })
})

describe('is refused, and left as it is', () => {
  const refused = async (
    change: Partial<DirectoryOptions>,
    code: string,
    ...texts: string[]
  ): Promise<void> => {
    const before = readdirSync(path).sort()
    const error = await openDirectory({ ...options, ...change }).then(
      () => null,
      (problem: unknown) => problem,
    )
    expect(error).toMatchObject({ code, outcome: 'not-applied' })
    for (const text of texts) expect((error as Error).message).toContain(text)
    expect(readdirSync(path).sort()).toEqual(before)
  }

  test('the directory of another host or cluster (F118)', async () => {
    await openAndClose()
    await refused({ host: 'b' }, 'wrong-directory', 'host "a"', 'host "b"', 'cluster "shop"')
    await refused({ cluster: 'bank' }, 'wrong-directory', 'cluster "shop"', 'cluster "bank"')
  })

  test('one that holds something else', async () => {
    mkdirSync(path)
    writeFileSync(join(path, 'letter.txt'), 'dear')
    await refused({}, 'wrong-directory', '"letter.txt"')
    rmSync(join(path, 'letter.txt'))
    writeFileSync(join(path, 'notes.tmp'), 'do not lose')
    await refused({}, 'wrong-directory', '"notes.tmp"')
  })

  test('one whose marker is gone: it is not taken for a new one (F77)', async () => {
    await openAndClose()
    mkdirSync(join(path, 'snapshots'))
    rmSync(marker())
    await refused({}, 'damaged-storage', 'rafted-directory', '"snapshots"')
  })

  test('one whose marker is damaged, wherever (F74)', async () => {
    await openAndClose()
    const sound = readFileSync(marker())
    for (let at = 0; at < sound.length; at++) {
      const damaged = Buffer.from(sound)
      damaged[at]! ^= 1 << (at % 8)
      writeFileSync(marker(), damaged)
      await refused({}, 'damaged-storage', marker())
    }
    for (let length = 0; length < sound.length; length += 7) {
      writeFileSync(marker(), sound.subarray(0, length))
      await refused({}, 'damaged-storage', marker())
    }
  })

  test('one of a newer version (F88, F113)', async () => {
    await openAndClose()
    const text = 'rafted directory 2\nfuture {"a":1}\n'
    writeFileSync(marker(), `${text}crc32 ${crc32(text).toString(16).padStart(8, '0')}\n`)
    await refused({}, 'version-mismatch', marker(), 'version 2')
  })

  test('what can not be read', async () => {
    writeFileSync(path, 'a file')
    const attempt = openDirectory(options)
    await expect(attempt).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining(path),
    })
    rmSync(path)
    mkdirSync(path)
  })

  test('names that are none', async () => {
    mkdirSync(path)
    for (const change of [
      { path: '' },
      { cluster: '' },
      { host: '' },
      { host: 'ü'.repeat(33) },
      { cluster: 'x'.repeat(256) },
      { cluster: '\ud800' },
      { lockInterval: 0 },
      { lockInterval: Number.NaN },
    ])
      await refused(change, 'invalid-argument')
  })
})

test('temporary files of a crashed run are removed (F82)', async () => {
  await openAndClose()
  writeFileSync(join(path, 'something.tmp'), 'half')
  await openAndClose()
  expect(readdirSync(path)).not.toContain('something.tmp')
})

test('names of any letters are bound as they are', async () => {
  const names = { cluster: 'größe\n"x"\\', host: '東京 ' }
  const id = await openAndClose(names)
  expect(await openAndClose(names)).toBe(id)
})

test('a path too long for a socket: another way is found to the same one, and the lock holds', async () => {
  const opened = await openDirectory({ ...options, path: join(root, 'x'.repeat(100), 'y'.repeat(100)) })
  const sockets = () => readdirSync(opened.path).filter((name) => name.endsWith('.socket'))
  expect(sockets()).toHaveLength(1)
  await expect(openDirectory({ ...options, path: opened.path })).rejects.toMatchObject({
    code: 'directory-in-use',
  })
  await opened.close()
  expect(sockets()).toEqual([])
})

test('who is robbed of it says so to its observer', async () => {
  const errors: unknown[] = []
  const observer = {
    event(event: { kind: string; error?: unknown }): void {
      errors.push([event.kind, event.error])
      throw new Error('observers may throw')
    },
  }
  const opened = await openDirectory({ ...options, observer })
  rmSync(join(path, 'lock-0000000000000001'))
  await expect(opened.lock.check()).rejects.toMatchObject({ code: 'directory-in-use' })
  expect(errors).toEqual([['storage-failed', expect.objectContaining({ code: 'directory-in-use' })]])
  await opened.close()
})
