import { isRaftedError, type LogStore } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { BatchBuilder } from '../src/files/log-batch.ts'
import { encodeSegmentHead, SEGMENT_HEAD_BYTES } from '../src/files/log-format.ts'
import { GroupLog } from '../src/files/log-group.ts'
import {
  contentOf,
  DIRECTORY,
  entries,
  entry,
  FIRST_SEGMENT,
  identity,
  type Setting,
  setting,
  settled,
  write,
} from './log-setting.ts'

/** A store with group "g", opened anew after each change if `reopen`. */
async function begun(place: Setting, group = 'g'): Promise<LogStore> {
  const store = await place.open()
  await store.create(group, identity)
  return store
}

async function damageOf(place: Setting): Promise<Record<string, unknown>> {
  const error = await place.open().then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isRaftedError(error, 'damaged-storage')) throw new Error(`not refused as damaged: ${String(error)}`)
  return error.details
}

describe('the end of a log that a crash has torn (F72)', () => {
  /** The files after three acknowledged batches; `lengths` of the segment after each. */
  async function threeBatches() {
    const place = setting()
    const store = await begun(place)
    const lengths: number[] = []
    for (const i of [1, 2, 3]) {
      await store.write([{ group: 'g', write: write({ entries: entries(i * 2 - 1, i * 2) }) }])
      lengths.push(place.system.files.get(FIRST_SEGMENT)!.length)
    }
    return { system: place.system, lengths, all: await contentOf(store) }
  }

  test('cut at each byte of the last batch: what was before it is there, and the log goes on', async () => {
    const { system, lengths, all } = await threeBatches()
    for (let length = lengths[1]!; length < lengths[2]!; length++) {
      const place = setting({ system: system.copy() })
      place.system.files.set(FIRST_SEGMENT, system.files.get(FIRST_SEGMENT)!.slice(0, length))
      let store = await place.open()
      expect(await contentOf(store)).toEqual(all.slice(0, 4))
      await store.write([{ group: 'g', write: write({ entries: [entry(5)] }) }])
      await store.close()
      store = await place.open()
      expect(await contentOf(store)).toEqual(all.slice(0, 5))
      expect(place.events.filter(({ kind }) => kind === 'log-repaired')).toHaveLength(
        length > lengths[1]! ? 1 : 0,
      )
      await store.close()
    }
  })

  test('is cut off for good: nothing of it stands behind what is written next', async () => {
    const { system, lengths } = await threeBatches()
    const place = setting({ system: system.copy() })
    place.system.files.set(FIRST_SEGMENT, system.files.get(FIRST_SEGMENT)!.slice(0, lengths[2]! - 1))
    await place.open()
    expect(place.system.files.get(FIRST_SEGMENT)).toHaveLength(lengths[1]!)
  })

  test('batches that a former file has left behind it are none of it', async () => {
    const { system, lengths, all } = await threeBatches()
    // The same batches under the salt of another file.
    const other = setting()
    await (await begun(other)).close()
    other.system.files.clear()
    const store = await begun(other)
    for (const i of [1, 2, 3])
      await store.write([{ group: 'g', write: write({ entries: entries(i * 2 - 1, i * 2) }) }])
    const former = other.system.files.get(FIRST_SEGMENT)!
    const place = setting({ system: system.copy() })
    const kept = system.files.get(FIRST_SEGMENT)!.slice(0, lengths[1])
    place.system.files.set(FIRST_SEGMENT, Uint8Array.from([...kept, ...former.slice(lengths[1])]))
    expect(await contentOf(await place.open())).toEqual(all.slice(0, 4))
  })

  test('filled with zeros instead of data (F73)', async () => {
    const { system, lengths, all } = await threeBatches()
    for (const zeros of [1, 7, 63, 64, 512, 4096, 8192]) {
      const place = setting({ system: system.copy() })
      const bytes = new Uint8Array(lengths[1]! + zeros)
      bytes.set(system.files.get(FIRST_SEGMENT)!.subarray(0, lengths[1]))
      place.system.files.set(FIRST_SEGMENT, bytes)
      const store = await place.open()
      expect(await contentOf(store)).toEqual(all.slice(0, 4))
      expect(place.events).toMatchObject([
        { kind: 'log-repaired', file: FIRST_SEGMENT, offset: lengths[1], bytes: zeros },
      ])
      expect(place.system.files.get(FIRST_SEGMENT)).toHaveLength(lengths[1]!)
      await store.close()
    }
  })

  test('any sector of the last batch lost: it is as if it had not been written', async () => {
    const place = setting()
    const store = await begun(place)
    await store.write([{ group: 'g', write: write({ entries: entries(1, 2) }) }])
    const before = place.system.files.get(FIRST_SEGMENT)!.length
    await store.write([{ group: 'g', write: write({ entries: entries(3, 9, 1, 700) }) }])
    const whole = place.system.files.get(FIRST_SEGMENT)!
    for (let sector = Math.floor(before / 512); sector * 512 < whole.length; sector++) {
      const image = setting({ system: place.system.copy() })
      image.system.files.get(FIRST_SEGMENT)!.fill(0, Math.max(before, sector * 512), (sector + 1) * 512)
      const again = await image.open()
      expect(await contentOf(again)).toHaveLength(2)
      await again.close()
    }
  })
})

