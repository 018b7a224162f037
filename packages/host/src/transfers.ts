/** Transfers of leadership asked of this member: begun in the core, answered when the new leader is known or when it is given up. */
import { type Clock, type ErrorCode, RaftedError } from '@rafted/contracts'
import type { Core, MemberId } from '@rafted/core'
import type { CancelTransferRequest, TransferLeadershipRequest } from '@rafted/wire'
import type { Answers, ReplyTo } from './waiters.ts'

/** Calls that may wait at a time. */
const MAX_WAITING = 256

/** Told how it ended: null for well. */
type Told = (failure: RaftedError | null) => void

interface Waiting {
  /** Whom the caller named. */
  readonly to: MemberId | null
  /** The term in which this member led. */
  readonly term: number
  readonly told: Told
}

export interface TransfersOptions {
  readonly incarnation: string
  readonly id: MemberId
  readonly core: Core
  readonly answers: Answers
}

export class Transfers {
  readonly #options: TransfersOptions
  #waiting: Waiting[] = []

  constructor(options: TransfersOptions) {
    this.#options = options
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0
  }

  ask(request: TransferLeadershipRequest | CancelTransferRequest, replyTo: ReplyTo, now: number): void {
    if (request.kind === 'transfer-leadership') this.#transfer(request, replyTo, now)
    else this.#cancel(request, replyTo, now)
  }

  #transfer({ id, to, ifTerm }: TransferLeadershipRequest, replyTo: ReplyTo, now: number): void {
    const { core, answers, incarnation, id: own } = this.#options
    const { role, term } = core.standing
    const told: Told = (failure) => {
      if (failure === null) answers.answer(replyTo, { kind: 'done', id, incarnation, configuration: null })
      else answers.refuse({ id, replyTo }, failure.code, failure.outcome, failure.message)
    }
    // Asked again, after an answer that was lost: it is done.
    if (role === 'leader' && (to === own || (ifTerm !== null && term > ifTerm))) told(null)
    else this.#begin(to, now, told)
  }

  /** @param told called once, now or later. */
  #begin(to: MemberId | null, now: number, told: Told): void {
    const { core } = this.#options
    if (this.#waiting.length >= MAX_WAITING) {
      told(
        failure('overloaded', 'not-applied', 'Too many calls wait for a transfer of leadership. Try again.'),
      )
      return
    }
    const answer = core.step({ kind: 'transfer', to }, now)
    if (answer.taken) this.#waiting.push({ to, term: answer.term, told })
    else {
      const [code, message] = REFUSALS[answer.reason] ?? ['not-leader', 'Another member leads.']
      told(failure(code, 'not-applied', message))
    }
  }

  #cancel({ id }: CancelTransferRequest, replyTo: ReplyTo, now: number): void {
    const { core, answers, incarnation } = this.#options
    if (core.step({ kind: 'cancel-transfer' }, now).taken) {
      this.#fail(core, 'It was cancelled.')
      answers.answer(replyTo, { kind: 'done', id, incarnation, configuration: null })
    } else answers.refuse({ id, replyTo }, 'not-leader', 'not-applied', 'Another member leads.')
  }

  /** To the best there is. Resolves when another leads, when it has failed, or after `maxMs`. */
  handOver(clock: Clock, maxMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stopWaiting = clock.after(maxMs, resolve)
      this.#begin(null, clock.now(), () => {
        stopWaiting()
        resolve()
      })
    })
  }

  /** Answers what is decided by how this member stands now. */
  settle(): void {
    if (this.#waiting.length === 0) return
    const { core } = this.#options
    const { role, term, leader, transferringTo } = core.standing
    if (role === 'leader' && transferringTo === null && this.#waiting[0]!.term === term) {
      this.#fail(core, 'The member did not take over within an election timeout.')
      return
    }
    // Until the new leader is known, nobody knows whether it is the one that was wanted.
    if (role === 'leader' ? this.#waiting[0]!.term === term : leader === null) return
    for (const { to, told } of this.#take()) {
      const isDone = role !== 'leader' && (to === null || to === leader)
      // What was offered in an earlier term counts for nothing in this one.
      told(
        isDone
          ? null
          : failure('transfer-failed', 'not-applied', 'Another member was elected. Ask that one.'),
      )
    }
  }

  /** A successor that has been told to campaign may still do so. */
  #fail(core: Core, why: string): void {
    const outcome = core.hasOffered ? 'unknown' : 'not-applied'
    for (const { told } of this.#take())
      told(failure('transfer-failed', outcome, `Leadership was not handed over. ${why}`))
  }

  #take(): Waiting[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  stop(code: ErrorCode, message: string): void {
    for (const { told } of this.#take()) told(failure(code, 'unknown', message))
  }
}

function failure(code: ErrorCode, outcome: 'not-applied' | 'unknown', message: string): RaftedError {
  return new RaftedError(code, message, { outcome })
}

const REFUSALS: Partial<Record<string, readonly [ErrorCode, string]>> = {
  'not-a-voter': [
    'not-a-voter',
    'Only another member that votes can take over, and, while the members change, one that stays.',
  ],
  'member-unresponsive': [
    'member-unresponsive',
    'The member does not answer the leader, or none does that could take over. Bring it back, or name another one.',
  ],
  'member-damaged': [
    'member-damaged',
    'The log of the member is damaged: it can lead once it is whole again. Wait for that, or name another one.',
  ],
  transferring: [
    'transfer-pending',
    'Leadership is on its way to another member. Wait for that, or cancel it.',
  ],
  removed: ['no-such-group', 'This member has been removed from its group.'],
}
