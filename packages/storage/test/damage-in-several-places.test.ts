/** Damage in several places of a log at once: none of it makes anything believed that may not be so. */
import { isRaftedError, type LogStore } from '@rafted/contracts'
import { expect, test } from 'vitest'
import {
  contentOf,
  entries,
  entry,
  FIRST_SEGMENT,
  identity,
  type Setting,
  setting,
  settled,
  write,
} from './log-setting.ts'

const SECOND_SEGMENT = '/d/log/0000000000000002.log'
const THIRD_SEGMENT = '/d/log/0000000000000003.log'
const SEGMENT_HEAD = 64
const BATCH_HEAD = 64

type Change = Parameters<typeof write>[0]

/** @returns where the batch begins. */
async function put(place: Setting, store: LogStore, change: Change, group = 'g'): Promise<number> {
  const before = place.system.files.get(FIRST_SEGMENT)!.length
  await store.write([{ group, write: write(change) }])
  return before
}

function bytesOf(place: Setting, file = FIRST_SEGMENT): Buffer {
  return Buffer.from(place.system.files.get(file)!.buffer)
}

async function refusalOf(place: Setting): Promise<unknown> {
  const error = await place.open().then(
    () => 'opened',
    (reason: unknown) => reason,
  )
  return isRaftedError(error) ? [error.code, error.details.file, error.details.offset] : error
}

test('a record behind the broken head of a batch that is broken as well is not taken for a part of that head', async () => {
  const place = setting()
  const store = await place.open()
  // The record of a vote is as long as three stretches then.
  const group = 'g'.repeat(30)
  await store.create(group, identity)
  const start = await put(place, store, { term: 2, vote: 'b', entries: [entry(1)] }, group)
  await store.close()
  const bytes = bytesOf(place)
  const record = start + BATCH_HEAD + 40
  expect([bytes.readUInt32LE(record + 4) + 16, bytes[record + 8]]).toEqual([120, 3])
  bytes[start]! ^= 1
  expect(await (await setting({ system: place.system.copy() }).open()).open(group)).toMatchObject({
    vote: 'b',
  })
  bytes[record + 100]! ^= 1
  expect(await refusalOf(place)).toEqual(['damaged-storage', FIRST_SEGMENT, start])
})

test('an entry that can not be read, behind a record that is none, is known by its head, but for one byte', async () => {
  for (const wrongBytes of [0, 1, 2]) {
    const place = setting()
    const store = await place.open()
    for (const group of ['g', 'h']) await store.create(group, identity)
    const start = place.system.files.get(FIRST_SEGMENT)!.length
    // A vote, an entry, a vote, an entry.
    await store.write(
      ['g', 'h'].map((group) => ({ group, write: write({ term: 2, vote: 'b', entries: entries(1, 2) }) })),
    )
    await store.close()
    const bytes = bytesOf(place)
    const fact = start + BATCH_HEAD + 80
    const first = fact + 16 + bytes.readUInt32LE(fact + 4)
    bytes[first + 50]! ^= 1
    for (let i = 0; i < wrongBytes; i++) bytes[first + 24 + i]! ^= 1
    if (wrongBytes === 2) {
      expect(await refusalOf(place)).toEqual(['damaged-storage', FIRST_SEGMENT, first])
      continue
    }
    const again = await place.open()
    expect(await again.open('g')).toMatchObject({ vote: 'b', damaged: [{ from: 1, to: 2 }], last: 2 })
    expect(await again.open('h')).toMatchObject({ vote: 'b', damaged: [], last: 2 })
  }
})

test('the first batch of a file in which others stand was durable: without it the log is refused, and not empty', async () => {
  const place = setting({ segmentBytes: 400 })
  const store = await place.open()
  await store.create('g', identity)
  for (let i = 1; i <= 4; i++) await put(place, store, { entries: [entry(i, 1, 100)] })
  await store.close()
  const file = [...place.system.files.keys()].filter((path) => path.endsWith('.log')).at(-1)!
  expect(file).not.toBe(FIRST_SEGMENT)
  const bytes = bytesOf(place, file)
  const second = bytes.indexOf(bytes.subarray(SEGMENT_HEAD, SEGMENT_HEAD + 8), SEGMENT_HEAD + 8)
  expect(second).toBeGreaterThan(0)
  // What names the first one as durable is gone, and a copy of its head is there, in a place that is not its own.
  const head = bytes.subarray(SEGMENT_HEAD, SEGMENT_HEAD + BATCH_HEAD + 40)
  const damaged = new Uint8Array([...bytes.fill(0, second), ...head])
  const catalogue = SEGMENT_HEAD + BATCH_HEAD + 40
  damaged[catalogue + 16]! ^= 1
  place.system.files.set(file, damaged)
  expect(await refusalOf(place)).toEqual(['damaged-storage', file, catalogue])
})

