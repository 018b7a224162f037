/** What a caller is told once its entry has been applied. */
import type { ErrorCode, Outcome } from '@rafted/contracts'
import type { PlacedSettings } from '@rafted/wire'
import type { ProposedWaiter } from './proposals.ts'
import type { Reply, ReplyStatus } from './replies.ts'
import { SESSION_WINDOW } from './sessions.ts'
import type { Answers, Caller } from './waiters.ts'

const PROBLEMS: Record<'expired' | 'gap' | 'forgotten' | 'withdrawn', [ErrorCode, Outcome, string]> = {
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
  withdrawn: [
    'withdrawn',
    'not-applied',
    'Somebody has asked what became of the command before it was applied: it was not, and never will be. Call it anew, if it is still wanted.',
  ],
}

const SETTLED: Partial<Record<ReplyStatus, [ErrorCode, string]>> = {
  expired: [
    'session-expired',
    'The session of the command is gone, and what it knew of it: it will not be applied any more, and whether it was can no longer be told. Read the value.',
  ],
  forgotten: [
    'forgotten',
    'The command was carried out, and what it came to is no longer kept. Read the value to learn what it did.',
  ],
  'key-forgotten': [
    'forgotten',
    'Nothing is kept under this key, and it may be one of those that were forgotten: whether the command was applied can no longer be told. Read the value.',
  ],
  full: [
    'overloaded',
    'As many keys are withdrawn as the group remembers: whether this one was used is not told before sessions older than those have ended.',
  ],
}

/** Answers `waiter`, whose entry has been applied with `reply`. @param settings as they are from that entry on. */
export function answerApplied(
  answers: Answers,
  waiter: ProposedWaiter,
  reply: Reply,
  incarnation: string,
  settings: PlacedSettings,
): void {
  const { status } = reply
  const { id, replyTo } = waiter
  const settled = waiter.kind === 'resolve' ? SETTLED[status] : undefined
  if (settled !== undefined) {
    answers.refuse(waiter, settled[0], 'unknown', settled[1])
  } else if (status === 'expired' || status === 'gap' || status === 'forgotten' || status === 'withdrawn') {
    const [code, outcome, message] = PROBLEMS[status]
    answers.refuse(waiter, code, outcome, message)
  } else if (status === 'overtaken') {
    refuseSettings(answers, waiter, reply)
  } else if (waiter.kind === 'command' || waiter.kind === 'resolve') {
    const { index, term, payload } = reply
    if (status === 'ok' || status === 'refused' || status === 'failed')
      answers.answer(replyTo, { kind: 'result', id, status, index, term, payload })
  } else if (waiter.kind === 'change-settings') {
    if (status === 'ok') answers.answer(replyTo, { kind: 'settings', id, incarnation, settings })
    else refuseSettings(answers, waiter, reply)
  } else if (waiter.kind !== 'open-session') {
    answers.answer(replyTo, { kind: 'done', id, incarnation, configuration: null })
  } else if (status === 'ok') {
    const session = waiter.index
    const { sessionTimeoutMs: timeoutMs } = settings
    answers.answer(replyTo, { kind: 'session', id, incarnation, session, timeoutMs, window: SESSION_WINDOW })
  } else {
    const message = `The group keeps ${settings.maxSessions} sessions, and all are in use. Close some, or wait for idle ones to expire.`
    answers.refuse(waiter, 'too-many-sessions', 'not-applied', message)
  }
}

function refuseSettings(answers: Answers, caller: Caller, { status, payload }: Reply): void {
  answers.refuse(caller, codeOf(status), 'not-applied', new TextDecoder().decode(payload))
}

/** Of a change of settings that changes nothing. */
export function codeOf(status: ReplyStatus): ErrorCode {
  return status === 'overtaken' ? 'settings-changed' : 'invalid-argument'
}
