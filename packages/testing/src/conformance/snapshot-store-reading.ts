/** What a snapshot store says of `latest`. */
import assert from 'node:assert/strict'
import { isRaftedError } from '@rafted/contracts'
import type { Claims } from './case.ts'
import {
  checkSnapshots,
  contentOf,
  isSame,
  metaOf,
  type SnapshotStorePlace,
  sampleAt,
  save,
} from './snapshot-store-place.ts'

export const reading: Claims<SnapshotStorePlace> = {
  'latest: stays readable while newer ones are saved': async (place) => {
    const store = await place.open()
    const old = sampleAt(1, [50_000, 50_000, 200_000, 100])
    await save(store, old)
    const untouched = (await store.latest('group'))!
    const begun = (await store.latest('group'))!.chunks[Symbol.asyncIterator]()
    const parts = [(await begun.next()).value as Uint8Array]
    for (const index of [2, 3, 4]) await save(store, sampleAt(index))
    for (let part = await begun.next(); !part.done; part = await begun.next()) parts.push(part.value)
    const content = Buffer.concat(old.chunks)
    assert.ok(Buffer.concat(parts).equals(content), 'the content that was being read')
    assert.ok(isSame(await contentOf(untouched.chunks), content), 'the content that was about to be read')
    await checkSnapshots(store, [sampleAt(4), sampleAt(3)])
  },

  'latest: may be read by several at once': async (place) => {
    const store = await place.open()
    const sample = sampleAt(1, [1000, 2000, 30_000])
    await save(store, sample)
    const found = await Promise.all(
      [1, 2, 3].map(async () => await contentOf((await store.latest('group'))!.chunks)),
    )
    const whole = Buffer.concat(sample.chunks)
    for (const content of found) assert.ok(isSame(content, whole), `${content.byteLength} bytes were read`)
  },

  'latest: stops with damaged-storage where the content does not match its checksum': async (place) => {
    const store = await place.open()
    const { chunks } = sampleAt(7, [5000, 10])
    const meta = { ...metaOf(7, chunks), checksum: metaOf(7, chunks).checksum ^ 1 }
    // Saved with another checksum than its own. A store that looks before it saves refuses, with the same code.
    const outcome = await save(store, { meta: { ...meta, checksum: meta.checksum >>> 0 }, chunks })
      .then(async () => await contentOf((await store.latest('group'))!.chunks))
      .then(
        () => null,
        (error: unknown) => error,
      )
    assert.ok(isRaftedError(outcome, 'damaged-storage'), `ended with ${String(outcome)}`)
  },

  'latest: a chunk that was not given back stays as it was': async (place) => {
    const store = await place.open()
    const sample = sampleAt(
      7,
      Array.from({ length: 9 }, () => 500_000),
    )
    await save(store, sample)
    const chunks = (await store.latest('group'))!.chunks[Symbol.asyncIterator]()
    const whole = Buffer.concat(sample.chunks)
    const kept: { chunk: Uint8Array; at: number }[] = []
    let at = 0
    let count = 0
    for (let next = await chunks.next(); !next.done; count++) {
      const chunk: Uint8Array = next.value
      assert.ok(isSame(chunk, whole.subarray(at, at + chunk.byteLength)), `the chunk at byte ${at}`)
      // One of many is kept: those around it go back.
      const isKept = count % 29 === 3
      if (isKept) kept.push({ chunk, at })
      at += chunk.byteLength
      next = await chunks.next(isKept ? undefined : chunk)
    }
    assert.equal(at, whole.byteLength)
    for (const { chunk, at } of kept)
      assert.ok(isSame(chunk, whole.subarray(at, at + chunk.byteLength)), `the kept chunk at byte ${at}`)
  },

  'latest: what it gives is the reader’s own': async (place) => {
    const store = await place.open()
    const sample = sampleAt(7)
    await save(store, sample)
    for await (const chunk of (await store.latest('group'))!.chunks) chunk.fill(0)
    await checkSnapshots(store, [sample])
  },
}
