/** What applying a command came to: kept with its session, and given again to whoever asks again. */

/**
 * `ok`, `refused`, `failed`: it was due, and this is its outcome. `expired`: its session is unknown or has expired. `gap`:
 * a command before it has not been applied. `forgotten`: it took effect, and its result is no longer kept. `overtaken`: a change of settings that was
 * based on others. `withdrawn`: it was not applied and never will be. Only of withdrawals: `key-forgotten`: it may have been applied, and be forgotten. `full`: too
 * many keys are withdrawn.
 */
export type ReplyStatus =
  | 'ok'
  | 'refused'
  | 'failed'
  | 'expired'
  | 'gap'
  | 'forgotten'
  | 'overtaken'
  | 'withdrawn'
  | 'key-forgotten'
  | 'full'

export interface Reply {
  readonly status: ReplyStatus
  /** Where the command stands that took effect. */
  readonly index: number
  readonly term: number
  /** The result, or [reason, message, data] of a refusal, by the value's codec. */
  readonly payload: Uint8Array
}

/** Statuses that are kept; their places are part of the snapshot's format. */
export const KEPT_STATUSES: readonly ReplyStatus[] = ['ok', 'refused', 'failed']

export const NO_PAYLOAD = new Uint8Array(0)

/** Bytes a kept reply counts for, beside its payload. */
const REPLY_BYTES = 64

export function replyBytes(reply: Reply): number {
  return reply.payload.length + REPLY_BYTES
}