test('a file that was begun and never used says how far the one before it went: what that lacks is no end of it (F75)', async () => {
  const place = setting({ segmentBytes: 1000 })
  const store = await place.open()
  await store.create('g', identity)
  const starts: number[] = []
  for (let i = 1; !place.system.files.has(SECOND_SEGMENT); i++)
    starts.push(await put(place, store, { entries: [entry(i, 1, 60)] }))
  const last = starts.length - 1
  // A crash has torn its first batch.
  place.system.files.set(SECOND_SEGMENT, bytesOf(place, SECOND_SEGMENT).subarray(0, -1))
  const cutAt = (bytes: number): Setting => {
    const image = setting({ system: place.system.copy() })
    image.system.files.set(FIRST_SEGMENT, bytesOf(image).subarray(0, bytes))
    return image
  }
  const whole = bytesOf(place).length
  expect(starts.at(-1)).toBe(whole)
  expect(await (await cutAt(whole).open()).open('g')).toMatchObject({ last, damaged: [], lostTo: null })
  // Between two batches, and in the middle of one.
  const [between, next] = [starts.at(-3)!, starts.at(-2)!]
  expect(await refusalOf(cutAt(between))).toEqual(['damaged-storage', FIRST_SEGMENT, between])
  expect(await refusalOf(cutAt(between + 120))).toEqual(['damaged-storage', FIRST_SEGMENT, next])
  // All that the last one holds has its name.
  expect(await (await cutAt(whole - 1).open()).open('g')).toMatchObject({
    last,
    damaged: [{ from: last, to: last }],
  })
})

test('a file that was begun and never used says which one was before it: an older one is not taken for that', async () => {
  const place = setting({ segmentBytes: 600 })
  const store = await place.open()
  await store.create('g', identity)
  const third = '/d/log/0000000000000003.log'
  for (let i = 1; !place.system.files.has(third); i++) await put(place, store, { entries: [entry(i, 1, 60)] })
  place.system.files.set(third, bytesOf(place, third).subarray(0, -1))
  expect(await (await setting({ system: place.system.copy() }).open()).open('g')).toMatchObject({
    lostTo: null,
  })
  place.system.files.delete(SECOND_SEGMENT)
  expect(await refusalOf(place)).toEqual(['damaged-storage', SECOND_SEGMENT, 0])
})

test('what was read before an earlier hole is not proven by what was read behind it', async () => {
  const place = setting({ segmentBytes: 2000 })
  const store = await place.open()
  for (const group of ['g', 'h']) await store.create(group, identity)
  await put(place, store, { entries: entries(1, 5) })
  const cut = await put(place, store, { term: 2, truncateFrom: 4, entries: entries(4, 5, 2) })
  const behind = await put(place, store, { term: 2, entries: [entry(6, 2)] })
  const lost = await put(place, store, { entries: [entry(1)] }, 'h')
  const next = await put(place, store, { entries: [entry(2)] }, 'h')
  for (let i = 3; !place.system.files.has(SECOND_SEGMENT); i++)
    await put(place, store, { entries: [entry(i)] }, 'h')
  await store.close()
  const bytes = bytesOf(place)
  bytes.fill(0, lost, next)
  const one = await setting({ system: place.system.copy() }).open()
  expect(await one.open('g')).toMatchObject({ last: 6, lostTo: null })
  bytes.fill(0, cut, behind)
  const two = await place.open()
  // Entries 4 and 5 of term 1 were replaced by others of term 2, which are lost.
  expect(await two.open('g')).toMatchObject({ last: 0, lostTo: 6 })
})