describe('damage below what was durable is never a torn end (F74, F75)', () => {
  async function written() {
    const place = setting()
    const store = await begun(place)
    const starts: number[] = []
    for (const i of [1, 2, 3, 4]) {
      starts.push(place.system.files.get(FIRST_SEGMENT)!.length)
      await store.write([{ group: 'g', write: write({ entries: [entry(i)] }) }])
    }
    return { place, store, starts }
  }

  /** Opens it: nothing was cut off. @returns the indexes of entries that can't be read. */
  async function unreadIn(place: Setting): Promise<number[]> {
    const store = await place.open()
    const { last, damaged: ranges } = (await store.open('g'))!
    expect(last).toBe(4)
    expect(place.events.filter(({ kind }) => kind === 'log-repaired')).toEqual([])
    await store.close()
    return ranges.flatMap(({ from, to }) => (from === to ? [from] : [from, to]))
  }

  test('one bit of a batch that a later one confirms, whichever it is', async () => {
    const { place, starts } = await written()
    for (let at = starts[0]!; at < starts[3]!; at++) {
      const image = setting({ system: place.system.copy() })
      image.system.files.get(FIRST_SEGMENT)![at]! ^= 1 << (at % 8)
      const batch = starts.findLastIndex((candidate) => candidate <= at)
      // Behind the head and one stretch, and in the first batch the record of the group, the entry begins.
      const isFact = batch === 0 && at >= starts[0]! + 104 && at < starts[1]! - 60
      const isHead = at < starts[batch]! + 104
      if (isFact) expect(await damageOf(image)).toEqual({ file: FIRST_SEGMENT, offset: starts[0]! + 104 })
      else expect(await unreadIn(image)).toEqual(isHead ? [] : [batch + 1])
    }
  })

  test('the last batch counts as durable once the log has been idle for a second, or was closed', async () => {
    for (const confirm of ['idle', 'close'] as const) {
      const { place, store, starts } = await written()
      if (confirm === 'idle') {
        await place.clock.pass(999)
        await place.clock.pass(1)
      } else await store.close()
      const marked = place.system.files.get(FIRST_SEGMENT)!.length
      // It is one mark, however long nothing happens.
      await place.clock.pass(5000)
      expect(place.system.files.get(FIRST_SEGMENT)).toHaveLength(marked)
      place.system.files.get(FIRST_SEGMENT)![starts[3]! + 120]! ^= 1
      expect(await unreadIn(place)).toEqual([4])
    }
  })

  test('a log that is opened again and not written confirms its last batch all the same', async () => {
    for (const confirm of ['idle', 'close'] as const) {
      const { place: former, starts } = await written()
      // Its host ended before a second had passed.
      const place = setting({ system: former.system.copy() })
      const store = await place.open()
      if (confirm === 'idle') await place.clock.pass(1000)
      else await store.close()
      place.system.files.get(FIRST_SEGMENT)![starts[3]! + 120]! ^= 1
      expect(await unreadIn(place)).toEqual([4])
    }
  })

  test('the end of a segment behind which another one was begun, though that was never used', async () => {
    const second = '/d/log/0000000000000002.log'
    for (const bytes of [new Uint8Array(0), new Uint8Array(700)]) {
      const { place, starts } = await written()
      place.system.files.set(second, bytes)
      place.system.files.get(FIRST_SEGMENT)![starts[3]! + 120]! ^= 1
      // What says so stays until it is written down: so nothing is cut off, however often opening it is interrupted.
      place.lock.failure = new Error('stopped')
      for (let i = 0; i < 2; i++) {
        await expect(place.open()).rejects.toThrow()
        expect(place.system.files.get(second)).toEqual(bytes)
      }
      place.lock.failure = null
      for (let i = 0; i < 2; i++) expect(await unreadIn(place)).toEqual([4])
      expect(place.system.files.has(second)).toBe(false)
    }
  })

  test('the first batch of a log that was begun, though nothing follows it', async () => {
    const place = setting()
    await place.open()
    for (const at of [64, 100, 140]) {
      const image = setting({ system: place.system.copy() })
      image.system.files.get(FIRST_SEGMENT)![at]! ^= 1
      for (let i = 0; i < 2; i++) expect(await damageOf(image)).toEqual({ file: FIRST_SEGMENT, offset: 64 })
    }
  })

  test('a file that was given up is not looked at: its damage is none of the log', async () => {
    const place = setting({ segmentBytes: 500 })
    const store = await begun(place)
    for (let i = 1; i <= 8; i++)
      await store.write([{ group: 'g', write: write({ entries: [entry(i, 1, 60)] }) }])
    const former = place.system.files.get(FIRST_SEGMENT)!.slice()
    await store.compact('g', { index: 6, term: 1 })
    await store.write([{ group: 'g', write: write({ entries: [entry(9)] }) }])
    await store.close()
    const held = await contentOf(await setting({ system: place.system.copy(), segmentBytes: 500 }).open())
    expect(place.system.files.has(FIRST_SEGMENT)).toBe(false)
    for (const at of [0, 30, 70, former.length - 1]) {
      // A crash has brought back its name.
      const image = setting({ system: place.system.copy(), segmentBytes: 500 })
      image.system.files.set(FIRST_SEGMENT, former.slice())
      image.system.files.get(FIRST_SEGMENT)![at]! ^= 1
      expect(await contentOf(await image.open())).toEqual(held)
      expect(image.system.files.has(FIRST_SEGMENT)).toBe(false)
    }
  })

  test('a log whose files are gone is no new log (F77)', async () => {
    const { place, store } = await written()
    await store.close()
    place.system.files.delete(FIRST_SEGMENT)
    expect(await damageOf(place)).toEqual({ file: '/d/log', offset: 0 })
    place.system.directories.delete('/d/log')
    expect(await damageOf(place)).toEqual({ file: '/d/log', offset: 0 })
  })

  // The last guard against a segment that was given up too early.
  test.each([
    ['the middle', entries(5, 6)],
    ['the end', []],
  ])('entries that are in none of the files, each of which is whole: %s of a log', async (_, behind) => {
    const place = setting()
    await (await begun(place)).close()
    const salt = 7
    const builder = new BatchBuilder()
    const group = new GroupLog(1, 'g', identity)
    builder.catalogue({ segments: [], nextGroup: 2, groups: 1 })
    builder.group({ ...group, end: 0 })
    builder.entries(1, entries(1, 2), 'entry')
    builder.group({ ...group, end: 4 })
    if (behind.length > 0) builder.entries(1, behind, 'entry')
    const { parts } = builder.finish(SEGMENT_HEAD_BYTES, salt, 1, { segment: 0, offset: 0 })
    const bytes = Buffer.concat([encodeSegmentHead({ number: 1, directory: DIRECTORY, salt }), ...parts])
    place.system.files.set(FIRST_SEGMENT, bytes)
    await expect(place.open()).rejects.toMatchObject({
      code: 'damaged-storage',
      message: expect.stringContaining('entries 3…4 of group "g" are in none of its files'),
    })
  })

  test('an entry that is read back is checked again', async () => {
    const { place, store, starts } = await written()
    place.system.files.get(FIRST_SEGMENT)![starts[1]! + 150]! ^= 1
    await expect(store.read('g', 1, 10, 1e6)).rejects.toMatchObject({ code: 'damaged-storage' })
  })
})

