/** The witness of a snapshot store: what it lets pass after a crash, and what it doesn't. */
import { crc32 } from 'node:zlib'
import type { SnapshotMeta, SnapshotStore } from '@rafted/contracts'
import { memoryStorage } from '@rafted/storage'
import { describe, expect, test } from 'vitest'
import { SnapshotWitness } from '../../src/index.ts'

const content = Buffer.from('content')

function metaAt(index: number): SnapshotMeta {
  const configuration = { voters: [], outgoing: null, learners: [] }
  const of = { incarnation: '1'.repeat(32), time: 0, format: 1, machineVersion: 1, size: content.length }
  return { ...of, index, term: 1, configuration: { index: 1, configuration }, checksum: crc32(content) }
}

async function save(store: SnapshotStore, index: number): Promise<void> {
  async function* chunks(): AsyncIterable<Uint8Array> {
    yield content
  }
  await store.save('g', chunks(), () => metaAt(index))
}

async function holding(...indexes: number[]): Promise<SnapshotStore> {
  const { snapshots } = memoryStorage().open()
  for (const index of indexes) await save(snapshots, index)
  return snapshots
}

/** A witness of snapshots at 5 and 9 that were saved. */
async function witness(): Promise<{ its: SnapshotWitness; store: SnapshotStore }> {
  const its = new SnapshotWitness()
  const store = its.watch(memoryStorage().open().snapshots)
  for (const index of [2, 5, 9]) await save(store, index)
  return { its, store }
}

/** As if the process had ended after it had asked for this. */
function begin(its: SnapshotWitness, act: (store: SnapshotStore) => Promise<void>): Promise<void> {
  const never = new Promise<never>(() => {})
  return new Promise((resolve) => {
    const store = its.watch({
      list: () => never,
      latest: () => never,
      save: async (_, chunks, meta) => {
        for await (const _chunk of chunks);
        meta()
        resolve()
        return await never
      },
      setAside: async () => {},
      remove: () => {
        resolve()
        return never
      },
      close: () => never,
    })
    void act(store)
  })
}

test('what was saved is there', async () => {
  expect(await (await witness()).its.reopened(await holding(5, 9))).toBeNull()
  for (const indexes of [[], [5], [9], [2, 5], [5, 9, 12], [5, 8]])
    expect(await (await witness()).its.reopened(await holding(...indexes))).toMatch(
      /after those at 9\/1 and 5\/1/,
    )
})

test('what was set aside is not there, and an older one may be that a crash has kept', async () => {
  for (const [indexes, isFine] of [
    [[5], true],
    [[2, 5], true],
    [[5, 9], false],
    [[3, 5], false],
    [[], false],
  ] as const) {
    const { its, store } = await witness()
    await store.setAside('g', 9)
    expect((await its.reopened(await holding(...indexes))) === null, indexes.join()).toBe(isFine)
  }
})

test('what is being set aside is there or not', async () => {
  for (const indexes of [[5], [5, 9]]) {
    const { its } = await witness()
    const never = new Promise<never>(() => {})
    void its.watch({ ...memoryStorage().open().snapshots, setAside: () => never }).setAside('g', 9)
    expect(await its.reopened(await holding(...indexes))).toBeNull()
  }
})

test('what was being saved is there or not', async () => {
  for (const [indexes, isFine] of [
    [[5, 9], true],
    [[9, 12], true],
    [[5, 12], false],
    [[9, 13], false],
  ] as const) {
    const { its } = await witness()
    await begin(its, (store) => save(store, 12))
    expect(its.isWriting).toBe(true)
    expect((await its.reopened(await holding(...indexes))) === null, String(indexes)).toBe(isFine)
    expect(its.isWriting).toBe(false)
  }
})

