/** What several storages as one do beyond what every storage does. */
import { isRaftedError, type LogStore, RaftedError } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { memoryStorage, type Storage, storageByGroup } from '../src/index.ts'
import { entries, identity, writeOf } from './logs.ts'

/** A storage in memory whose log store has these methods instead of its own. */
function changed(change: (logs: LogStore) => Partial<LogStore>, quotaBytes?: number): Storage {
  const { logs, snapshots } = memoryStorage(quotaBytes === undefined ? {} : { quotaBytes }).open()
  const own: LogStore = {
    groups: () => logs.groups(),
    create: (group, id) => logs.create(group, id),
    open: (group) => logs.open(group),
    write: (writes) => logs.write(writes),
    read: (group, from, count, maxBytes) => logs.read(group, from, count, maxBytes),
    restore: (group, entries) => logs.restore(group, entries),
    room: () => logs.room(),
    compact: (group, upTo) => logs.compact(group, upTo),
    markRemoved: (group, at) => logs.markRemoved(group, at),
    remove: (group) => logs.remove(group),
    close: () => logs.close(),
  }
  return { logs: { ...own, ...change(logs) }, snapshots }
}

/** Groups beginning with "f" are in `first`, the others in `second`. */
function compose(first: Storage, second: Storage): Storage {
  return storageByGroup({ first, second }, (group) => (group.startsWith('f') ? 'first' : 'second'))
}

/** A storage whose writes end when they are told to. */
function held(): { storage: Storage; release: () => void; fail: (error: Error) => void; calls: number } {
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const storage = changed((logs) => ({
    write: async (writes) => {
      store.calls += 1
      const written = logs.write(writes)
      await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }))
      await written
    },
  }))
  const store = {
    storage,
    release: () => waiting.shift()?.resolve(),
    fail: (error: Error) => waiting.shift()?.reject(error),
    calls: 0,
  }
  return store
}

/** Once everything that need not wait has gone on. */
const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function created(storage: Storage): Promise<void> {
  for (const group of ['f1', 'f2', 's1']) await storage.logs.create(group, identity)
}