describe('what is acknowledged is in the files', () => {
  /** The group as it is found there, after these writes. */
  async function after(...writes: Parameters<typeof write>[0][]) {
    const place = setting()
    const store = await begun(place)
    for (const each of writes) await store.write([{ group: 'g', write: write(each) }])
    const anew = await setting({ system: place.system.copy() }).open()
    return { ...(await anew.open('g'))!, content: await contentOf(anew) }
  }

  test('a vote in a term that is there already', async () => {
    expect(await after({ term: 2 }, { term: 2, vote: 'b' })).toMatchObject({ term: 2, vote: 'b' })
  })

  test('a truncation that nothing follows', async () => {
    const { last, content } = await after({ entries: entries(1, 4) }, { truncateFrom: 3 })
    expect([last, content.length]).toEqual([2, 2])
  })

  test('where a log begins anew, with its term', async () => {
    const reset = { index: 9, term: 5 } as NonNullable<Parameters<typeof write>[0]['reset']>
    expect(await after({ entries: entries(1, 4) }, { term: 5, reset })).toMatchObject({
      base: { index: 9, term: 5 },
      last: 9,
    })
  })
})

describe('group commit', () => {
  test('what comes while a write is on its way goes into one batch, with one flush', async () => {
    const place = setting()
    const store = await begun(place)
    let release = (): void => {}
    place.system.hold = new Promise((resolve) => {
      release = resolve
    })
    const before = place.system.syncs
    const calls = Array.from({ length: 50 }, (_, i) =>
      store.write([{ group: 'g', write: write({ entries: [entry(i + 1)] }) }]),
    )
    await settled()
    const first = store.write([{ group: 'g', write: write({ entries: [entry(51)] }) }])
    await settled()
    expect(place.system.syncs - before).toBe(1)
    release()
    await Promise.all([...calls, first])
    expect(place.system.syncs - before).toBe(2)
    expect(await contentOf(store)).toHaveLength(51)
  })

  test('a failed flush is the end of the store: nothing is acknowledged any more', async () => {
    const place = setting()
    const store = await begun(place)
    place.system.failure = new Error('EIO')
    await expect(store.write([{ group: 'g', write: write({ entries: [entry(1)] }) }])).rejects.toMatchObject({
      code: 'storage-failed',
      outcome: 'unknown',
    })
    place.system.failure = null
    await expect(store.write([{ group: 'g', write: write({ term: 2 }) }])).rejects.toMatchObject({
      code: 'storage-failed',
    })
    expect(place.events).toMatchObject([{ kind: 'storage-failed' }])
  })

  test('the lock is looked at before a write that may be too late, and before each segment', async () => {
    const place = setting({ segmentBytes: 2000 })
    const store = await begun(place)
    const begin = place.lock.checks
    await store.write([{ group: 'g', write: write({ entries: [entry(1)] }) }])
    expect(place.lock.checks).toBe(begin)
    place.lock.isStale = true
    await store.write([{ group: 'g', write: write({ entries: [entry(2)] }) }])
    expect(place.lock.checks).toBe(begin + 1)
    place.lock.isStale = false
    await store.write([{ group: 'g', write: write({ entries: [entry(3, 1, 3000)] }) }])
    await store.write([{ group: 'g', write: write({ entries: [entry(4)] }) }])
    expect(place.lock.checks).toBe(begin + 2)
    place.lock.isStale = true
    place.lock.failure = new Error('taken')
    const files = structuredClone([...place.system.files])
    await expect(store.write([{ group: 'g', write: write({ entries: [entry(5)] }) }])).rejects.toThrow()
    expect([...place.system.files]).toEqual(files)
  })
})

