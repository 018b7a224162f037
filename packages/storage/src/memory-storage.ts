import { MemoryLogStore, type MemoryLogs } from './memory-log-store.ts'
import { MemorySnapshotStore, type MemorySnapshots } from './memory-snapshot-store.ts'
import type { Storage } from './storage.ts'

/** How much a storage in memory may take. */
export interface MemoryStorageOptions {
  /** Bytes of entries at which `room` says `full`; `low` from nine tenths on. Default: no bound but the process's. */
  readonly quotaBytes?: number
}

/** What outlives a host that is stopped within a process, as a disk outlives one that is killed. */
export interface MemoryStorage {
  /**
   * The stores over what this object holds: a host that starts anew finds its logs. It ends the opening before, whose
   * calls then reject with `closed`: what is left of a host that died changes nothing any more.
   */
  open(): Storage
}

/** Logs and snapshots that live as long as this object. */
export function memoryStorage(options: MemoryStorageOptions = {}): MemoryStorage {
  const logs: MemoryLogs = { byGroup: new Map(), bytes: 0, opening: null }
  const snapshots: MemorySnapshots = { byGroup: new Map(), opening: null }
  const quota = options.quotaBytes ?? Number.POSITIVE_INFINITY
  return {
    open: () => ({
      logs: new MemoryLogStore(logs, quota),
      snapshots: new MemorySnapshotStore(snapshots),
    }),
  }
}
