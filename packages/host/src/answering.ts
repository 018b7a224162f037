/** What a caller is told once its entry has been applied. */
import type { ErrorCode, Outcome } from '@rafted/contracts'
import type { ProposedWaiter } from './proposals.ts'
import type { Reply, ReplyStatus } from './replies.ts'
import { MAX_SESSIONS, SESSION_TIMEOUT_MS, SESSION_WINDOW } from './sessions.ts'
import type { Answers } from './waiters.ts'

const PROBLEMS: Record<Exclude<ReplyStatus, 'ok' | 'refused' | 'failed'>, [ErrorCode, Outcome, string]> = {
  expired: [
    'session-expired',
    'not-applied',
    'The session is unknown or was silent for too long: this command was not applied. Whether an earlier attempt was can no longer be told.',
  ],
  gap: [
    'sequence-gap',
    'not-applied',
    'A command before this one of the session has not been applied: nothing happened. Send them in order.',
  ],
  forgotten: [
    'session-expired',
    'unknown',
    'The command took effect, and its result is no longer kept. Read the value to learn what it did.',
  ],
}

/** Answers `waiter`, whose entry has been applied with `reply`. */
export function answerApplied(
  answers: Answers,
  waiter: ProposedWaiter,
  reply: Reply,
  incarnation: string,
): void {
  const { status } = reply
  const { id, replyTo } = waiter
  if (status === 'expired' || status === 'gap' || status === 'forgotten') {
    const [code, outcome, message] = PROBLEMS[status]
    answers.refuse(waiter, code, outcome, message)
  } else if (waiter.kind === 'command') {
    const { index, term, payload } = reply
    answers.answer(replyTo, { kind: 'result', id, status, index, term, payload })
  } else if (waiter.kind !== 'open-session') {
    answers.answer(replyTo, { kind: 'done', id, incarnation, configuration: null })
  } else if (status === 'ok') {
    const session = waiter.index
    const timeoutMs = SESSION_TIMEOUT_MS
    answers.answer(replyTo, { kind: 'session', id, incarnation, session, timeoutMs, window: SESSION_WINDOW })
  } else {
    const message = `The group keeps ${MAX_SESSIONS} sessions, and all are in use. Close some, or wait for idle ones to expire.`
    answers.refuse(waiter, 'too-many-sessions', 'not-applied', message)
  }
}