describe('segments', () => {
  const names = (place: Setting): string[] =>
    [...place.system.files.keys()].filter((path) => path.endsWith('.log') && path.includes('/log/')).sort()
  const bytesOf = (place: Setting): number =>
    names(place).reduce((sum, path) => sum + place.system.files.get(path)!.length, 0)

  test('a segment goes when no group needs it', async () => {
    const place = setting({ segmentBytes: 4000 })
    const store = await begun(place)
    for (let i = 1; i <= 200; i++) await store.write([{ group: 'g', write: write({ entries: [entry(i)] }) }])
    expect(names(place).length).toBeGreaterThan(5)
    await store.compact('g', { index: 199, term: 1 })
    await store.write([{ group: 'g', write: write({ entries: [entry(201)] }) }])
    await settled()
    expect(names(place)).toHaveLength(1)
    await store.close()
    expect(await contentOf(await place.open())).toHaveLength(2)
  })

  test('the one that is written to stays, though no group needs anything in it', async () => {
    const place = setting()
    await begun(place)
    // Whoever gave it up would begin another one, which no group needs either, and so on.
    place.system.hold = new Promise(() => {})
    await settled()
    expect(names(place)).toEqual([FIRST_SEGMENT])
  })

  test('an idle group pins nothing: its few entries are copied forward, and are as they were', async () => {
    const place = setting({ segmentBytes: 8000 })
    const store = await begun(place)
    await store.create('idle', { incarnation: 'c'.repeat(32), member: 'd'.repeat(32) })
    const kept = [{ ...entry(1), kind: 1 as const }, entry(2, 1, 0), entry(3, 2, 300), entry(4, 2)]
    await store.write([{ group: 'idle', write: write({ term: 2, vote: 'x', entries: kept }) }])
    const before = await contentOf(store, 'idle')
    let last = 0
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 20; i++)
        await store.write([{ group: 'g', write: write({ entries: [entry(++last, 1, 200)] }) }])
      await store.compact('g', { index: last - 5, term: 1 })
      await settled()
    }
    expect(names(place)).not.toContain(FIRST_SEGMENT)
    expect(bytesOf(place)).toBeLessThan(4 * 8000)
    expect(await contentOf(store, 'idle')).toEqual(before)
    await store.close()
    const again = await place.open()
    expect(await contentOf(again, 'idle')).toEqual(before)
    expect(await again.open('idle')).toMatchObject({ term: 2, vote: 'x', last: 4, special: [{ index: 1 }] })
    // What was copied can be cut like anything else.
    await again.write([{ group: 'idle', write: write({ term: 3, truncateFrom: 3, entries: [entry(3, 3)] }) }])
    await again.close()
    expect(await contentOf(await place.open(), 'idle')).toEqual([
      ...before.slice(0, 2),
      expect.stringMatching('^3/3@'),
    ])
  })

  test('what is being read stays there to be read, though it is given up meanwhile', async () => {
    const place = setting({ segmentBytes: 2000 })
    const store = await begun(place)
    for (let i = 1; i <= 60; i++) await store.write([{ group: 'g', write: write({ entries: [entry(i)] }) }])
    let release = (): void => {}
    place.system.holdReads = new Promise((resolve) => {
      release = resolve
    })
    const reading = store.read('g', 1, 60, 1e9)
    await store.compact('g', { index: 59, term: 1 })
    await store.write([{ group: 'g', write: write({ entries: [entry(61)] }) }])
    await settled()
    expect(names(place)).toHaveLength(1)
    release()
    expect((await reading).map(({ index }) => index)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
  })

  test('a group removed in a later segment does not come back from an older one', async () => {
    const place = setting({ segmentBytes: 1500 })
    const store = await begun(place)
    await store.create('gone', { incarnation: 'c'.repeat(32), member: 'd'.repeat(32) })
    for (let i = 1; i <= 10; i++) await store.write([{ group: 'g', write: write({ entries: [entry(i)] }) }])
    await store.remove('gone')
    for (let i = 11; i <= 40; i++) await store.write([{ group: 'g', write: write({ entries: [entry(i)] }) }])
    await store.close()
    const again = await place.open()
    expect(await again.groups()).toEqual(['g'])
    expect(await contentOf(again)).toHaveLength(40)
  })
})

