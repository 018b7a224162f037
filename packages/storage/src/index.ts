export { type MemoryStorage, type MemoryStorageOptions, memoryStorage } from './memory-storage.ts'
export { nodeFileSystem } from './node-file-system.ts'
export type { Storage } from './storage.ts'
export { storageByGroup } from './storage-by-group.ts'
