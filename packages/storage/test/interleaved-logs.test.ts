import { type LogEntry, type LogStore, RaftedError } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { entries, entry, identity, numbers, setting, textOf, write } from './log-setting.ts'
import { WatchedFiles } from './watched-files.ts'

const GROUPS = Array.from({ length: 24 }, (_, i) => `g${i}`)
/** Of a payload: those of a batch are more than what is read through. */
const SIZE = 1000
const ALL = 40

/** Groups that are all busy at a time: each batch has an entry of each. */
async function busy(system: WatchedFiles) {
  const place = setting({ system, segmentBytes: 1 << 22 })
  const store = await place.open()
  for (const group of GROUPS) await store.create(group, identity)
  for (let index = 1; index <= ALL; index++)
    await store.write(GROUPS.map((group) => ({ group, write: write({ entries: [entry(index, 1, SIZE)] }) })))
  return { place, store }
}

async function readAll(store: LogStore, group: string): Promise<readonly LogEntry[]> {
  return await store.read(group, 1, ALL, Number.MAX_SAFE_INTEGER)
}

test('what is read of a group is its own, not the entries of all others that were busy at the time (F81d)', async () => {
  const system = new WatchedFiles()
  const { place, store } = await busy(system)
  const expected = textOf(entries(1, ALL, 1, SIZE))
  for (const again of [false, true]) {
    const opened = again ? await place.open() : store
    const before = system.readBytes
    for (const group of GROUPS) expect(textOf(await readAll(opened, group))).toEqual(expected)
    const { fileBytes } = [...system.segments.values()][0]!
    expect(fileBytes).toBeGreaterThan(GROUPS.length * ALL * SIZE)
    expect(system.readBytes - before).toBeLessThan(fileBytes)
    // An entry is asked for alone: the others of its group are not read, either.
    const read = system.readBytes
    expect(await opened.read('g7', 31, 1, SIZE)).toEqual([entry(31, 1, SIZE)])
    expect(system.readBytes - read).toBeLessThan(2 * SIZE)
    await opened.close()
  }
})

test('a record that is not what was written is told with its place, whichever span it lies in', async () => {
  const system = new WatchedFiles()
  const { store } = await busy(system)
  const [path, bytes] = [...system.files].find(([name]) => name.endsWith('.log'))!
  // The payload of entry 30 of the group with the number 1.
  const wanted = Buffer.from(entry(30, 1, SIZE).payload)
  const at = Buffer.from(bytes).indexOf(wanted)
  bytes[at + 10]! ^= 1
  const error = await readAll(store, 'g0').catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RaftedError)
  const { code, details } = error as RaftedError
  expect(code).toBe('damaged-storage')
  expect(details).toMatchObject({ file: path })
  expect(at - Number(details.offset)).toBeLessThan(100)
  const before = await store.read('g0', 1, 29, Number.MAX_SAFE_INTEGER)
  expect(textOf(before)).toEqual(textOf(entries(1, 29, 1, SIZE)))
  expect(await readAll(store, 'g1')).toHaveLength(ALL)
})

test('entries near each other, over a long way, are read span by span', async () => {
  const system = new WatchedFiles()
  const place = setting({ system, segmentBytes: 1 << 22 })
  const store = await place.open()
  for (const group of ['g', 'other']) await store.create(group, identity)
  for (let index = 1; index <= ALL; index++) {
    await store.write([{ group: 'g', write: write({ entries: [entry(index)] }) }])
    // The first is far from the second, and so has a span of its own.
    const between = entry(index, 1, index === 1 ? 20_000 : 10_000)
    await store.write([{ group: 'other', write: write({ entries: [between] }) }])
  }
  for (const again of [false, true]) {
    const opened = again ? await place.open() : store
    expect(textOf(await readAll(opened, 'g'))).toEqual(textOf(entries(1, ALL)))
    for (let index = 1; index <= ALL; index++) {
      const before = system.readBytes
      expect(textOf(await opened.read('g', index, 1, SIZE))).toEqual(textOf([entry(index)]))
      expect(system.readBytes - before).toBeLessThan(2 ** 17)
    }
    await opened.close()
  }
})

