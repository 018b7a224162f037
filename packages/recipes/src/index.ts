export { type Counter, counter, counters } from './counter.ts'
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
