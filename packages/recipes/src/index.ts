export { bucketLimits, buckets, type Rate, type Taken } from './buckets.ts'
export type { AcquireOptions, LeaseOptions } from './claiming.ts'
export { type Ask, claimLimits, claims, type Holder } from './claims.ts'
export { type Counter, counter, counters } from './counter.ts'
export { type Election, type ElectionOptions, election, type Leader } from './election.ts'
export { type Fence, fence } from './fence.ts'
export type { Held } from './held.ts'
export type { ClaimsHandle } from './kept-claim.ts'
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
export { type Lock, lock } from './lock.ts'
export { type Once, once } from './once.ts'
export type { ConsumeOptions, Consumer, Handler } from './queue/consumer.ts'
export type { QueueLimits } from './queue/limits.ts'
export { queues } from './queue/machine.ts'
export type { DeadLetter, QueueCounts, Receipt, TakenMessage } from './queue/message.ts'
export {
  type DeadLettersOptions,
  type NackOptions,
  type PushOptions,
  type Queue,
  queue,
  type TakeOptions,
} from './queue/queue.ts'
export { type RateLimit, type RateLimitOptions, rateLimit } from './rate-limit.ts'
export { schedules } from './scheduler/machine.ts'
export type { When } from './scheduler/occurrences.ts'
export type { RunOutcome, ScheduleRun, ScheduleStatus } from './scheduler/run.ts'
export type { DueWork, Work } from './scheduler/schedule.ts'
export {
  type EveryOptions,
  type Scheduled,
  type Scheduler,
  type SchedulerOptions,
  scheduler,
} from './scheduler/scheduler.ts'
export type { RecipeSeams } from './seams.ts'
export { type Semaphore, type SemaphoreOptions, semaphore } from './semaphore.ts'
export type { WaitOptions } from './waiting.ts'
