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
import { FIRST_SEGMENT, setting, write } from '../log-setting.ts'

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
  const bytes = bytesOf(example('52 46 54 44'))
  const content = new Uint8Array([0x3e, 0x45, 0x4c])
  const voter = {
    id: 'a',
    host: 'a',
    address: 'a:1',
    durable: true,
    wire: [1, 1] as const,
    machine: [1, 1] as const,
  }
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

test('the segment is what is written, and is read', async () => {
  const bytes = bytesOf(example('d7 52 66 74 4c'))
  const place = setting()
  let store = await place.open()
  await store.create('g', { incarnation: '1'.repeat(32), member: '2'.repeat(32) })
  const payload = new TextEncoder().encode('hi')
  const command = { index: 1, term: 1, kind: 3 as const, time: 5, payload }
  await store.write([{ group: 'g', write: write({ term: 1, vote: 'b', entries: [command] }) }])
  expect(Buffer.from(place.system.files.get(FIRST_SEGMENT)!).toString('hex')).toBe(bytes.toString('hex'))
  place.system.files.set(FIRST_SEGMENT, new Uint8Array(bytes))
  store = await place.open()
  expect(await store.open('g')).toMatchObject({ term: 1, vote: 'b', last: 1, lastTime: 5 })
  expect(await store.read('g', 1, 1, 100)).toEqual([command])
})

/** The bytes of an example: what stands before the words of each line. */
function bytesOf(text: string): Buffer {
  const hex = text.split('\n').map((line) => /^(?: *[0-9a-f]{2}(?= ))+/.exec(`${line} `)?.[0] ?? '')
  return Buffer.from(hex.join('').replaceAll(' ', ''), 'hex')
}