test('what a log with a hole was found to hold is found again, whatever has been forgotten since', async () => {
  const place = setting({ segmentBytes: 1500 })
  let store = await place.open()
  for (const group of ['g', 'h']) await store.create(group, identity)
  const first = await put(place, store, { entries: entries(1, 4) })
  const lost = await put(place, store, { vote: 'a' }, 'h')
  let last = 0
  while (!place.system.files.has(SECOND_SEGMENT))
    await put(place, store, { entries: [entry(++last, 1, 300)] }, 'h')
  // From here on nothing shows that the log of `g` is of term 1 but the beginning of the second file.
  await put(place, store, { term: 2 })
  for (let i = 0; i < 5; i++) await put(place, store, { entries: [entry(++last, 1, 300)] }, 'h')
  await store.close()
  const bytes = bytesOf(place)
  bytes.fill(0, lost, lost + BATCH_HEAD)
  bytes[bytes.indexOf(entry(4).payload, first)]! ^= 1
  store = await place.open()
  const found = (await store.open('g'))!
  expect(found).toMatchObject({ last: 4, damaged: [{ from: 4, to: 4 }], lostTo: null })
  await store.compact('h', { index: last, term: 1 })
  await put(place, store, { vote: 'b' }, 'h')
  await settled()
  await store.close()
  store = await place.open()
  expect(await store.open('g')).toEqual(found)
  // Then nothing keeps them any more.
  await store.restore('g', [entry(4)])
  await settled()
  await settled()
  expect(await contentOf(store)).toHaveLength(4)
  for (const file of [FIRST_SEGMENT, SECOND_SEGMENT]) expect(place.system.files.has(file)).toBe(false)
})

/** Three files; each batch of the first two has an entry of each of `g`, `h` and `gone`. @returns the index of the last, and of those in the first batch of the second file. */
async function threeFiles(place: Setting, store: LogStore): Promise<{ last: number; second: number }> {
  const groups = ['g', 'h', 'gone']
  for (const group of groups) await store.create(group, identity)
  let last = 0
  const fill = async (file: string): Promise<number> => {
    while (!place.system.files.has(file)) {
      last++
      const bytes = { g: 20, h: 300, gone: 30 }
      const entryOf = (group: string) => entry(last, 1, bytes[group as keyof typeof bytes])
      await store.write(groups.map((group) => ({ group, write: write({ entries: [entryOf(group)] }) })))
    }
    return last
  }
  const second = await fill(SECOND_SEGMENT)
  await fill(THIRD_SEGMENT)
  return { last, second }
}

/** What the second file begins with can't be read: what it says of groups, and the entries in that batch. */
function breakFirstBatch(place: Setting): void {
  const bytes = bytesOf(place, SECOND_SEGMENT)
  bytes[bytes.indexOf(identity.incarnation)]! ^= 1
}

test('an older file that has lost what it says of groups keeps all entries that have names, though the one that said it before is gone (F74)', async () => {
  const place = setting({ segmentBytes: 1500 })
  let store = await place.open()
  const { last, second } = await threeFiles(place, store)
  await store.remove('gone')
  for (const group of ['g', 'h']) await store.compact(group, { index: second - 1, term: 1 })
  await settled()
  expect(place.system.files.has(FIRST_SEGMENT)).toBe(false)
  const [before, content] = [(await store.open('g'))!, await contentOf(store)]
  await store.close()
  breakFirstBatch(place)
  store = await place.open()
  expect(await store.groups()).toEqual(['g', 'h'])
  expect(await store.open('g')).toEqual({ ...before, damaged: [{ from: second, to: second }] })
  expect(await store.read('g', second + 1, 1000, 1e6)).toHaveLength(last - second)
  await store.restore('g', [entry(second)])
  expect(await contentOf(store)).toEqual(content)
})

test('entries that are only named stay so when the file goes that said first of which group they are (F74)', async () => {
  const place = setting({ segmentBytes: 1500 })
  let store = await place.open()
  const { last, second } = await threeFiles(place, store)
  await store.close()
  breakFirstBatch(place)
  store = await place.open()
  for (const group of ['g', 'h', 'gone']) await store.compact(group, { index: second - 1, term: 1 })
  const found = (await store.open('g'))!
  expect(found).toMatchObject({ last, damaged: [{ from: second, to: second }], lostTo: null })
  await store.write([{ group: 'h', write: write({ vote: 'b' }) }])
  await settled()
  expect(place.system.files.has(FIRST_SEGMENT)).toBe(false)
  await store.close()
  store = await place.open()
  expect(await store.open('g')).toEqual(found)
})
