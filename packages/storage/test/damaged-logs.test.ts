import { crc32 } from 'node:zlib'
import { isRaftedError, type LogEntry, type LogStore, type OpenedLog } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
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

const SECOND = '/d/log/0000000000000002.log'
const THIRD = '/d/log/0000000000000003.log'
const FOURTH = '/d/log/0000000000000004.log'
/** Of a batch with one stretch, before its first record. */
const HEAD = 64 + 40
/** Of an entry with a payload of 20 bytes. */
const RECORD = 60

type Change = Parameters<typeof write>[0]

async function begun(place: Setting, ...groups: string[]): Promise<LogStore> {
  const store = await place.open()
  for (const group of groups.length === 0 ? ['g'] : groups) await store.create(group, identity)
  return store
}

async function put(store: LogStore, change: Change, group = 'g'): Promise<void> {
  await store.write([{ group, write: write(change) }])
}

/** One batch for each of these, and a mark behind them. @returns where each begins. */
async function written(place: Setting, changes: readonly Change[]): Promise<number[]> {
  const store = await begun(place)
  await put(store, {})
  const starts: number[] = []
  for (const change of changes) {
    starts.push(place.system.files.get(FIRST_SEGMENT)!.length)
    await put(store, change)
  }
  await store.close()
  return starts
}

function flip(place: Setting, at: number, file = FIRST_SEGMENT): void {
  place.system.files.get(file)![at]! ^= 1 << (at % 8)
}

async function opened(store: LogStore, group = 'g'): Promise<OpenedLog> {
  return (await store.open(group))!
}

async function indexes(store: LogStore, from: number): Promise<number[]> {
  return (await store.read('g', from, 1000, 1 << 30)).map(({ index }) => index)
}

async function refusal(run: Promise<unknown>): Promise<{ code: string; details: unknown }> {
  const error = await run.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isRaftedError(error)) throw new Error(`not refused: ${String(error)}`)
  return { code: error.code, details: error.details }
}

/** Copies of what can be read have been made, and files that nothing needs have gone. */
async function kept(place: Setting): Promise<string[]> {
  await settled()
  await settled()
  return [...place.system.files.keys()].filter((path) => path.includes('/log/')).map((path) => path.slice(-8))
}

/** A log of 9 entries in three batches, the second of which has lost its fifth entry's payload. */
async function unreadable(place = setting()): Promise<number[]> {
  const starts = await written(place, [
    { entries: entries(1, 3) },
    { entries: entries(4, 6) },
    { entries: entries(7, 9) },
  ])
  flip(place, starts[1]! + HEAD + RECORD + 50)
  return starts
}