test('no more than a megabyte or so is read for entries that lie near each other, and no more of it kept than they take', async () => {
  const system = new WatchedFiles()
  const place = setting({ system, segmentBytes: 1 << 23 })
  const store = await place.open()
  for (const group of ['g', 'other']) await store.create(group, identity)
  const many = 300
  for (let index = 1; index <= many; index++) {
    await store.write([{ group: 'g', write: write({ entries: [entry(index)] }) }])
    await store.write([{ group: 'other', write: write({ entries: [entry(index, 1, 14_000)] }) }])
  }
  const before = system.readBytes
  const [only] = await store.read('g', 1, many, 1)
  expect(system.readBytes - before).toBeLessThan(2 ** 20 + 2 ** 17)
  expect(only!.payload.buffer.byteLength).toBeLessThan(2 ** 17 / 2)
  const all = await store.read('g', 1, many, Number.MAX_SAFE_INTEGER)
  expect(textOf(all)).toEqual(textOf(entries(1, many)))
  const buffers = new Set(all.map(({ payload }) => payload.buffer))
  expect([...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(many * 20)
  // All of the first megabytes but the last entry is cut off: what is left is measured without the others.
  await store.compact('g', { index: 50, term: 1 })
  const measured = system.readBytes
  expect((await store.open('g'))!.runs).toHaveLength(1)
  expect(system.readBytes - measured).toBeLessThan(2 ** 20 + 2 ** 17)
  await store.close()
})

test.each([1, 2, 3, 4, 5, 6])(
  'entries near each other and far from each other, copied, cut at both ends and written anew, are what was written (seed %i)',
  async (seed) => {
    const below = numbers(seed)
    const system = new WatchedFiles()
    // Of several segments, so that what is needed of the oldest is copied.
    const place = setting({ system, segmentBytes: 1 << 18 })
    let store = await place.open()
    for (const group of ['g', 'other']) await store.create(group, identity)
    let kept: LogEntry[] = []
    let base = 0
    let term = 1
    let others = 0
    for (let step = 0; step < 500; step++) {
      const act = below(14)
      const end = base + kept.length
      if (act < 7) {
        const more = entries(end + 1, end + 1 + below(3), term, 1 + below(400))
        // What is read while it grows is what was there, or with what comes.
        const reading = kept.length === 0 ? null : store.read('g', base + 1, 4096, Number.MAX_SAFE_INTEGER)
        const writing = store.write([{ group: 'g', write: write({ term, entries: more }) }])
        const found = (await reading) ?? []
        await writing
        kept.push(...more)
        expect(textOf(found)).toEqual(textOf(kept.slice(0, found.length)))
      } else if (act < 9)
        await store.write([
          { group: 'other', write: write({ entries: [entry(++others, 1, below(30_000))] }) },
        ])
      else if (act === 9 && kept.length > 0) {
        const from = end - below(Math.min(5, kept.length))
        term++
        kept = kept.slice(0, from - base - 1)
        const again = entries(from, from + below(4), term, 1 + below(400))
        kept.push(...again)
        await store.write([{ group: 'g', write: write({ term, truncateFrom: from, entries: again }) }])
      } else if (act === 10 && kept.length > 60) {
        const upTo = kept[below(15)]!
        await store.compact('g', { index: upTo.index, term: upTo.term })
        kept = kept.filter(({ index }) => index > upTo.index)
        base = upTo.index
      } else if (act === 11 && others > 0) await store.compact('other', { index: others, term: 1 })
      else if (act === 12) expect((await store.open('g'))!.last).toBe(end)
      else if (act === 13 && below(6) === 0) {
        await store.close()
        store = await place.open()
      }
      if (kept.length === 0) continue
      const first = below(kept.length)
      const found = await store.read('g', base + 1 + first, 1 + below(kept.length), Number.MAX_SAFE_INTEGER)
      expect(textOf(found)).toEqual(textOf(kept.slice(first, first + found.length)))
      expect(found.length).toBeGreaterThan(0)
    }
    expect(textOf(await store.read('g', base + 1, kept.length, Number.MAX_SAFE_INTEGER))).toEqual(
      textOf(kept),
    )
    expect(system.copiedBytes).toBeGreaterThan(0)
    await store.close()
  },
)
