export { type FileStorageOptions, openFileStorage } from './file-storage.ts'
export { type DirectoryOptions, type OpenDirectory, openDirectory } from './files/directory.ts'
export type { DirectoryLock } from './files/directory-lock.ts'
export { type FileSnapshotStoreOptions, openFileSnapshotStore } from './files/file-snapshot-store.ts'
export type { LogDamage } from './files/log-damage.ts'
export type { Listener, Machine, Probe } from './files/machine.ts'
export { type MemoryStorage, type MemoryStorageOptions, memoryStorage } from './memory-storage.ts'
export { nodeFileSystem } from './node-file-system.ts'
export { nodeMachine } from './node-machine.ts'
export type { Holder } from './reading/holder.ts'
export { type ReadStorageOptions, readStorage, type StoredDirectory } from './reading/read-storage.ts'
export type { Harmless, StorageCheck } from './reading/storage-check.ts'
export type { StoredLog, StoredSegment } from './reading/stored-log.ts'
export type { StoredSnapshotFile } from './reading/stored-snapshots.ts'
export type { FormerVoter, SurvivorReport } from './recovery/plan.ts'
export {
  type RecoverOptions,
  type Recovery,
  type RecoveryReport,
  recover,
  setMemberAside,
} from './recovery/recover.ts'
export type { Storage } from './storage.ts'
export { storageByGroup } from './storage-by-group.ts'