describe('where a group is', () => {
  test('its log and its snapshots are in the chosen storage only', async () => {
    const [first, second] = [memoryStorage().open(), memoryStorage().open()]
    const both = compose(first, second)
    await created(both)
    expect([...(await first.logs.groups())].sort()).toEqual(['f1', 'f2'])
    expect(await second.logs.groups()).toEqual(['s1'])
    await both.snapshots.save('s1', (async function* () {})(), () => ({
      index: 1,
      term: 1,
      time: 0,
      configuration: { index: 0, configuration: { voters: [], outgoing: null, learners: [] } },
      incarnation: identity.incarnation,
      format: 1,
      machineVersion: 0,
      size: 0,
      checksum: 0,
    }))
    expect(await first.snapshots.list('s1')).toEqual([])
    expect((await second.snapshots.list('s1')).length).toBe(1)
  })

  test('a log in another storage than the chosen one is not overlooked', async () => {
    const [first, second] = [memoryStorage().open(), memoryStorage().open()]
    await second.logs.create('f1', identity)
    const error = await compose(first, second)
      .logs.groups()
      .then(
        () => null,
        (reason: unknown) => reason,
      )
    expect(isRaftedError(error, 'invalid-argument') && error.message).toMatch(
      /"f1" has a log in another storage/,
    )
  })

  test('a storage may stand under two names', async () => {
    const storage = memoryStorage().open()
    const both = compose(storage, storage)
    await created(both)
    expect((await both.logs.groups()).length).toBe(3)
    await both.logs.close()
  })

  test('a name that no storage has is refused', async () => {
    const names = ['toString', 'third', '__proto__']
    for (const name of names) {
      const storage = storageByGroup({ first: memoryStorage().open() }, () => name as 'first')
      await expect(storage.logs.create('g', identity)).rejects.toMatchObject({ code: 'invalid-argument' })
      await expect(storage.snapshots.list('g')).rejects.toMatchObject({ code: 'invalid-argument' })
      await expect(storage.logs.write([writeOf('g', {})])).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })
})

describe('write', () => {
  test('is one call for each storage that it concerns, in the order of its writes', async () => {
    const calls: string[] = []
    const counted = (name: string): Storage =>
      changed((logs) => ({
        write: (writes) => {
          calls.push(`${name}: ${writes.map(({ group }) => group).join(' ')}`)
          return logs.write(writes)
        },
      }))
    const both = compose(counted('first'), counted('second'))
    await created(both)
    await both.logs.write([writeOf('f2', {}), writeOf('s1', {}), writeOf('f1', {}), writeOf('f2', {})])
    await both.logs.write([writeOf('s1', {})])
    await both.logs.write([])
    expect(calls).toEqual(['first: f2 f1 f2', 'second: s1', 'second: s1'])
  })

  test('resolves when all have, and in the order of the calls', async () => {
    const [slow, fast] = [held(), memoryStorage().open()]
    const both = compose(slow.storage, fast)
    await created(both)
    const done: string[] = []
    void both.logs.write([writeOf('f1', {}), writeOf('s1', {})]).then(() => done.push('both'))
    void both.logs.write([writeOf('s1', { entries: entries(1, 2) })]).then(() => done.push('fast'))
    void both.logs.write([]).then(() => done.push('none'))
    await idle()
    expect(done).toEqual([])
    // The fast one has it, and it can be read.
    expect((await both.logs.read('s1', 1, 5, 1000)).length).toBe(2)
    slow.release()
    await idle()
    expect(done).toEqual(['both', 'fast', 'none'])
  })

  test('a storage that fails is the end of all', async () => {
    const [slow, fast] = [held(), memoryStorage().open()]
    const both = compose(slow.storage, fast)
    await created(both)
    const failure = new RaftedError('storage-failed', 'The disk is gone.', { outcome: 'unknown' })
    const results = Promise.allSettled([
      both.logs.write([writeOf('f1', {}), writeOf('s1', {})]),
      both.logs.write([writeOf('s1', {})]),
    ])
    slow.fail(failure)
    expect((await results).map((result) => result.status === 'rejected' && result.reason)).toEqual([
      failure,
      failure,
    ])
    const later = [both.logs.write([writeOf('s1', {})]), both.logs.open('s1'), both.logs.groups()]
    for (const call of later)
      await expect(call).rejects.toMatchObject({
        code: 'storage-failed',
        outcome: 'not-applied',
        cause: failure,
      })
  })
})

test('writes are durable at once if they are in all', () => {
  const [memory, other] = [memoryStorage().open(), changed(() => ({}))]
  expect(compose(memory, memoryStorage().open()).logs.durableAtOnce).toBe(true)
  expect(compose(memory, other).logs.durableAtOnce).toBe(false)
  expect(compose(other, memory).logs.durableAtOnce).toBe(false)
})

test('the room is the worst of all', async () => {
  const rooms = (a: 'ok' | 'low' | 'full', b: 'ok' | 'low' | 'full') =>
    compose(
      changed(() => ({ room: () => a })),
      changed(() => ({ room: () => b })),
    ).logs.room()
  expect([rooms('ok', 'ok'), rooms('ok', 'low'), rooms('low', 'ok')]).toEqual(['ok', 'low', 'low'])
  expect([rooms('full', 'ok'), rooms('low', 'full'), rooms('full', 'low')]).toEqual(['full', 'full', 'full'])
})

describe('close', () => {
  test('closes all, also when one of them fails at it', async () => {
    const failure = new Error('it can not be closed')
    const [first, second] = [
      changed(() => ({ close: () => Promise.reject(failure) })),
      memoryStorage().open(),
    ]
    const both = compose(first, second)
    await expect(both.logs.close()).rejects.toBe(failure)
    await both.snapshots.close()
    await expect(second.logs.groups()).rejects.toMatchObject({ code: 'closed' })
    await expect(second.snapshots.list('s1')).rejects.toMatchObject({ code: 'closed' })
    await expect(first.snapshots.list('f1')).rejects.toMatchObject({ code: 'closed' })
    await expect(both.logs.write([])).rejects.toMatchObject({ code: 'closed' })
  })
})
