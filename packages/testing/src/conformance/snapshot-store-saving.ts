/** What a snapshot store says of `save` and `list`. */
import assert from 'node:assert/strict'
import type { SnapshotMeta } from '@rafted/contracts'
import { type Claims, ODD_NAMES } from './case.ts'
import {
  checkSnapshots,
  contentOf,
  isSame,
  metaOf,
  type Sample,
  type SnapshotStorePlace,
  sampleAt,
  save,
  streamOf,
} from './snapshot-store-place.ts'

/** A producer's own failure. */
class Broken extends Error {}

async function* brokenAfter(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
  throw new Broken('the machine can not go on')
}

export const saving: Claims<SnapshotStorePlace> = {
  'list and latest: nothing at first': async (place) => {
    await checkSnapshots(await place.open(), [])
  },

  'save: gives the meta back, and latest gives meta and content': async (place) => {
    const store = await place.open()
    const sample = sampleAt(7)
    assert.deepEqual(await save(store, sample), sample.meta)
    await checkSnapshots(store, [sample])
  },

  'save: content of any size, in chunks of any size': async (place) => {
    const store = await place.open()
    const cuts = [[], [0], [1], [65_536], [1, 2, 3, 0, 70_000, 5], Array<number>(300).fill(17), [1_500_000]]
    for (const [i, sizes] of cuts.entries()) {
      const sample = sampleAt(i + 1, sizes)
      await save(store, sample)
      assert.deepEqual((await store.list('group'))[0], sample.meta)
      const found = await contentOf((await store.latest('group'))!.chunks)
      assert.ok(isSame(found, Buffer.concat(sample.chunks)), `content in chunks of ${sizes.slice(0, 9)}`)
    }
  },

  'save: every field of the meta, the configuration included': async (place) => {
    const store = await place.open()
    const { meta, chunks } = sampleAt(2 ** 53 - 1)
    const voter = (id: string) => ({
      id,
      host: `host ${id}`,
      address: 'ü:7000',
      durable: false,
      wire: [1, 3] as const,
      machine: [1, 1] as const,
    })
    const configuration = {
      voters: [voter('a'), voter('b')],
      outgoing: [voter('a')],
      learners: [{ ...voter('c'), promote: true }],
    }
    const full: SnapshotMeta = {
      ...meta,
      term: 2 ** 53 - 1,
      time: 2 ** 53 - 1,
      configuration: { index: 12, configuration },
      machineVersion: 0,
      checksum: meta.checksum,
    }
    assert.deepEqual(await save(store, { meta: full, chunks }), full)
    await checkSnapshots(store, [{ meta: full, chunks }])
  },

  'save: meta is asked for when the chunks have ended': async (place) => {
    const store = await place.open()
    const sample = sampleAt(1)
    let ended = false
    async function* chunks(): AsyncIterable<Uint8Array> {
      yield* sample.chunks
      ended = true
    }
    let early = false
    await store.save('group', chunks(), () => {
      early ||= !ended
      return sample.meta
    })
    assert.ok(!early, 'meta was asked for before the chunks had ended')
    await checkSnapshots(store, [sample])
  },

  'save: keeps the last two, newest first': async (place) => {
    const store = await place.open()
    const samples: Sample[] = []
    for (const index of [3, 4, 10, 11]) {
      samples.unshift(sampleAt(index, [index, 100]))
      await save(store, samples[0]!)
      await checkSnapshots(store, samples.slice(0, 2))
    }
  },

  'save: one older than the newest, or equal to it, is dropped without an error': async (place) => {
    const store = await place.open()
    const [first, second] = [sampleAt(5), sampleAt(10)]
    await save(store, first)
    const other = [new Uint8Array([1, 2, 3])]
    for (const index of [5, 4]) {
      await save(store, { chunks: other, meta: metaOf(index, other) })
      await checkSnapshots(store, [first])
    }
    await save(store, second)
    for (const index of [10, 9, 5, 1]) {
      await save(store, { chunks: other, meta: metaOf(index, other) })
      await checkSnapshots(store, [second, first])
    }
  },

  'save: absent if the chunks throw, whose error it passes on': async (place) => {
    const store = await place.open()
    const kept = sampleAt(5)
    for (const before of [[], [kept]]) {
      for (const sample of before) await save(store, sample)
      for (const count of [0, 1, 3]) {
        const { chunks, meta } = sampleAt(9)
        await assert.rejects(
          store.save('group', brokenAfter(chunks.slice(0, count)), () => meta),
          Broken,
        )
        await checkSnapshots(store, before)
      }
    }
    await save(store, sampleAt(9))
    await checkSnapshots(store, [sampleAt(9), kept])
  },

  'save: absent if meta throws': async (place) => {
    const store = await place.open()
    const kept = sampleAt(5)
    await save(store, kept)
    const attempt = store.save('group', streamOf(sampleAt(9).chunks), () => {
      throw new Broken('no meta')
    })
    await assert.rejects(attempt, Broken)
    await checkSnapshots(store, [kept])
  },

  'save: nothing of it is seen before it is whole': async (place) => {
    const store = await place.open()
    const [old, sample] = [sampleAt(5), sampleAt(9, [10, 20, 30, 40])]
    await save(store, old)
    async function* chunks(): AsyncIterable<Uint8Array> {
      for (const chunk of sample.chunks) {
        await checkSnapshots(store, [old])
        yield chunk
      }
      await checkSnapshots(store, [old])
    }
    await store.save('group', chunks(), () => sample.meta)
    await checkSnapshots(store, [sample, old])
  },

  'save: several at once, and the newest is the newest': async (place) => {
    const store = await place.open()
    const samples = [4, 9, 6].map((index) => sampleAt(index, [index * 1000, 10]))
    await Promise.all(samples.map((sample) => save(store, sample)))
    assert.deepEqual((await store.list('group'))[0], samples[1]!.meta)
    const found = await contentOf((await store.latest('group'))!.chunks)
    assert.ok(isSame(found, Buffer.concat(samples[1]!.chunks)), 'the content is another one’s')
  },

  'save: the bytes are those of each chunk when it was given': async (place) => {
    const store = await place.open()
    const sample = sampleAt(9, [16, 16, 16])
    const shared = Buffer.alloc(16)
    async function* reused(): AsyncIterable<Uint8Array> {
      for (const chunk of sample.chunks) {
        shared.set(chunk)
        yield shared
      }
    }
    await store.save('group', reused(), () => sample.meta)
    shared.fill(0)
    await checkSnapshots(store, [sample])
  },

  'save: any name is a name, and touches no other group': async (place) => {
    const store = await place.open()
    for (const [i, name] of ODD_NAMES.entries()) {
      await checkSnapshots(store, [], name)
      await save(store, sampleAt(i + 1), name)
    }
    for (const [i, name] of ODD_NAMES.entries()) await checkSnapshots(store, [sampleAt(i + 1)], name)
  },
}