describe('a disk without room (F81)', () => {
  const full = (): Error => Object.assign(new Error('no space left'), { code: 'ENOSPC' })

  /** A store with an entry, and a second one on its way to a disk that has no room. */
  async function waiting() {
    const place = setting()
    const store = await begun(place)
    await store.write([{ group: 'g', write: write({ entries: [entry(1)] }) }])
    const before = place.system.files.get(FIRST_SEGMENT)!.slice()
    place.system.failure = full()
    const told: string[] = []
    const second = store.write([{ group: 'g', write: write({ entries: [entry(2)] }) }])
    second.then(
      () => told.push('durable'),
      ({ code }: { code: string }) => told.push(code),
    )
    await settled()
    return { place, store, before, told }
  }

  test('a write waits, is written again from its first byte, and is acknowledged then', async () => {
    const { place, store, before, told } = await waiting()
    expect(told).toEqual([])
    expect(store.room()).toBe('full')
    expect(place.events).toMatchObject([{ kind: 'disk-full', what: 'waiting', file: FIRST_SEGMENT }])
    // What comes meanwhile waits as well, and is read as ever.
    const third = store.write([{ group: 'g', write: write({ entries: [entry(3)] }) }])
    await place.clock.pass(1000)
    expect(told).toEqual([])
    expect(await store.read('g', 3, 1, 1000)).toMatchObject([{ index: 3 }])
    // The kernel took for clean what the flush had not written: it is gone.
    place.system.files.set(FIRST_SEGMENT, before)
    place.system.failure = null
    await place.clock.pass(1000)
    await third
    expect(told).toEqual(['durable'])
    expect(store.room()).toBe('ok')
    expect(place.events).toMatchObject([{ what: 'waiting' }, { kind: 'disk-full', what: 'over' }])
    const all = await contentOf(store)
    expect(all).toHaveLength(3)
    await store.close()
    expect(await contentOf(await place.open())).toEqual(all)
  })

  test('another error while it waits is the end of the store', async () => {
    const { place, store, told } = await waiting()
    place.system.failure = new Error('EIO')
    await place.clock.pass(1000)
    expect(told).toEqual(['storage-failed'])
    expect(place.events).toMatchObject([{ kind: 'disk-full' }, { kind: 'storage-failed' }])
    place.system.failure = null
    await expect(store.write([{ group: 'g', write: write({ term: 2 }) }])).rejects.toMatchObject({
      code: 'storage-failed',
    })
  })

  test('a directory that was given to another host meanwhile is not written to', async () => {
    const { place, told } = await waiting()
    const files = structuredClone([...place.system.files])
    place.lock.failure = new Error('taken')
    place.system.failure = null
    await place.clock.pass(1000)
    expect(told).toEqual(['storage-failed'])
    expect([...place.system.files]).toEqual(files)
  })

  test('closing does not wait for room, and what waits is not acknowledged', async () => {
    const { place, store, told } = await waiting()
    await store.close()
    expect(told).toEqual(['storage-failed'])
    place.system.failure = null
    const again = await place.open()
    expect((await contentOf(again)).length).toBeGreaterThanOrEqual(1)
  })

  test('a log is not opened without room for its first write: whoever opens it is told', async () => {
    const place = setting()
    place.system.failure = full()
    await expect(place.open()).rejects.toMatchObject({ code: 'storage-failed', details: { code: 'ENOSPC' } })
  })
})

