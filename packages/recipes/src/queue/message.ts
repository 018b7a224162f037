/** A message on its way through a queue. */

/** Proof that a message was given. It is good until the visibility is over, and for that one time only. */
export interface Receipt {
  /** Of the message: the same whenever it is given. */
  readonly id: number
  /** Index in the log at which it was given: higher each time, so what is written elsewhere can be guarded by it. */
  readonly fence: number
}

/**
 * - `ready`: may be taken.
 * - `delayed`: is ready when its time has come.
 * - `taken`: with a worker, until its time is over.
 * - `dead`: was given too often.
 */
export type Standing = 'ready' | 'delayed' | 'taken' | 'dead'

/** As the machine keeps it. Never changed, only replaced. */
export interface KeptMessage {
  readonly id: number
  readonly queue: string
  readonly body: unknown
  readonly bytes: number
  readonly standing: Standing
  /** How often it was given. */
  readonly attempts: number
  /** Replicated time at which `delayed` and `taken` are over; else 0. */
  readonly until: number
  /** Index at which it was last given; 0 before. */
  readonly fence: number
  /** Why it was given back last, or is dead. */
  readonly reason: string
}

/** One that was taken. */
export interface TakenMessage<Body = unknown> {
  /** The same whenever the message is given: what has an effect once per id has it once per message. */
  readonly id: number
  readonly body: Body
  /** How often it was given, this time included. */
  readonly attempt: number
  readonly receipt: Receipt
}

/** One that was given too often. */
export interface DeadLetter<Body = unknown> {
  readonly id: number
  readonly body: Body
  readonly attempts: number
  /** What the last `nack` said, or `timeout`: nobody said anything before the visibility was over. */
  readonly reason: string
}

/** How many messages stand where, and the bytes of all of them. */
export interface QueueCounts {
  readonly ready: number
  readonly delayed: number
  readonly taken: number
  readonly dead: number
  readonly bytes: number
}
