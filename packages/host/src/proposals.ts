/** Commands, sessions and changes of settings on their way into the log: all of a turn become one proposal. */
import { type ErrorCode, entryBytes, type LogEntry } from '@rafted/contracts'
import { type Core, EntryKind } from '@rafted/core'
import {
  type ChangeSettingsRequest,
  type CommandRequest,
  encodeCommandPayload,
  encodeSessionPayload,
  encodeSettingsPayload,
  type KeepSessionRequest,
  type OpenSessionRequest,
  type PlacedSettings,
  type ResolveRequest,
} from '@rafted/wire'
import { codeOf } from './answering.ts'
import { changeProblem } from './settings.ts'
import type { LogTail } from './tail.ts'
import { type Answers, type Caller, type ReplyTo, type Waiter, Waiters } from './waiters.ts'

export type ProposingRequest =
  | CommandRequest
  | KeepSessionRequest
  | OpenSessionRequest
  | ResolveRequest
  | ChangeSettingsRequest

export interface ProposedWaiter extends Waiter {
  readonly kind: ProposingRequest['kind']
  readonly traced: Traced | null
}

/** A command whose caller wants to hear when it is applied. */
export interface Traced {
  readonly trace: string
  /** When it was taken, on the clock. */
  readonly takenAt: number
}

/** Calls of one turn beyond which the rest is told to come again. */
const MAX_PER_TURN = 16_384
/** Calls that wait for their entries to be committed and applied: a machine that is slow must not gather them without end. */
export const MAX_UNANSWERED = 65_536

/** What their entries are, unless they are about sessions. */
const ENTRY_KINDS: Partial<Record<ProposingRequest['kind'], EntryKind>> = {
  command: EntryKind.command,
  'change-settings': EntryKind.settings,
}

interface Proposal extends Caller {
  readonly kind: ProposingRequest['kind']
  readonly traced: Traced | null
  readonly payload: Uint8Array
}

export class Proposals {
  readonly #answers: Answers
  readonly #maxPayloadBytes: number
  readonly #settings: () => PlacedSettings | null
  readonly waiters = new Waiters<ProposedWaiter>()
  #proposed: Proposal[] = []
  #bytes = 0

  /**
   * @param maxPayloadBytes what reaches the other members in one batch.
   * @param settings those in effect, null where that is not known for certain: a leader knows once it has applied the first entry of its term.
   */
  constructor(answers: Answers, maxPayloadBytes: number, settings: () => PlacedSettings | null) {
    this.#answers = answers
    this.#maxPayloadBytes = maxPayloadBytes
    this.#settings = settings
  }

  /** None is on its way. */
  get isIdle(): boolean {
    return this.waiters.size + this.#proposed.length === 0
  }

  add(request: ProposingRequest, replyTo: ReplyTo, now: number): void {
    const { kind, id } = request
    const unanswered = this.waiters.size + this.#proposed.length
    if (this.#proposed.length >= MAX_PER_TURN || unanswered >= MAX_UNANSWERED) {
      const message = 'More calls arrive than can be taken. Slow down, and try again.'
      this.#refuse({ id, replyTo }, 'overloaded', message)
      return
    }
    const unchanged = kind === 'change-settings' ? changeProblem(request, this.#settings()) : null
    if (unchanged !== null) {
      this.#refuse({ id, replyTo }, codeOf(unchanged.status), unchanged.problem)
      return
    }
    const payload = payloadOf(request)
    if (payload.byteLength > this.#maxPayloadBytes) {
      const message = `A command of ${payload.byteLength} bytes reaches no other member: ${this.#maxPayloadBytes} fit in a batch. Send it in parts.`
      this.#answers.refuse({ id, replyTo }, 'too-large', 'not-applied', message)
      return
    }
    const traced =
      kind === 'command' && request.trace !== null ? { trace: request.trace, takenAt: now } : null
    this.#proposed.push({ kind, id, replyTo, traced, payload })
    this.#bytes += entryBytes(payload)
  }

  /** Hands the turn's calls to the core; those it takes stand in the tail from then on. */
  propose(core: Core, tail: LogTail, now: number): void {
    const proposed = this.#proposed
    if (proposed.length === 0) return
    const bytes = this.#bytes
    this.#proposed = []
    this.#bytes = 0
    const answer = core.step({ kind: 'propose', count: proposed.length, bytes }, now)
    if (!answer.taken) {
      const [code, message] = REFUSALS[answer.reason] ?? ['not-leader', 'Another member leads.']
      for (const caller of proposed) this.#refuse(caller, code, message)
      return
    }
    const { index: first, term, time } = answer
    for (let i = 0; i < proposed.length; i++) {
      const { kind, id, replyTo, traced, payload } = proposed[i]!
      const index = first + i
      const entry: LogEntry = {
        index,
        term,
        kind: ENTRY_KINDS[kind] ?? EntryKind.session,
        time,
        payload,
      }
      tail.put(entry)
      // An object of its own: who waits for an answer must not keep a payload that the tail has let go of.
      this.waiters.add({ kind, id, replyTo, index, term, traced })
    }
  }

  /** This member leads no more, or stops: nobody learns from it what becomes of what it has proposed. */
  abandon(code: ErrorCode, message: string): void {
    for (const waiter of this.waiters.drain()) this.#answers.refuse(waiter, code, 'unknown', message)
    // Of this turn, and not proposed yet: the member stopped before it came to that.
    for (const caller of this.#proposed) this.#refuse(caller, code, message)
    this.#proposed = []
    this.#bytes = 0
  }

  #refuse(caller: Caller, code: ErrorCode, message: string): void {
    this.#answers.refuse(caller, code, 'not-applied', message)
  }
}

const REFUSALS: Partial<Record<string, readonly [ErrorCode, string]>> = {
  'too-many-uncommitted': [
    'overloaded',
    'The leader waits for the other members: too much is uncommitted. Slow down, and try again.',
  ],
  'no-room': ['overloaded', 'The storage of the leader is nearly full. Free space there, then try again.'],
  transferring: ['transferring', 'The leader is handing over to another member. Try again in a moment.'],
}

function payloadOf(request: ProposingRequest): Uint8Array {
  if (request.kind === 'command')
    return encodeCommandPayload({
      session: request.session,
      sequence: request.sequence,
      acknowledged: request.acknowledged,
      key: request.key,
      command: request.payload,
    })
  if (request.kind === 'change-settings') return encodeSettingsPayload(request)
  if (request.kind === 'open-session')
    return encodeSessionPayload({ op: 'open', session: 0, acknowledged: 0 })
  if (request.kind === 'resolve') {
    const { session, sequence, key, since } = request
    return encodeSessionPayload({ op: 'withdraw', session, sequence, key, since })
  }
  const op = request.kind === 'keep-session' ? 'keep' : 'close'
  return encodeSessionPayload({ op, session: request.session, acknowledged: request.acknowledged })
}