describe('room', () => {
  test('follows the space on the disk, and recovers with it (F81)', async () => {
    const place = setting()
    place.system.freeBytes = 10 * 1024 * 1024
    const store = await begun(place)
    expect(store.room()).toBe('full')
    place.system.freeBytes = 100 * 1024 * 1024
    await place.clock.pass(1000)
    expect(store.room()).toBe('low')
    place.system.freeBytes = 100 * 1024 * 1024 * 1024
    await place.clock.pass(1000)
    expect(store.room()).toBe('ok')
  })

  const MIB = 1024 * 1024

  test('does not come and go next to a bound: there is enough again with a quarter more', async () => {
    const place = setting()
    const store = await begun(place)
    const seen: string[] = []
    const large = { ...entry(1), payload: new Uint8Array(9 * MIB) }
    let last = 0
    // Looked at once a second while it is short, and else every 8 MiB.
    const free = async (mib: number): Promise<void> => {
      place.system.freeBytes = mib * MIB
      if (store.room() === 'ok')
        await store.write([{ group: 'g', write: write({ entries: [{ ...large, index: ++last }] }) }])
      await place.clock.pass(1000)
      seen.push(store.room())
    }
    for (const mib of [256, 255, 257, 319, 320, 319, 256]) await free(mib)
    expect(seen).toEqual(['ok', 'low', 'low', 'low', 'ok', 'ok', 'ok'])
    for (const mib of [255, 63, 65, 79, 80, 319]) await free(mib)
    expect(seen.slice(7)).toEqual(['low', 'full', 'full', 'full', 'low', 'low'])
  })

  test('of a quota is as steady', async () => {
    const place = setting({ segmentBytes: 2000, quotaBytes: 100_000 })
    const store = await begun(place)
    let last = 0
    const upTo = async (bytes: number): Promise<string> => {
      const of = (): number => [...place.system.files].reduce((sum, [, file]) => sum + file.byteLength, 0)
      while (of() < bytes)
        await store.write([{ group: 'g', write: write({ entries: [entry(++last, 1, 900)] }) }])
      return store.room()
    }
    expect(await upTo(88_000)).toBe('ok')
    expect(await upTo(92_000)).toBe('low')
    // Some files go, and it is still short of room …
    await store.compact('g', { index: 3, term: 1 })
    await store.write([{ group: 'g', write: write({ term: 2 }) }])
    expect(store.room()).toBe('low')
    await store.compact('g', { index: 20, term: 1 })
    await store.write([{ group: 'g', write: write({ term: 3 }) }])
    expect(store.room()).toBe('ok')
  })
})

