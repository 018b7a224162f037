/** The log of very many groups stays small and is not written too often, whatever the groups do (F81b; docs/durability.md has the bounds). */
import { entryBytes, type LogEntry, type LogStore } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { Extents, measured } from '../src/files/log-extents.ts'
import { Segment } from '../src/files/log-segment.ts'
import {
  contentOf,
  entries,
  entry,
  FIRST_SEGMENT,
  identity,
  numbers,
  type Setting,
  setting,
  settled,
  write,
} from './log-setting.ts'
import { SkewedLoad, type SkewedLoadOptions } from './skewed-load.ts'
import { WatchedFiles, type WatchedSegment } from './watched-files.ts'

const SEGMENT_BYTES = 128 * 1024
const GROUPS = 1000

function watched(segmentBytes = SEGMENT_BYTES): { place: Setting; files: WatchedFiles } {
  const files = new WatchedFiles()
  return { place: setting({ system: files, segmentBytes }), files }
}

/** Everything that the log does by itself has been done. */
async function atRest(files: WatchedFiles): Promise<void> {
  for (let before = -1; before !== files.writes + files.reads; ) {
    before = files.writes + files.reads
    await settled()
  }
}

/** What docs/durability.md says of a log that is at rest. */
function expectBounds(files: WatchedFiles, neededBytes: number): void {
  const closed = [...files.segments.values()].slice(0, -1)
  const sum = (of: (segment: WatchedSegment) => number): number =>
    closed.reduce((all, segment) => all + of(segment), 0)
  expect(sum(({ entryBytes: bytes }) => bytes)).toBeLessThanOrEqual(4 * neededBytes)
  expect(sum(({ ownBytes }) => ownBytes)).toBeLessThanOrEqual(8 * neededBytes)
  expect(files.copiedBytes).toBeLessThanOrEqual(files.ownBytes / 4)
}

async function expectHeld(store: LogStore, load: SkewedLoad): Promise<void> {
  for (const { name, base, entries: held, term } of load.known) {
    const opened = (await store.open(name))!
    expect({ base: opened.base.index, last: opened.last, term: opened.term }).toEqual({
      base,
      last: base + held.length,
      term,
    })
    const found = await store.read(name, base + 1, held.length + 1, Number.MAX_SAFE_INTEGER)
    if (!sameEntries(found, held)) expect(found).toEqual(held)
  }
}

/** Comparing them one by one takes long. */
function sameEntries(found: readonly LogEntry[], held: readonly LogEntry[]): boolean {
  return (
    found.length === held.length &&
    found.every(({ index, term, payload }, i) => {
      const other = held[i]!
      return index === other.index && term === other.term && Buffer.compare(payload, other.payload) === 0
    })
  )
}

async function loaded(options: Pick<SkewedLoadOptions, 'kindOf'>, seed: number, steps: number) {
  const { place, files } = watched()
  const store = await place.open()
  const load = new SkewedLoad(store, { groups: GROUPS, below: numbers(seed), ...options })
  await load.begin()
  for (let i = 0; i < steps; i++) {
    await load.step()
    await atRest(files)
    expectBounds(files, load.neededBytes)
  }
  return { place, files, store, load }
}

describe('a thousand groups, of which a few get most of the load', () => {
  test.each([1, 2])('at each step the log is within its bounds (seed %i)', async (seed) => {
    const { place, files, store, load } = await loaded({}, seed, 250)
    // The load has turned the log over many times.
    expect(files.ownBytes).toBeGreaterThan(10 * SEGMENT_BYTES)
    await expectHeld(store, load)
    await store.close()
    const again = await place.open()
    await atRest(files)
    expectBounds(files, load.neededBytes)
    await expectHeld(again, load)
  })

  test.each([3, 4])(
    'idle, slow and huge groups among them change nothing of that (seed %i)',
    async (seed) => {
      const kindOf = (group: number) =>
        group === 2 ? 'huge' : group % 10 === 7 ? 'slow' : group % 3 === 0 ? 'idle' : 'usual'
      const { place, files, store, load } = await loaded({ kindOf }, seed, 250)
      expect(files.copiedBytes).toBeGreaterThan(0)
      await expectHeld(store, load)
      await store.close()
      await expectHeld(await place.open(), load)
    },
  )
})

