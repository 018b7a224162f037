/** Directories that are copied, swapped, mixed or used again: each file knows whose it is (F84, F118). */
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock, realRandom } from '@rafted/contracts/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openFileStorage, type Storage } from '../src/index.ts'
import { entry, write } from './log-setting.ts'

const identity = { incarnation: 'a'.repeat(32), member: 'b'.repeat(32) }
const former = { incarnation: 'c'.repeat(32), member: 'd'.repeat(32) }

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rafted-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const at = (name: string): string => join(root, name)

function open(name: string, host = 'a'): Promise<Storage> {
  const seams = { clock: realClock, random: realRandom }
  return openFileStorage({ path: at(name), cluster: 'shop', host, ...seams })
}

async function close({ logs, snapshots }: Storage): Promise<void> {
  await logs.close()
  await snapshots.close()
}

/** A directory with a log of so many entries of group "g". */
async function made(name: string, host: string, entries: number): Promise<void> {
  const storage = await open(name, host)
  await storage.logs.create('g', identity)
  for (let i = 1; i <= entries; i++)
    await storage.logs.write([{ group: 'g', write: write({ entries: [entry(i)] }) }])
  await close(storage)
}

/** Every file there, and what it holds. */
function contentOf(name: string): Record<string, string> {
  const files = readdirSync(at(name), { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(at(name), file)).isFile())
    // The lock tells who tried last.
    .filter((file) => !/lock/.test(file))
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(at(name), file), 'hex')]))
}

async function refused(name: string, host: string, ...texts: string[]): Promise<void> {
  const before = contentOf(name)
  const error = await open(name, host).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: 'wrong-directory', outcome: 'not-applied' })
  for (const text of texts) expect((error as Error).message).toContain(text)
  expect(contentOf(name)).toEqual(before)
}

test('the directory of another host, copied or swapped, is refused and left as it is', async () => {
  await made('a', 'a', 3)
  await made('b', 'b', 5)
  cpSync(at('a'), at('copy'), { recursive: true })
  await refused('copy', 'b', 'host "a"', 'host "b"')
  renameSync(at('a'), at('swapped'))
  renameSync(at('b'), at('a'))
  renameSync(at('swapped'), at('b'))
  await refused('a', 'a', 'host "b"')
  await refused('b', 'b', 'host "a"')
})

test.each([['log'], ['log/0000000000000001.log']])(
  'the %s of another directory, also of a former one of the same host, is refused and left as it is',
  async (part) => {
    await made('former', 'a', 5)
    await made('present', 'a', 3)
    rmSync(join(at('present'), part), { recursive: true })
    cpSync(join(at('former'), part), join(at('present'), part), { recursive: true })
    await refused('present', 'a', '0000000000000001.log')
  },
)

test('a marker that is put back over the log of another directory does not adopt it', async () => {
  await made('former', 'a', 5)
  await made('present', 'a', 3)
  cpSync(join(at('former'), 'rafted-directory'), join(at('present'), 'rafted-directory'))
  await refused('present', 'a', '0000000000000001.log')
})

test('a log is its group’s and its member’s for good: another one is refused, until it is removed', async () => {
  await made('a', 'a', 3)
  const again = await open('a')
  await expect(again.logs.create('g', former)).rejects.toMatchObject({ code: 'already-exists' })
  expect(await again.logs.open('g')).toMatchObject({ ...identity, last: 3 })
  await again.logs.remove('g')
  await again.logs.create('g', former)
  expect(await again.logs.open('g')).toMatchObject({ ...former, last: 0, term: 0 })
  await close(again)
  const later = await open('a')
  expect(await later.logs.open('g')).toMatchObject({ ...former, last: 0 })
  await close(later)
})
