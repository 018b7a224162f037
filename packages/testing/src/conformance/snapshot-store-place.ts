import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import type { SnapshotMeta, SnapshotStore } from '@rafted/contracts'
import { snapshotAt } from './log-model.ts'

/** Where one snapshot store stands, with nothing in it at first. Only one is open at a time. */
export interface SnapshotStorePlace {
  /** Opens the store: for the first time, and again after it was closed or has crashed. */
  open(): Promise<SnapshotStore>
  /** Ends the open store as a crash does, without `close`: what is under way may be lost, what was durable may not. */
  crash?(): Promise<void>
  /** Takes down what stands here, open or not. */
  dispose(): Promise<void>
}

export async function crash(place: SnapshotStorePlace): Promise<void> {
  assert.ok(place.crash, 'this place has no crash: leave it out with { without: ["crash"] }')
  await place.crash()
}

/** A snapshot's content, cut into chunks, and its meta. */
export interface Sample {
  readonly meta: SnapshotMeta
  readonly chunks: readonly Uint8Array[]
}

/** @returns a snapshot at `index` with chunks of these sizes, whose bytes follow from its index. */
export function sampleAt(index: number, sizes: readonly number[] = [10, 0, 3]): Sample {
  let at = 0
  const chunks = sizes.map((size) => {
    const chunk = new Uint8Array(size)
    for (let i = 0; i < size; i++) chunk[i] = (index * 37 + at++ * 11) % 251
    return chunk
  })
  return { chunks, meta: metaOf(index, chunks) }
}

export function metaOf(index: number, chunks: readonly Uint8Array[]): SnapshotMeta {
  return {
    ...snapshotAt(index, 3),
    incarnation: '00112233445566778899aabbccddeeff',
    format: 2,
    machineVersion: 5,
    size: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0),
    checksum: chunks.reduce((sum, chunk) => crc32(chunk, sum), 0),
  }
}

export async function* streamOf(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield chunk
}

export async function save(
  store: SnapshotStore,
  { meta, chunks }: Sample,
  group = 'group',
): Promise<SnapshotMeta> {
  return await store.save(group, streamOf(chunks), () => meta)
}

export async function contentOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** The group's snapshots are these, newest first, and the newest can be read. */
export async function checkSnapshots(
  store: SnapshotStore,
  samples: readonly Sample[],
  group = 'group',
): Promise<void> {
  assert.deepEqual(
    await store.list(group),
    samples.map(({ meta }) => meta),
  )
  const latest = await store.latest(group)
  const newest = samples[0]
  if (newest === undefined) return assert.equal(latest, null)
  assert.deepEqual(latest?.meta, newest.meta)
  const found = await contentOf(latest.chunks)
  assert.ok(
    isSame(found, Buffer.concat(newest.chunks)),
    `the content of the snapshot at ${newest.meta.index}`,
  )
}