describe('entries whose payloads can not be read (F74)', () => {
  test('a file that follows a damaged one is there whole or not at all: a second one that was begun could not be told from damage (F75)', async () => {
    const place = setting()
    await unreadable(place)
    place.system.rename = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
    await expect(place.open()).rejects.toThrow('EIO')
    expect([...place.system.files.keys()].filter((path) => path.endsWith('.log'))).toEqual([FIRST_SEGMENT])
    Reflect.deleteProperty(place.system, 'rename')
    const store = await place.open()
    await put(store, { entries: entries(10, 10) })
    expect((await opened(store)).damaged).toEqual([{ from: 5, to: 6 }])
    expect(place.system.files.has(SECOND)).toBe(true)
  })

  test('have their heads: the log is as long as it was, and says which they are', async () => {
    const place = setting()
    const starts = await unreadable(place)
    const store = await place.open()
    const { damaged, last, runs, lastTime, lostTo } = await opened(store)
    // Behind the first entry that is not whole none is looked for in its stretch.
    expect({ damaged, last, lastTime, lostTo }).toEqual({
      damaged: [{ from: 5, to: 6 }],
      last: 9,
      lastTime: 90,
      lostTo: null,
    })
    expect(runs).toEqual([{ first: 1, term: 1, bytes: 9 * 52, time: 90 }])
    expect(place.events).toEqual([
      {
        kind: 'log-file-damaged',
        level: 'warn',
        damage: 'unreadable',
        file: FIRST_SEGMENT,
        offset: starts[1]! + HEAD + RECORD,
        why: expect.any(String),
      },
    ])
  })

  test('end what is read, and are not passed over', async () => {
    const place = setting()
    await unreadable(place)
    const store = await place.open()
    expect(await indexes(store, 1)).toEqual([1, 2, 3, 4])
    expect(await indexes(store, 5)).toEqual([])
    expect(await indexes(store, 6)).toEqual([])
    expect(await indexes(store, 7)).toEqual([7, 8, 9])
    await put(store, { entries: [entry(10)] })
    expect(await indexes(store, 4)).toEqual([4])
    expect(await indexes(store, 8)).toEqual([8, 9, 10])
  })

  test('are put back, durable when that is told, and the damaged file goes', async () => {
    const place = setting()
    await unreadable(place)
    let store = await place.open()
    expect(await kept(place)).toEqual(['0001.log', '0002.log'])
    await store.restore('g', [entry(6)])
    expect((await opened(store)).damaged).toEqual([{ from: 5, to: 5 }])
    let release = (): void => {}
    place.system.hold = new Promise((resolve) => {
      release = resolve
    })
    let isDone = false
    const restoring = store.restore('g', [entry(5)]).then(() => {
      isDone = true
    })
    await settled()
    expect(isDone).toBe(false)
    release()
    place.system.hold = null
    await restoring
    const crashed = setting({ system: place.system.copy() })
    for (const image of [place, crashed]) {
      if (image === crashed) store = await image.open()
      expect(await opened(store)).toMatchObject({ damaged: [], lostTo: null, last: 9 })
      expect(await contentOf(store)).toEqual(await contentOf(await soundLog(9)))
      expect(await kept(image)).not.toContain('0001.log')
    }
  })

  test('are not replaced by other entries', async () => {
    const place = setting()
    await unreadable(place)
    const store = await place.open()
    const wrong: LogEntry[][] = [
      [entry(5, 2)],
      [entry(4)],
      [entry(10)],
      [entry(6), entry(5)],
      [entry(5), entry(5)],
      [entry(5), entry(7)],
      [{ ...entry(5), kind: 1 }],
      [{ ...entry(5), kind: 2 }],
    ]
    for (const each of wrong)
      expect(await refusal(store.restore('g', each))).toMatchObject({ code: 'invalid-argument' })
    expect(await refusal(store.restore('nobody', [entry(5)]))).toMatchObject({ code: 'no-such-group' })
    expect(await opened(store)).toMatchObject({ damaged: [{ from: 5, to: 6 }] })
    expect(await indexes(store, 5)).toEqual([])
  })

  test('stay so until they are put back, however often the log is opened and written', async () => {
    const former = setting()
    const starts = await written(former, [{ entries: entries(1, 3) }])
    const place = setting({ system: former.system, segmentBytes: 400 })
    flip(place, starts[0]! + HEAD + RECORD + 50)
    for (let life = 0; life < 4; life++) {
      const store = await place.open()
      for (let i = 0; i < 3; i++) {
        const { last } = await opened(store)
        await put(store, { entries: [entry(last + 1)] })
      }
      expect(await opened(store)).toMatchObject({ damaged: [{ from: 2, to: 3 }] })
      expect(await indexes(store, 1)).toEqual([1])
      // Only its own file is kept for them.
      expect(await kept(place)).toContain('0001.log')
      await store.close()
    }
  })

  test('leave the log as others do: by a cut, a compaction, a reset', async () => {
    const ways: [Change | number, { damaged: object[]; last: number }][] = [
      [{ truncateFrom: 6 }, { damaged: [{ from: 5, to: 5 }], last: 5 }],
      [{ truncateFrom: 5 }, { damaged: [], last: 4 }],
      [5, { damaged: [{ from: 6, to: 6 }], last: 9 }],
      [6, { damaged: [], last: 9 }],
      [{ reset: { index: 20, term: 1 } as never }, { damaged: [], last: 20 }],
    ]
    for (const [change, expected] of ways) {
      const place = setting()
      await unreadable(place)
      let store = await place.open()
      if (typeof change === 'number') await store.compact('g', { index: change, term: 1 })
      else await put(store, change)
      for (let lives = 0; lives < 2; lives++) {
        const { damaged, last } = await opened(store)
        expect({ damaged, last }).toEqual(expected)
        await store.close()
        store = await place.open()
      }
    }
  })

  test('no bytes in a payload are taken for a record', async () => {
    const place = setting()
    // The second entry holds what would be the record of the third, and fits to what follows.
    const forged = recordOf(entry(3, 1, 8))
    const second = { ...entry(2, 1, 52), payload: new Uint8Array(52 + 8) }
    second.payload.set(forged.subarray(0, 48), 12)
    const starts = await written(place, [{ entries: [entry(1), second, entry(3)] }])
    for (const bit of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const image = setting({ system: place.system.copy() })
      // The length of the second one's record.
      image.system.files.get(FIRST_SEGMENT)![starts[0]! + HEAD + RECORD + 4]! ^= 1 << bit
      const store = await image.open()
      expect((await opened(store)).damaged).toEqual([{ from: 2, to: 3 }])
      expect(await indexes(store, 1)).toEqual([1])
      expect(await indexes(store, 3)).toEqual([])
    }
  })

  test('of several groups in one batch: only those of the stretch that is broken', async () => {
    const place = setting()
    const store = await begun(place, 'g', 'h')
    for (const group of ['g', 'h']) await put(store, {}, group)
    const start = place.system.files.get(FIRST_SEGMENT)!.length
    await store.write(['g', 'h'].map((group) => ({ group, write: write({ entries: entries(1, 2) }) })))
    await store.close()
    flip(place, start + 64 + 80 + 30)
    const again = await place.open()
    expect((await opened(again)).damaged).toEqual([{ from: 1, to: 2 }])
    expect((await opened(again, 'h')).damaged).toEqual([])
    expect(await contentOf(again, 'h')).toHaveLength(2)
  })
})

