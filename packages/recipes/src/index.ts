export { type Counter, counter, counters } from './counter.ts'
export type {
  KvChanges,
  KvDeleteOptions,
  KvEntry,
  KvEvent,
  KvLimits,
  KvPageEnd,
  KvPageOptions,
  KvPutOptions,
  KvRange,
  KvSnapshot,
  KvStats,
  KvWatchEvent,
  KvWritten,
} from './kv/entry.ts'
export { type Kv, type KvOptions, type KvWatchOptions, kv } from './kv/handle.ts'
export type { KvLease, KvLeaseOptions } from './kv/lease.ts'
export { type KvFilter, kvStore } from './kv/machine.ts'
export type { KvSchema } from './kv/schema.ts'
export type {
  KvCondition,
  KvNumber,
  KvOperation,
  KvResult,
  KvResults,
  KvTransacted,
  KvTransaction,
} from './kv/transaction-types.ts'
export type { KvWatch } from './kv/watch.ts'
export type { RecipeSeams } from './seams.ts'