describe('a segment is given up', () => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `group-${i}`)

  /** Groups that are there, and a log at rest. */
  async function begun(groups: readonly string[], segmentBytes: number) {
    const { place, files } = watched(segmentBytes)
    const store = await place.open()
    await Promise.all(groups.map((group) => store.create(group, identity)))
    await atRest(files)
    return { place, files, store }
  }

  const put = (store: LogStore, group: string, ...added: LogEntry[]): Promise<void> =>
    store.write([{ group, write: write({ entries: added }) }])

  const bytesOf = (count: number, size: number): number => count * entryBytes(new Uint8Array(size))

  test('when a few entries of each group are left, of stretches that are read as one', async () => {
    const groups = many(4)
    const { files, store } = await begun(groups, 200_000)
    for (const group of groups) await put(store, group, ...entries(1, 60, 1, 1000))
    for (const group of groups) await store.compact(group, { index: 59, term: 1 })
    await put(store, groups[0]!, entry(61))
    await atRest(files)
    expect([...files.segments.keys()]).not.toContain(FIRST_SEGMENT)
    expectBounds(files, bytesOf(4, 1000) + bytesOf(1, 20))
  })

  test('and not when the few that are left are the large ones: they are not copied', async () => {
    const groups = many(4)
    const { files, store } = await begun(groups, 200_000)
    for (const group of groups) await put(store, group, ...entries(1, 59, 1, 10), entry(60, 1, 60_000))
    for (const group of groups) await store.compact(group, { index: 59, term: 1 })
    await put(store, groups[0]!, entry(61))
    await atRest(files)
    expect([...files.segments.keys()]).toContain(FIRST_SEGMENT)
    expect(files.copiedBytes).toBe(0)
  })

  test.each([
    [24, true],
    [26, false],
  ])('when less than a quarter of its entries is needed: %i of a hundred', async (needed, goes) => {
    const { files, store } = await begun(['kept', 'gone'], 100_000)
    await put(store, 'kept', ...entries(1, needed, 1, 1000))
    await put(store, 'gone', ...entries(1, 100 - needed, 1, 1000))
    await store.compact('gone', { index: 100 - needed, term: 1 })
    await put(store, 'kept', entry(needed + 1))
    await atRest(files)
    expect(!files.segments.has(FIRST_SEGMENT)).toBe(goes)
    expect(files.copiedBytes).toBe(goes ? bytesOf(needed, 1000) : 0)
  })

  test('when it holds little but terms and votes, though all of its entries are needed', async () => {
    const { files, store } = await begun(['idle', 'g'], 8000)
    for (let term = 1; term <= 400; term++) {
      if (term % 40 === 1) await put(store, 'idle', entry((term + 39) / 40))
      await store.write([{ group: 'g', write: write({ term }) }])
      await atRest(files)
      expectBounds(files, bytesOf(Math.ceil(term / 40), 20))
    }
    // What remains is a segment, and what is needed of all before it.
    expect(files.segments.size).toBeLessThanOrEqual(2)
  })

  test('while a huge group stands beside it, of which nothing is copied', async () => {
    const { files, store } = await begun(['huge', 'g'], 100_000)
    for (let i = 1; i <= 40; i++) await put(store, 'huge', entry(i, 1, 30_000))
    const huge = files.segments.size
    for (let i = 1; i <= 400; i++) {
      await put(store, 'g', entry(i, 1, 2000))
      if (i % 5 === 0) await store.compact('g', { index: i - 1, term: 1 })
      await atRest(files)
    }
    expect(files.segments.size).toBeLessThanOrEqual(huge + 2)
    expect(files.copiedBytes).toBeLessThan(2 * bytesOf(1, 30_000))
  })

  test('with a flush for many groups, not one for each', async () => {
    const groups = many(300)
    const { files, store } = await begun(groups, 300_000)
    await Promise.all(groups.map((group) => put(store, group, ...entries(1, 3))))
    await put(store, groups[0]!, entry(4, 1, 300_000))
    await put(store, groups[0]!, entry(5))
    await atRest(files)
    const { writes } = files
    await store.compact(groups[0]!, { index: 4, term: 1 })
    await atRest(files)
    expect(files.copiedBytes).toBe(bytesOf(299 * 3, 20))
    expect(files.writes - writes).toBeLessThanOrEqual(4)
  })

  test('and its entries are where they were copied to, and can be cut there', async () => {
    const { place, files, store } = await begun(['idle', 'g'], 20_000)
    // In many places each.
    for (let i = 1; i <= 30; i++) {
      await put(store, 'idle', entry(i, 1, 30))
      await put(store, 'g', entry(i, 1, 400))
    }
    const before = await contentOf(store, 'idle')
    await store.compact('g', { index: 29, term: 1 })
    await put(store, 'g', entry(31, 1, 20_000))
    await atRest(files)
    expect(files.copiedBytes).toBeGreaterThan(0)
    expect(await contentOf(store, 'idle')).toEqual(before)
    expect((await store.open('idle'))!.runs).toHaveLength(1)
    await store.compact('idle', { index: 10, term: 1 })
    await store.close()
    expect(await contentOf(await place.open(), 'idle')).toEqual(before.slice(10))
  })
})

describe('many groups and small segments', () => {
  test('a segment holds as much besides what it says of all groups', async () => {
    const { place, files } = watched(500)
    const store = await place.open()
    for (let i = 0; i < 100; i++) await store.create(`group-${i}`, identity)
    const before = files.segments.size
    const { writes } = files
    for (let i = 1; i <= 20; i++)
      await store.write([{ group: 'group-0', write: write({ entries: [entry(i)] }) }])
    expect(files.writes - writes).toBe(20)
    expect(files.segments.size - before).toBeLessThan(12)
  })
})