describe('a copy that can not be read', () => {
  test('takes no place that can: the original is still there', async () => {
    const place = setting()
    await unreadable(place)
    const store = await place.open()
    // The other one keeps its file; and a mark behind them says that the copies were durable.
    await store.restore('g', [entry(5)])
    await store.close()
    const image = setting({ system: place.system.copy() })
    // The first file's batch is as it was again, and the copy is broken.
    const starts = await unreadable()
    flip(image, starts[1]! + HEAD + RECORD + 50)
    const second = image.system.files.get(SECOND)!
    const at = Buffer.from(second).lastIndexOf(Buffer.from(entry(5).payload))
    second[at]! ^= 1
    const again = await image.open()
    expect(image.events).toMatchObject([{ damage: 'unreadable', file: SECOND }])
    const { damaged, last } = await opened(again)
    expect({ damaged, last }).toEqual({ damaged: [], last: 9 })
    expect(await contentOf(again)).toHaveLength(9)
  })
})

describe('damage that does no harm', () => {
  test('a broken head of a batch: its records say all that it said', async () => {
    const place = setting()
    const starts = await written(place, [{ entries: entries(1, 3) }, { entries: entries(4, 6) }])
    flip(place, starts[0]! + 20)
    const store = await place.open()
    expect(await opened(store)).toMatchObject({ damaged: [], last: 6, lostTo: null })
    expect(await contentOf(store)).toHaveLength(6)
    expect(place.events).toMatchObject([{ damage: 'harmless', offset: starts[0] }])
    // All of it is written anew, so that no second damage is added to the first.
    expect(await kept(place)).not.toContain('0001.log')
    expect(await contentOf(store)).toHaveLength(6)
  })

  test('a broken head of a batch, and a broken record in it: what is left is not taken for all of it (F75)', async () => {
    // Records of 40, 80 and 120 bytes take the room of so many stretches.
    for (const size of [0, 40, 80]) {
      const place = setting()
      const starts = await written(place, [{ entries: entries(1, 5, 1, size) }, { entries: entries(6, 8) }])
      flip(place, starts[0]! + 20)
      flip(place, starts[0]! + HEAD + 30)
      expect(await refusal(place.open())).toMatchObject({
        code: 'damaged-storage',
        details: { file: FIRST_SEGMENT, offset: starts[0] },
      })
    }
  })

  test('a broken head of a segment, if it is known all the same', async () => {
    for (const at of [0, 3, 8, 12, 24, 39, 40, 63]) {
      const place = setting()
      await written(place, [{ entries: entries(1, 3) }])
      flip(place, at)
      const store = await place.open()
      expect(await contentOf(store)).toHaveLength(3)
      expect(place.events).toMatchObject([{ damage: 'harmless', file: FIRST_SEGMENT, offset: 0 }])
    }
    for (const at of [16, 20]) {
      const place = setting()
      await written(place, [{ entries: entries(1, 3) }])
      flip(place, at)
      expect(await refusal(place.open())).toEqual({
        code: 'damaged-storage',
        details: { file: FIRST_SEGMENT, offset: 0 },
      })
    }
  })

  test('the head of another directory is none, broken or not', async () => {
    const place = setting()
    await written(place, [{ entries: entries(1, 3) }])
    for (const at of [24, 30]) flip(place, at)
    expect(await refusal(place.open())).toMatchObject({ code: 'damaged-storage' })
    const bytes = Buffer.from(place.system.files.get(FIRST_SEGMENT)!.buffer)
    bytes.writeUInt32LE(crc32(bytes.subarray(12, 64)), 8)
    expect(await refusal(place.open())).toMatchObject({ code: 'wrong-directory' })
  })
})

