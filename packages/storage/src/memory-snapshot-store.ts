/** Snapshots in memory: as durable as the process. */
import { crc32 } from 'node:zlib'
import { RaftedError, type SnapshotMeta, type SnapshotStore, type StoredSnapshot } from '@rafted/contracts'
import { SavesUnderWay } from './saves-under-way.ts'

/** Snapshots of a group that are kept. */
const KEPT = 2

interface MemorySnapshot {
  readonly meta: SnapshotMeta
  readonly chunks: readonly Uint8Array[]
}

/** What outlives one opening of the store. */
export interface MemorySnapshots {
  /** Newest first. */
  readonly byGroup: Map<string, readonly MemorySnapshot[]>
  /** The store that may use them. */
  opening: MemorySnapshotStore | null
}

/** One opening of snapshots in memory. It copies what it is given and what it gives: nobody else holds its bytes. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #kept: MemorySnapshots
  readonly #saves = new SavesUnderWay()

  constructor(kept: MemorySnapshots) {
    this.#kept = kept
    kept.opening = this
  }

  async list(group: string): Promise<readonly SnapshotMeta[]> {
    this.#check()
    return this.#of(group).map(({ meta }) => meta)
  }

  async latest(group: string): Promise<StoredSnapshot | null> {
    this.#check()
    const newest = this.#of(group)[0]
    return newest === undefined ? null : { meta: newest.meta, chunks: contentOf(group, newest) }
  }

  async save(
    group: string,
    chunks: AsyncIterable<Uint8Array>,
    meta: () => SnapshotMeta,
  ): Promise<SnapshotMeta> {
    this.#check()
    return await this.#saves.run(group, (check) => this.#save(group, chunks, meta, check))
  }

  async #save(
    group: string,
    chunks: AsyncIterable<Uint8Array>,
    meta: () => SnapshotMeta,
    check: () => void,
  ): Promise<SnapshotMeta> {
    const copies: Uint8Array[] = []
    // Not `chunk.slice()`: that of a Buffer shares its bytes.
    for await (const chunk of chunks) copies.push(new Uint8Array(chunk))
    this.#check()
    check()
    const saved = meta()
    const older = this.#of(group)
    if (older[0] === undefined || saved.index > older[0].meta.index)
      this.#kept.byGroup.set(group, [{ meta: saved, chunks: copies }, ...older].slice(0, KEPT))
    return saved
  }

  async setAside(group: string, index: number): Promise<void> {
    this.#check()
    const left = this.#of(group).filter(({ meta }) => meta.index !== index)
    this.#kept.byGroup.set(group, left)
  }

  async remove(group: string): Promise<void> {
    this.#check()
    this.#saves.end(group)
    this.#kept.byGroup.delete(group)
  }

  async close(): Promise<void> {
    if (this.#kept.opening === this) this.#kept.opening = null
  }

  #of(group: string): readonly MemorySnapshot[] {
    return this.#kept.byGroup.get(group) ?? []
  }

  #check(): void {
    if (this.#kept.opening !== this)
      throw new RaftedError('closed', 'The snapshot store is closed.', { outcome: 'not-applied' })
  }
}

async function* contentOf(group: string, { meta, chunks }: MemorySnapshot): AsyncIterable<Uint8Array> {
  let size = 0
  let checksum = 0
  for (const chunk of chunks) {
    size += chunk.byteLength
    checksum = crc32(chunk, checksum)
    yield new Uint8Array(chunk)
  }
  if (size !== meta.size || checksum !== meta.checksum)
    throw new RaftedError(
      'damaged-storage',
      `The snapshot of group "${group}" at ${meta.index} doesn't match its checksum. Take it from another member.`,
      { outcome: 'not-applied', details: { index: meta.index, size, checksum } },
    )
}