test('what was removed is not there; what was being removed is or is not', async () => {
  const { its, store } = await witness()
  await store.remove('g')
  expect(await its.reopened(await holding(5, 9))).toMatch(/after those at none/)
  for (const indexes of [[], [5], [9], [2, 5], [5, 9]]) {
    const { its } = await witness()
    await begin(its, (removing) => removing.remove('g'))
    expect(await its.reopened(await holding(...indexes)), String(indexes)).toBeNull()
  }
  const other = await witness()
  await begin(other.its, (removing) => removing.remove('g'))
  expect(await other.its.reopened(await holding(9, 10))).not.toBeNull()
})

// A member that leaves while it takes a snapshot (seed 3056 of the simulator).
test('what was saved while all were being removed is there or not', async () => {
  for (const [indexes, isFine] of [
    [[], true],
    [[12], true],
    [[9], false],
  ] as const) {
    const { snapshots } = memoryStorage().open()
    const its = new SnapshotWitness()
    let removed = (): void => {}
    const store = its.watch({
      list: (group) => snapshots.list(group),
      latest: (group) => snapshots.latest(group),
      save: (group, chunks, meta) => snapshots.save(group, chunks, meta),
      setAside: async () => {},
      remove: () =>
        new Promise((resolve) => {
          removed = resolve
        }),
      close: () => snapshots.close(),
    })
    await save(store, 9)
    const removing = store.remove('g')
    await save(store, 12)
    removed()
    await removing
    expect((await its.reopened(await holding(...indexes))) === null, String(indexes)).toBe(isFine)
  }
})

test('what was found counts as durable', async () => {
  const { its } = await witness()
  await begin(its, (store) => save(store, 12))
  expect(await its.reopened(await holding(9, 12))).toBeNull()
  expect(await its.reopened(await holding(5, 9))).toMatch(/12\/1 and 9\/1/)
})

describe('the newest one', () => {
  async function latest(chunks: () => AsyncIterable<Uint8Array>): Promise<string | null> {
    const { its } = await witness()
    const store = await holding(5, 9)
    return await its.reopened({
      list: (group) => store.list(group),
      latest: async () => ({ meta: metaAt(9), chunks: chunks() }),
      save: () => Promise.reject(new Error('not asked')),
      setAside: async () => {},
      remove: async () => {},
      close: async () => {},
    })
  }

  test('can be read to its end', async () => {
    expect(
      await latest(async function* () {
        yield content
      }),
    ).toBeNull()
    expect(
      await latest(async function* () {
        yield content.subarray(1)
      }),
    ).toMatch(/has 6 bytes/)
    expect(
      await latest(async function* () {
        yield content
        throw new Error('damaged')
      }),
    ).toMatch(/can't be read: Error: damaged/)
  })
})

test('after the disk was replaced nothing is expected', async () => {
  const { its } = await witness()
  its.forget()
  expect(await its.reopened(await holding())).toBeNull()
})

describe('after a flush of the directory that failed', () => {
  test('what was removed may come back', async () => {
    const { its, store } = await witness()
    its.directoryFlushFailed()
    await save(store, 12)
    await store.remove('g')
    expect(await its.moment().compare(await holding())).toBeNull()
    expect(await its.moment().compare(await holding(5))).toBeNull()
    expect(await its.moment().compare(await holding(5, 9))).toBeNull()
    expect(await its.moment().compare(await holding(12))).toMatch(/has snapshots at 12/)
  })

  test('it stands in the place of older ones only', async () => {
    const { its, store } = await witness()
    its.directoryFlushFailed()
    await store.remove('g')
    for (const index of [3, 4]) await save(store, index)
    expect(await its.moment().compare(await holding(3, 4))).toBeNull()
    expect(await its.moment().compare(await holding(4, 9))).toBeNull()
    expect(await its.moment().compare(await holding(5, 9))).toBeNull()
    expect(await its.moment().compare(await holding(9))).toMatch(/has snapshots at 9/)
    expect(await its.moment().compare(await holding(3, 9))).toMatch(/has snapshots at 9\/1 and 3/)
  })
})