describe('what nobody else knows is refused', () => {
  test('a vote that can not be read, and a batch of which nothing is known', async () => {
    const place = setting()
    const starts = await written(place, [
      { entries: [entry(1)] },
      { term: 2, vote: 'v' },
      { term: 2, entries: [entry(2, 2)] },
    ])
    flip(place, starts[1]! + 64 + 30)
    for (let i = 0; i < 2; i++)
      expect(await refusal(place.open())).toEqual({
        code: 'damaged-storage',
        details: { file: FIRST_SEGMENT, offset: starts[1]! + 64 },
      })
    flip(place, starts[1]! + 10)
    expect(await refusal(place.open())).toEqual({
      code: 'damaged-storage',
      details: { file: FIRST_SEGMENT, offset: starts[1] },
    })
  })
})

describe('entries that are lost (F75)', () => {
  test('if the core may have had to read one: the log ends before it, and never forgets', async () => {
    const former = setting()
    const configuration = { ...entry(5), kind: 1 as const }
    const starts = await written(former, [
      { entries: entries(1, 3) },
      { entries: [entry(4), configuration, entry(6)] },
      { entries: entries(7, 9) },
    ])
    const place = setting({ system: former.system, segmentBytes: 600 })
    flip(place, starts[1]! + HEAD + 30)
    let store = await place.open()
    for (let life = 0; life < 3; life++) {
      expect(await opened(store)).toMatchObject({ last: 3 + life, lostTo: 9, damaged: [], special: [] })
      await put(store, { term: 2, entries: [entry(4 + life, 2, 200)] })
      await store.close()
      store = await place.open()
    }
    for (let last = 6; last < 12; last++) await put(store, { term: 2, entries: [entry(last + 1, 2)] })
    expect(await opened(store)).toMatchObject({ last: 12, lostTo: 9 })
    await put(store, { term: 2, lostTo: null })
    await store.close()
    expect(await opened(await place.open())).toMatchObject({ last: 12, lostTo: null })
  })

  test('which is written down before the log is used', async () => {
    const place = setting()
    const starts = await written(place, [
      { entries: [entry(1), { ...entry(2), kind: 1 }] },
      { entries: [entry(3)] },
    ])
    flip(place, starts[0]! + HEAD + 30)
    await place.open()
    // Opened by somebody to whom the damaged file says nothing any more.
    place.system.files.delete(FIRST_SEGMENT)
    expect(await opened(await setting({ system: place.system.copy() }).open())).toMatchObject({
      last: 0,
      lostTo: 3,
    })
  })

  test('and what was found is found again if it could not be written down', async () => {
    const place = setting()
    const starts = await written(place, [
      { entries: [entry(1), { ...entry(2), kind: 1 }] },
      { entries: [entry(3)] },
    ])
    flip(place, starts[0]! + HEAD + 30)
    place.lock.failure = new Error('stopped')
    for (let i = 0; i < 2; i++) await expect(place.open()).rejects.toThrow()
    place.lock.failure = null
    expect(await opened(await place.open())).toMatchObject({ last: 0, lostTo: 3 })
  })

  /** Ten batches of an entry each, in several segments; then `more`. */
  async function several(more: (store: LogStore) => Promise<void>): Promise<Setting> {
    const place = setting({ segmentBytes: 700 })
    const store = await begun(place, 'g', 'h')
    for (let i = 1; i <= 10; i++) {
      await put(store, { entries: [entry(i)] })
      await put(store, { entries: [entry(i)] }, 'h')
    }
    await more(store)
    await store.close()
    return setting({ system: place.system.copy(), segmentBytes: 700 })
  }

  test('with a file: logs end before what was in it', async () => {
    const place = await several(async () => {})
    const files = await kept(place)
    const before = await opened(await setting({ system: place.system.copy(), segmentBytes: 700 }).open())
    place.system.files.delete(FOURTH)
    let store = await place.open()
    // That is written down before anything else: in a new file, whose catalogue does not name the lost one.
    expect((await kept(place)).at(-1)! > files.at(-1)!).toBe(true)
    for (let lives = 0; lives < 2; lives++) {
      for (const group of ['g', 'h']) {
        const { last, lostTo, term, incarnation, damaged } = await opened(store, group)
        expect({ lostTo, term, incarnation, damaged }).toEqual({
          lostTo: 10,
          term: 1,
          incarnation: before.incarnation,
          damaged: [],
        })
        expect(last).toBeGreaterThan(0)
        expect(last).toBeLessThan(9)
        expect(await contentOf(store, group)).toEqual(await contentOf(await soundLog(last)))
      }
      await store.close()
      store = await place.open()
    }
    expect(files.length).toBeGreaterThan(3)
  })

  test('with a file that is another one: it is left for people', async () => {
    const place = await several(async () => {})
    const bytes = place.system.files.get(SECOND)!
    bytes.fill(0, 0, 64)
    const store = await place.open()
    expect(await opened(store)).toMatchObject({ lostTo: 10 })
    expect(place.system.files.get(`${SECOND}.lost`)).toEqual(bytes)
    expect(place.system.files.has(SECOND)).toBe(false)
  })

  test('with a batch of which nothing is known', async () => {
    const place = await several(async () => {})
    const bytes = place.system.files.get(THIRD)!
    const second = Buffer.from(bytes).indexOf(bytes.subarray(64, 72), 72)
    bytes.fill(0, second, second + 120)
    const store = await place.open()
    const logs = [await opened(store), await opened(store, 'h')]
    expect(logs.map(({ lostTo }) => lostTo).sort()).toEqual([10, null])
    for (const [i, group] of ['g', 'h'].entries()) {
      const { last } = logs[i]!
      expect(last).toBeGreaterThan(0)
      expect(await contentOf(store, group)).toEqual(await contentOf(await soundLog(last)))
    }
    expect(place.events).toMatchObject([{ damage: 'lost', file: THIRD, offset: second }])
  })

  test('what a cut in a lost file has replaced does not come back', async () => {
    const place = await several(async (store) => {
      await put(store, { term: 2, truncateFrom: 3, entries: [entry(3, 2, 700)] })
      for (let i = 4; i <= 10; i++) await put(store, { term: 2, entries: [entry(i, 2)] })
    })
    const system = place.system
    // The file in which it was cut.
    const name = [...system.files.keys()].find((path) =>
      Buffer.from(system.files.get(path)!).includes(Buffer.from(entry(3, 2, 700).payload)),
    )!
    system.files.delete(name)
    const store = await place.open()
    const { last, lostTo } = await opened(store)
    expect({ last, lostTo }).toEqual({ last: 0, lostTo: 10 })
    // Nothing was cut in the other group: the term in which all was written is that of its log still.
    expect((await opened(store, 'h')).last).toBeGreaterThan(0)
  })
})

