/** Where snapshots are kept. */
import type { SnapshotPosition } from '@rafted/core'

/** What a snapshot is of. Sessions, settings and the machine's state are its content. */
export interface SnapshotMeta extends SnapshotPosition {
  /** Incarnation of the group. */
  readonly incarnation: string
  /** Version of the layout of the content, set by the host. */
  readonly format: number
  /** Version of the machine that is in force at its index. */
  readonly machineVersion: number
  /** Bytes of the content. */
  readonly size: number
  /** CRC-32 of the content. */
  readonly checksum: number
}

/** A snapshot that is there, to be read. */
export interface StoredSnapshot {
  readonly meta: SnapshotMeta
  /**
   * The content in order. May be read once; stops with `damaged-storage` where it doesn't match its checksum.
   * Whoever has done with a chunk may give it to `next` of the iterator, asking for another one: then its memory may be written to again.
   */
  readonly chunks: AsyncIterable<Uint8Array>
}

/**
 * One per host. Keeps the last two snapshots of each group. One that is damaged is never passed over: `list`, `latest` and the content reject with
 * `damaged-storage`, whose details have its `index`; who wants to go on without it says so by `setAside`.
 */
export interface SnapshotStore {
  /** Metas of the snapshots of a group, newest first. */
  list(group: string): Promise<readonly SnapshotMeta[]>
  /** The newest snapshot, or null. A snapshot being read stays readable while newer ones are saved. */
  latest(group: string): Promise<StoredSnapshot | null>
  /**
   * All or nothing: durable when resolved, absent if it rejects (as when `chunks` throws, whose error it passes on).
   * A chunk is good until the next is asked for: its memory is written to again. `meta` is asked for when the chunks have ended, as size and checksum are known only then. Snapshots older than the
   * last two go. One older than or equal to the newest is dropped without an error.
   */
  save(group: string, chunks: AsyncIterable<Uint8Array>, meta: () => SnapshotMeta): Promise<SnapshotMeta>
  /**
   * Gives up the snapshot at `index`, which is damaged: from then on those that are left count, if any, and one that is newer than those may be saved.
   * Durable when resolved. No error if there is none.
   */
  setAside(group: string, index: number): Promise<void>
  /**
   * Forgets the group's snapshots. No error if there are none. One that is being saved does not come to be: its `save` rejects with `no-such-group`,
   * or another member that has the group's name by then would find what is not its own.
   */
  remove(group: string): Promise<void>
  /** Waits for what is under way, and ends. Nothing may be asked of it afterwards. */
  close(): Promise<void>
}
