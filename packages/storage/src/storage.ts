import type { LogStore, SnapshotStore } from '@rafted/contracts'

/** The two stores of one host. */
export interface Storage {
  readonly logs: LogStore
  readonly snapshots: SnapshotStore
}