test('a place that the disk can not read is damage of that place', async () => {
  const place = setting()
  await written(place, [
    { entries: entries(1, 3) },
    { entries: [entry(4, 1, 9000)] },
    { entries: entries(5, 6) },
  ])
  place.system.unreadable = { path: FIRST_SEGMENT, from: 4096, to: 8192 }
  const store = await place.open()
  expect(await opened(store)).toMatchObject({ damaged: [{ from: 4, to: 4 }], last: 6, lostTo: null })
  expect(await indexes(store, 5)).toEqual([5, 6])
})

/** A log of one group with these entries. */
async function soundLog(last: number): Promise<LogStore> {
  const store = await begun(setting())
  await put(store, { entries: entries(1, last) })
  return store
}

function recordOf({ index, term, time, payload }: LogEntry): Buffer {
  const record = Buffer.alloc(16 + 24 + payload.length)
  record.writeUInt32LE(24 + payload.length, 4)
  record[8] = 1
  record[9] = 3
  record.writeUInt32LE(1, 12)
  record.writeBigUInt64LE(BigInt(index), 16)
  record.writeBigUInt64LE(BigInt(term), 24)
  record.writeBigUInt64LE(BigInt(time), 32)
  record.set(payload, 40)
  record.writeUInt32LE(crc32(record.subarray(4)), 0)
  return record
}
