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
export type { RecipeSeams } from './seams.ts'
