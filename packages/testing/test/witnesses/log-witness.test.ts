/** The witness of a log store: what it lets pass after a crash, and what it doesn't. */
import type { GroupWrite, LogEntry, LogStore, LogWrite } from '@rafted/contracts'
import { memoryStorage } from '@rafted/storage'
import { describe, expect, test } from 'vitest'
import { LogWitness } from '../../src/index.ts'

const identity = { incarnation: '1'.repeat(32), member: '2'.repeat(32) }

function entry(index: number, change: Partial<LogEntry> = {}): LogEntry {
  return { index, term: 1, kind: 3, time: 0, payload: Buffer.from(`entry ${index}`), ...change }
}

function writeOf(entries: readonly LogEntry[], change: Partial<LogWrite> = {}): GroupWrite[] {
  return [{ group: 'g', write: { term: 1, vote: null, reset: null, truncateFrom: null, entries, ...change } }]
}

const never = new Promise<never>(() => {})

/** A store that carries out what it is asked and, while it hangs, acknowledges nothing. */
function hanging(store: LogStore): { store: LogStore; hang: { now: boolean } } {
  const hang = { now: false }
  const answer = (done: Promise<void>): Promise<void> => (hang.now ? never : done)
  return {
    hang,
    store: {
      ...pass(store),
      create: (group, identity) => answer(store.create(group, identity)),
      write: (writes) => answer(store.write(writes)),
      markRemoved: (group, at) => answer(store.markRemoved(group, at)),
      remove: (group) => answer(store.remove(group)),
    },
  }
}

function pass(store: LogStore): LogStore {
  return {
    groups: () => store.groups(),
    create: (group, identity) => store.create(group, identity),
    open: (group) => store.open(group),
    write: (writes) => store.write(writes),
    read: (group, from, count, maxBytes) => store.read(group, from, count, maxBytes),
    restore: (group, entries) => store.restore(group, entries),
    room: () => store.room(),
    compact: (group, upTo) => store.compact(group, upTo),
    markRemoved: (group, at) => store.markRemoved(group, at),
    remove: (group) => store.remove(group),
    close: () => store.close(),
  }
}

/** A store that holds this. */
async function holding(...writes: GroupWrite[][]): Promise<LogStore> {
  const { logs } = memoryStorage().open()
  await logs.create('g', identity)
  for (const write of writes) await logs.write(write)
  return logs
}

/** A witness of entries 1 and 2 that were acknowledged, and of 3 and 4, each in a write of its own, that were not. */
async function witness(): Promise<LogWitness> {
  const { store, hang } = hanging(memoryStorage().open().logs)
  const witness = new LogWitness()
  const watched = witness.watch(store)
  await watched.create('g', identity)
  await watched.write(writeOf([entry(1), entry(2)]))
  expect(witness.isWriting).toBe(false)
  hang.now = true
  void watched.write(writeOf([entry(3)]))
  void watched.write(writeOf([entry(4)]))
  expect(witness.isWriting).toBe(true)
  return witness
}

const first = writeOf([entry(1), entry(2)])

describe('after a crash', () => {
  test.each([
    ['what was acknowledged', [first]],
    ['a part of the rest', [first, writeOf([entry(3)])]],
    ['all of it', [first, writeOf([entry(3), entry(4)])]],
  ])('%s may be there', async (_, writes) => {
    const its = await witness()
    expect(await its.reopened(await holding(...writes))).toBeNull()
    expect(its.isWriting).toBe(false)
  })

  test.each([
    ['an entry that was acknowledged is missing', [writeOf([entry(1)])]],
    ['the log is empty', []],
    ['an entry was never written', [first, writeOf([entry(3), entry(4), entry(5)])]],
    ['an entry has another payload', [writeOf([entry(1), entry(2, { payload: Buffer.from('entry X') })])]],
    ['an entry is of another term', [writeOf([entry(1), entry(2, { term: 2 })], { term: 1 })]],
    ['an entry is of another kind', [writeOf([entry(1), entry(2, { kind: 4 })])]],
    ['an entry is of another time', [writeOf([entry(1), entry(2, { time: 5 })])]],
    [
      'a later write is there and an earlier one is not',
      [first, writeOf([entry(3, { payload: Buffer.from('entry 4') })])],
    ],
    ['the term is another', [writeOf([entry(1), entry(2)], { term: 9 })]],
    ['the vote is another', [writeOf([entry(1), entry(2)], { vote: 'x' })]],
  ])('it is noticed if %s', async (_, writes) => {
    expect(await (await witness()).reopened(await holding(...writes))).toMatch(
      /after what was acknowledged: "g"/,
    )
  })

  test('a log that is gone, or was never created, is noticed', async () => {
    const gone = await witness()
    expect(await gone.reopened(memoryStorage().open().logs)).toMatch(/"g" is no log/)
    const other = await holding(first)
    await other.create('other', identity)
    expect(await (await witness()).reopened(other)).toMatch(/"other" is the log/)
  })

  test('what was found counts as durable: whoever opened the store builds on it', async () => {
    const its = await witness()
    expect(await its.reopened(await holding(first, writeOf([entry(3)])))).toBeNull()
    expect(await its.reopened(await holding(first))).toMatch(/up to 2.* not .* up to 3/)
  })

  test('a compaction may have happened as soon as it was asked for, and has when a later write was acknowledged', async () => {
    const asked = async (isWritten: boolean): Promise<LogWitness> => {
      const its = new LogWitness()
      const store = its.watch(await holding())
      await its.reopened(await holding(first))
      const watched = its.watch(await holding(first))
      await watched.compact('g', { index: 1, term: 1 })
      if (isWritten) await watched.write(writeOf([entry(3)]))
      await store.close()
      return its
    }
    const compacted = await holding(first, writeOf([entry(3)]))
    await compacted.compact('g', { index: 1, term: 1 })
    expect(await (await asked(false)).reopened(await holding(first))).toBeNull()
    expect(await (await asked(true)).reopened(compacted)).toBeNull()
    expect(await (await asked(true)).reopened(await holding(first, writeOf([entry(3)])))).toMatch(/base 0\/0/)
  })

  test('truncations, resets, removals and marks are followed', async () => {
    const its = new LogWitness()
    const store = its.watch(memoryStorage().open().logs)
    await store.create('g', identity)
    await store.write(first)
    await store.write(writeOf([entry(2, { term: 2 })], { term: 2, truncateFrom: 2 }))
    const cut = await holding(first, writeOf([entry(2, { term: 2 })], { term: 2, truncateFrom: 2 }))
    expect(await its.reopened(cut)).toBeNull()
    const again = its.watch(cut)
    await again.markRemoved('g', 2)
    expect(await its.reopened(cut)).toBeNull()
    await its.watch(cut).remove('g')
    expect(await its.reopened(cut)).toBeNull()
    expect(its.durable('g')).toBeUndefined()
  })

  test('after the disk was replaced nothing is expected', async () => {
    const its = await witness()
    its.forget()
    expect(await its.reopened(memoryStorage().open().logs)).toBeNull()
  })

  test('what a store of a former life says late is not heard', async () => {
    const its = new LogWitness()
    const old = its.watch(await holding())
    await its.reopened(await holding(first))
    await old.write(first)
    expect(its.seen('g')?.entries).toHaveLength(2)
  })
})