// What is truncated stays in the file, and is not what stands in its place (F13).
describe('an entry in the place of a truncated one', () => {
  const inTerm = (index: number, term: number) => ({
    ...entry(index),
    term,
    payload: Uint8Array.of(index, term),
  })

  /** Entry 3 of term 2 has given way to one of term 1, behind an extent of that term: whole, cut, or cut and measured. */
  async function replaced(store: LogStore, cut: boolean, opened: boolean): Promise<void> {
    const first = [1, 2].map((index) => inTerm(index, 1))
    await store.write([{ group: 'g', write: write({ entries: cut ? [...first, inTerm(3, 1)] : first }) }])
    if (!cut) await store.write([{ group: 'g', write: write({ term: 2, entries: [inTerm(3, 2)] }) }])
    await store.write([{ group: 'g', write: write({ term: 3, truncateFrom: 3 }) }])
    if (opened) await store.open('g')
    const entries = [3, 4].map((index) => ({ ...inTerm(index, 1), payload: Uint8Array.of(9) }))
    await store.write([{ group: 'g', write: write({ term: 3, entries }) }])
  }

  for (const cut of [false, true])
    for (const opened of [false, true])
      test(`is read, at once and anew (${cut ? 'an extent is cut' : 'an extent is gone'}${opened ? ', and measured' : ''})`, async () => {
        const place = setting()
        let store = await begun(place)
        await replaced(store, cut, opened)
        for (let lives = 0; lives < 2; lives++) {
          const found = await store.read('g', 1, 9, 1000)
          expect(found.map(({ index, term, payload }) => [index, term, [...payload]])).toEqual([
            [1, 1, [1, 1]],
            [2, 1, [2, 1]],
            [3, 1, [9]],
            [4, 1, [9]],
          ])
          await store.close()
          store = await place.open()
        }
        await store.close()
      })
})

test('a log that holds a kind of entry which this build has never heard of is a newer one’s, not damaged, and is left as it is (F111c)', async () => {
  const place = setting()
  const store = await begun(place)
  const newer = { ...entry(1), kind: 7 as never }
  await store.write([{ group: 'g', write: write({ entries: [newer, entry(2)] }) }])
  await store.close()
  const before = place.system.files.get(FIRST_SEGMENT)!.slice()
  await expect(place.open()).rejects.toMatchObject({
    code: 'version-mismatch',
    outcome: 'not-applied',
    details: { file: FIRST_SEGMENT },
  })
  expect(place.system.files.get(FIRST_SEGMENT)).toEqual(before)
  expect(place.events.filter(({ kind }) => kind === 'log-file-damaged')).toEqual([])
})