describe('an entry that is needed and can not be read', () => {
  async function withDamage() {
    const { place, files } = watched(20_000)
    const store = await place.open()
    for (const group of ['idle', 'g']) await store.create(group, identity)
    const at = files.files.get(FIRST_SEGMENT)!.length
    await store.write([{ group: 'idle', write: write({ entries: entries(1, 3) }) }])
    const flip = files.files.get(FIRST_SEGMENT)!.length - 3
    files.files.get(FIRST_SEGMENT)![flip]! ^= 1
    let last = 0
    const turnOver = async (): Promise<void> => {
      for (let i = 0; i < 100; i++)
        await store.write([{ group: 'g', write: write({ entries: [entry(++last, 1, 500)] }) }])
      await store.compact('g', { index: last - 1, term: 1 })
      await atRest(files)
    }
    return { place, files, store, turnOver, at, flip }
  }

  test('is told, once, with file and offset; its file stays, and the others go', async () => {
    const { place, files, store, turnOver, at, flip } = await withDamage()
    for (let i = 0; i < 5; i++) await turnOver()
    expect(place.events).toEqual([
      {
        kind: 'log-unreadable',
        level: 'error',
        file: FIRST_SEGMENT,
        offset: expect.any(Number),
        error: expect.objectContaining({ code: 'damaged-storage' }),
      },
    ])
    const [event] = place.events as { offset: number }[]
    expect(event!.offset).toBeGreaterThan(at)
    expect(event!.offset).toBeLessThan(flip)
    expect([...files.segments.keys()]).toContain(FIRST_SEGMENT)
    expect(files.segments.size).toBeLessThanOrEqual(3)
    // Nobody was told that it is there: whoever reads it learns the same.
    await expect(store.read('idle', 1, 9, 1e6)).rejects.toMatchObject({ code: 'damaged-storage' })
  })

  test('a log that is closed meanwhile is not damaged', async () => {
    const { place, files } = watched(20_000)
    const store = await place.open()
    for (const group of ['idle', 'g']) await store.create(group, identity)
    await store.write([{ group: 'idle', write: write({ entries: entries(1, 3) }) }])
    for (let i = 1; i <= 60; i++)
      await store.write([{ group: 'g', write: write({ entries: [entry(i, 1, 500)] }) }])
    let release = (): void => {}
    files.holdReads = new Promise((resolve) => {
      release = resolve
    })
    await store.compact('g', { index: 59, term: 1 })
    await settled()
    const closing = store.close()
    release()
    await closing
    await atRest(files)
    expect(place.events).toEqual([])
  })
})

describe('what the store knows of a segment', () => {
  /** Sums over the extents that lie there, of all groups. */
  function expectTrue(segments: readonly Segment[], groups: readonly Extents[]): void {
    for (const segment of segments) {
      const own = groups.flatMap(({ list }) => list.filter((extent) => extent.segment === segment))
      const sum = (extents: typeof own): number => extents.reduce((all, { bytes }) => all + bytes, 0)
      expect({ ...segment }).toMatchObject({
        extents: own.length,
        liveBytes: sum(own),
        cutBytes: sum(own.filter(({ isCut }) => isCut)),
      })
    }
  }

  test.each([1, 2, 3])(
    'is what its extents say, whatever is cut, moved and measured, and can not be read (seed %i)',
    (seed) => {
      const below = numbers(seed)
      const segments = [1, 2, 3].map(
        (number) => new Segment({ number, path: `${number}`, salt: 0, file: null as never, end: 0 }),
      )
      const groups = [new Extents(), new Extents()]
      let at = 0
      const stretch = (first: number, count: number) => {
        at += count
        const place = { offset: at - count, end: at }
        return { first, last: first + count - 1, term: 1 + below(2), bytes: count * 50, time: 0, ...place }
      }
      for (let step = 0; step < 400; step++) {
        const group = groups[below(2)]!
        const segment = segments[below(3)]!
        const [first, last] = [group.list[0]?.first ?? 1, group.last]
        const held = last - first + 1
        const act = below(10)
        if (act < 4) group.append(segment, stretch(last + 1, 1 + below(9)), null)
        else if (act < 5) group.append(segment, stretch(last + 1, 1 + below(9)), null, 'unreadable')
        else if (act < 6) group.cutFrom(last - below(6))
        else if (act < 7) group.cutTo(first + below(8))
        else if (act < 9 && held > 4)
          group.move(segment, stretch(first + below(held - 4), 1 + below(4)), null)
        else {
          const cut = group.list.find(({ isCut }) => isCut)
          if (below(2) === 0) group.cutTo(first + below(8))
          // It may have been cut off meanwhile.
          if (cut !== undefined) measured(cut, { bytes: (cut.last - cut.first + 1) * 50, time: 0 })
        }
        expectTrue(segments, groups)
      }
    },
  )
})