describe('a store that contradicts itself is noticed', () => {
  test.each([
    ['a run of another length', { runs: [{ first: 1, term: 1, bytes: 1, time: 0 }] }, /the run from 1/],
    ['a run of another term', { runs: [{ first: 1, term: 2, bytes: 78, time: 0 }] }, /term 2 from 1/],
    ['runs that end too early', { runs: [] }, /runs up to 0 of 2/],
    ['a last entry that is not there', { last: 3 }, /entries 1 to 3/],
    ['an entry that is called special', { special: [entry(1)] }, /configurations/],
    ['another last time', { lastTime: 8 }, /last time 8/],
  ])('%s', async (_, change, what) => {
    const its = await witness()
    const store = await holding(first)
    const opened = (await store.open('g'))!
    const problem = await its.reopened({ ...pass(store), open: async () => ({ ...opened, ...change }) })
    expect(problem).toMatch(what)
  })
})

describe('a store whose files were damaged', () => {
  /** What was acknowledged is entries 1 to 4, and that nothing after `lostTo` was known to be lost by then. */
  async function reopened(lostBefore: number | null, found: Partial<LogWrite>): Promise<string | null> {
    const { logs } = memoryStorage().open()
    const its = new LogWitness()
    const watched = its.watch(logs)
    await watched.create('g', identity)
    const lostTo = lostBefore === null ? {} : { lostTo: lostBefore }
    await watched.write(
      writeOf(
        [1, 2, 3, 4].map((index) => entry(index)),
        lostTo,
      ),
    )
    return await its.reopened(await holding(writeOf([entry(1), entry(2)], found)), true)
  }

  test('may hold what it can not read, though it was being compacted', async () => {
    const { store, hang } = hanging(memoryStorage().open().logs)
    const its = new LogWitness()
    const watched = its.watch({ ...store, compact: () => never })
    await watched.create('g', identity)
    await watched.write(writeOf([entry(1), entry(2)]))
    hang.now = true
    void watched.compact('g', { index: 1, term: 1 })
    const found = await holding(first)
    const damaged: LogStore = {
      ...pass(found),
      open: async () => ({ ...(await found.open('g'))!, damaged: [{ from: 1, to: 1 }] }),
      read: async (group, from, count, maxBytes) =>
        from === 1 ? [] : await found.read(group, from, count, maxBytes),
    }
    expect(await its.reopened(damaged, true)).toBeNull()
  })

  test.each([
    ['has lost entries, and says so', null, { lostTo: 4 }],
    ['had lost others before', 9, { lostTo: 9 }],
  ])('may hold less if it %s', async (_, before, found) => {
    expect(await reopened(before, found)).toBeNull()
  })

  test.each([
    ['says nothing', null, {}],
    ['says less than what was there', null, { lostTo: 3 }],
    ['says less than before', 9, { lostTo: 4 }],
    ['has another vote', null, { lostTo: 4, vote: 'somebody' }],
  ])('may not if it %s', async (_, before, found) => {
    expect(await reopened(before, found)).toContain('entries up to 2/1')
  })
})

describe('a read', () => {
  async function read(entries: readonly LogEntry[], from = 1): Promise<readonly string[]> {
    const its = new LogWitness()
    const store = await holding(first)
    await its.reopened(store)
    await its.watch({ ...pass(store), read: async () => entries }).read('g', from, 10, 1000)
    return its.misread
  }

  test('that gives what was written is let pass', async () => {
    expect(await read([entry(1)])).toEqual([])
    expect(await read([entry(2)], 2)).toEqual([])
    expect(await read([], 3)).toEqual([])
  })

  test.each([
    ['nothing where something stands', [], 1],
    ['an entry of another payload', [entry(1, { payload: Buffer.from('entry X') })], 1],
    ['an entry from another place', [entry(2)], 1],
    ['what lies beyond the end', [entry(3)], 3],
  ])('that gives %s is noticed', async (_, entries, from) => {
    expect(await read(entries, from)).toHaveLength(1)
  })
})
