/** The examples of docs/disk-format.md are what is written and read. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { realClock, realRandom } from '@rafted/contracts/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimName, encodeClaim, readClaim } from '../../src/files/lock-claim.ts'
import { nodeFileSystem, openDirectory, openFileSnapshotStore } from '../../src/index.ts'

const page = readFileSync(fileURLToPath(new URL('../../../../docs/disk-format.md', import.meta.url)), 'utf8')
const examples = [...page.matchAll(/```text\n(.*?)```/gs)].map((match) => match[1]!)
const example = (begin: string): string => examples.find((text) => text.startsWith(begin))!

const fileSystem = nodeFileSystem()
const lock = { isStale: false, check: async () => {}, release: async () => {} }
let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'rafted-'))
})
afterEach(() => rmSync(path, { recursive: true }))

test('the marker opens, and says the same again', async () => {
  const marker = example('rafted directory')
  writeFileSync(join(path, 'rafted-directory'), marker)
  const opened = await openDirectory({
    path,
    cluster: 'shop',
    host: 'a',
    fileSystem,
    clock: realClock,
    random: realRandom,
  })
  await opened.close()
  expect(marker).toContain(opened.id)
  expect(readFileSync(join(path, 'rafted-directory'), 'utf8')).toBe(marker)
})

test('the lock file is read, and written the same again', async () => {
  const text = example('rafted lock')
  writeFileSync(join(path, claimName(7)), text)
  const claim = await readClaim(fileSystem, path, 7)
  expect(claim).toMatchObject({ state: 'held', interval: 1000, pid: 21099, beats: 1 })
  if (claim === null || claim === 'unreadable') throw new Error('unread')
  expect(new TextDecoder().decode(encodeClaim(claim))).toBe(text)
})

test('the snapshot file is what is written, and is read', async () => {
  const lines = example('52 46 54 44').split('\n')
  const hex = lines.map((line) => /^(?: *[0-9a-f]{2}(?= ))+/.exec(`${line} `)?.[0] ?? '').join('')
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const content = new Uint8Array([0x3e, 0x45, 0x4c])
  const voter = { id: 'a', host: 'a', address: 'a:1', durable: true, wire: [1, 1] as const }
  const meta = {
    incarnation: '1'.repeat(32),
    index: 2,
    term: 3,
    time: 5,
    configuration: { index: 1, configuration: { voters: [voter], outgoing: null, learners: [] } },
    format: 1,
    machineVersion: 1,
    size: 3,
    checksum: crc32(content),
  }
  const store = await openFileSnapshotStore({ directory: { path, lock }, fileSystem })
  async function* chunks() {
    yield content
  }
  await store.save('g', chunks(), () => meta)
  const [name] = readdirSync(join(path, 'snapshots'))
  expect(readFileSync(join(path, 'snapshots', name!)).toString('hex')).toBe(bytes.toString('hex'))
  expect(await store.list('g')).toEqual([meta])
  await store.close()
})
