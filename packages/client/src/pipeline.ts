/**
 * Sends the commands of one session, in order, many at a time, and again after a failure. After a failure it stops, finds
 * the leader and sends every unanswered command once more, in order: answers are taken from whichever attempt they come,
 * failures only from the attempts since.
 */
import {
  type ErrorResponse,
  errorResponse,
  type Receiver,
  type Response,
  type ResultResponse,
} from '@rafted/wire'
import type { Asked } from './ask.ts'
import { Backoff } from './backoff.ts'
import { type Command, type Refusal, refusalOf } from './command.ts'
import { type Address, ask, type Context, call, count } from './context.ts'
import { expectResponse, verdictOf } from './failures.ts'
import type { LeaderCache } from './leader-cache.ts'
import { ATTEMPT_MAX_MS, CLOSE_TIMEOUT_MS, LOCATE_TIMEOUT_MS, MAX_REDIRECTS } from './limits.ts'
import type { Session } from './session.ts'
import type { LeaderCalls } from './silent-leaders.ts'

/** The group a pipeline works for. */
export interface PipelineOwner extends Asked {
  /** The next queued command that fits, taken from the queue, or null. */
  takeQueued(session: Session): Command | null
  readonly hasQueued: boolean
  /** Commands that were taken from the queue too early, in order. */
  putBack(commands: readonly Command[]): void
  /** It takes no more commands: the next ones need another session. */
  retired(pipeline: Pipeline): void
  /** Nobody waits for anything in it any more, and nothing more is sent. */
  ended(pipeline: Pipeline): void
  /** The command has been answered or refused. */
  settled(command: Command): void
}

/**
 * - `idle`: nothing to send.
 * - `sending`: a leader is believed in, commands go there as they come.
 * - `pausing`, `searching`: after a failure, until there is a leader to send to.
 * - `dead`: the session is gone; answers to what was sent before may still come.
 * - `ended`: nothing is waited for.
 */
type State = 'idle' | 'sending' | 'pausing' | 'searching' | 'dead' | 'ended'

export class Pipeline implements LeaderCalls {
  readonly session: Session
  readonly #context: Context
  readonly #owner: PipelineOwner
  readonly #backoff: Backoff
  #state: State = 'idle'
  /** Counts the times sending began anew. Failures of attempts of earlier epochs are no news. */
  #epoch = 0
  /** Whom this epoch asks. */
  #address: Address = null
  #redirects = 0
  /** How long this epoch waits for an answer. */
  #attemptMs: number
  /** Who was asked in the epoch before and did not answer in time. */
  #silent: Address | undefined = undefined
  #retired = false
  /** Whether the commands that come after must not overtake those still in it. */
  #holdsBack = false
  /** Why the session is dead. */
  #death: Refusal | null = null
  /** Ends the pause or the search. */
  #stopWaiting: (() => void) | null = null
  isLookedAt = false
  /** When the host was last known to have heard of the session, on the clock; up to date while nothing is waited for. */
  heardAt: number

  constructor(context: Context, owner: PipelineOwner, session: Session) {
    this.#context = context
    this.#owner = owner
    this.session = session
    this.#backoff = new Backoff(context.random)
    this.#attemptMs = context.attemptTimeoutMs
    this.heardAt = context.clock.now()
  }

  /** Whether its session stays open behind it, for whoever asks what became of a command. */
  get staysOpen(): boolean {
    return this.#death === null && this.session.inDoubt
  }

  get group(): string {
    return this.#owner.name
  }

  get known(): LeaderCache {
    return this.#owner.known
  }

  get address(): Address {
    return this.#address
  }

  get isWaiting(): boolean {
    return this.#state === 'sending' && this.session.waited > 0
  }

  get holdsBack(): boolean {
    return this.#holdsBack
  }

  /** Sends what is queued, as far as there is room. */
  pump(): void {
    if (this.#retired) return
    const { acknowledged, next } = this.session
    // Between commands, news of another leader can be heeded at no cost.
    if (this.#state === 'sending' && acknowledged === next && this.#owner.known.leader !== this.#address)
      this.#state = 'idle'
    if (this.#state === 'idle' && this.#owner.hasQueued) this.#resume()
    if (this.#state !== 'sending') return
    for (;;) {
      const command = this.#owner.takeQueued(this.session)
      if (command === null) return
      command.pipeline = this
      this.session.admit(command)
      this.#send(command)
    }
  }

  /** The caller of a command in this session has given up. */
  abandon(command: Command, why: 'timeout' | 'aborted'): void {
    this.session.abandoned()
    command.waited = false
    // With nothing waited for behind it, it is never sent again.
    const resent = this.#state !== 'dead' && this.session.lastWaited() > command.sequence
    if (why === 'timeout') this.#doubt(command)
    command.givenUp(why, resent ? 'unknown' : command.outcome)
    this.retire()
  }

  /** Whoever leads should have answered by then: the next call finds out who does (F49f). */
  #doubt({ inFlight, timeoutMs }: Command): void {
    if (this.#state !== 'sending' || inFlight === 0 || timeoutMs < LOCATE_TIMEOUT_MS) return
    const timeout = errorResponse('timeout', 'unknown', 'It has not answered as long as its caller waited.')
    this.#context.silent.failed(this.#address, timeout.code)
    this.#owner.known.failed(this.#address, timeout)
  }

  /** Takes no more commands. What is in it goes on. */
  retire(): void {
    if (!this.#retired) {
      this.#retired = true
      this.#owner.retired(this)
    }
    this.#endIfDone()
  }

  /** The host says that the session is gone, or belongs to another group. */
  die(response: ErrorResponse): void {
    if (this.#state === 'dead' || this.#state === 'ended') return
    this.#stop('dead')
    this.#death = refusalOf(response)
    for (const command of this.session.unanswered())
      if (command.waited && command.inFlight === 0) this.#refuse(command, this.#death, command.outcome)
    this.retire()
  }

  /** The client is closed: nobody is answered any more but with that. */
  close(): void {
    for (const command of this.session.unanswered()) {
      if (!command.waited) continue
      this.session.abandoned()
      this.#owner.settled(command)
      command.givenUp('closed', command.outcome)
    }
    this.#stop(this.#state === 'dead' ? 'dead' : 'ended')
  }

  /** Tells the leader that the session is over, once, if there is one to tell. Resolves within a short time. */
  async closeSession(): Promise<void> {
    const { known, name } = this.#owner
    if (known.leader === undefined || this.#state === 'dead') return
    const { id: session, incarnation, acknowledged } = this.session
    const request = { kind: 'close-session', group: name, incarnation, session, acknowledged } as const
    await call(this.#context, known.leader, request, CLOSE_TIMEOUT_MS).then(null, () => null)
  }

  #send(command: Command): void {
    const { session } = this
    const address = this.#address
    command.inFlight++
    if (!this.isLookedAt) this.#context.leaders.add(this)
    ask(
      this.#context,
      address,
      {
        kind: 'command',
        group: this.#owner.name,
        incarnation: session.incarnation,
        session: session.id,
        sequence: command.sequence,
        acknowledged: session.acknowledged,
        key: command.key,
        trace: command.trace,
        payload: command.payload,
      },
      this.#attemptMs,
      new SentCommand(this, command, this.#epoch, address),
    )
  }

  /** What was sent has been answered. */
  answered({ command, epoch, address }: SentCommand, answer: unknown): void {
    // It was taken back and belongs to another session now.
    if (command.pipeline !== this || this.#state === 'ended') return
    command.inFlight--
    const response = expectResponse(answer, 'result')
    this.#context.leaders.heard(address, response)
    if (response.kind === 'error') this.#failed(command, epoch, address, response)
    else {
      this.#context.silent.answered(address)
      this.#done(command, epoch, response as ResultResponse)
    }
  }

  #done(command: Command, epoch: number, response: ResultResponse): void {
    if (epoch === this.#epoch && this.#state === 'sending') {
      this.#redirects = 0
      this.#backoff.reset()
    }
    if (!this.session.answered(command)) return
    if (command.waited) {
      this.#owner.settled(command)
      command.settle(response)
    }
    if (command.refusal !== null && this.#state === 'sending') {
      // One attempt was refused, another did it: what follows has waited for that.
      this.#epoch++
      this.#resume()
    }
    if (this.session.waited === 0) {
      this.heardAt = this.#context.clock.now()
      this.#endIfDone()
    }
    if (this.#owner.hasQueued) this.pump()
  }

  #failed(command: Command, epoch: number, address: Address, response: ErrorResponse): void {
    if (response.outcome === 'unknown') command.maybe = true
    command.last = response
    if (this.#death !== null) {
      if (command.waited && command.inFlight === 0) this.#refuse(command, this.#death, command.outcome)
      this.#endIfDone()
      return
    }
    if (response.code === 'withdrawn') {
      // However many attempts there were: neither this one nor what is behind it will ever be done in this session.
      if (this.session.at(command.sequence) === command) this.#takeOut(command, response)
      return
    }
    const verdict = verdictOf(response)
    if (verdict === 'refused') command.refusal ??= response
    if (verdict === 'expired' || verdict === 'mismatch') this.die(response)
    else if (this.session.at(command.sequence) !== command) return
    else if (command.refusal !== null) this.#refused(command, command.refusal)
    else if (epoch === this.#epoch && this.#state === 'sending') this.#recover(address, response)
  }

  /**
   * The command will never be done: its sequence stays empty, and what follows in the session can't be done either. Those
   * are taken back for another session, in order, which is not opened before what precedes them is done.
   */
  #refused(command: Command, response: ErrorResponse): void {
    // Another attempt may still turn out to have done it: that is waited for, and nothing sent meanwhile.
    if (command.inFlight > 0) return
    if (command.maybe) {
      // Then nobody knows which of the others can still be done.
      if (command.waited) this.#refuse(command, refusalOf(response), 'unknown')
      this.die(brokenSession(command.sequence, response))
      return
    }
    this.#takeOut(command, response)
  }

  /** Neither it nor what is behind it has been done, or can be. */
  #takeOut(command: Command, response: ErrorResponse): void {
    const behind = this.session.takeBackFrom(command.sequence).filter((other) => other !== command)
    for (const other of behind) other.takenBack()
    if (command.waited) {
      this.#owner.settled(command)
      command.refuse(refusalOf(response), 'not-applied')
    }
    this.#owner.putBack(behind)
    this.#holdsBack = true
    this.retire()
  }

  #refuse(command: Command, refusal: Refusal, outcome: Command['outcome']): void {
    this.session.answered(command)
    this.#owner.settled(command)
    command.refuse(refusal, outcome)
  }

  overtaken(response: ErrorResponse): void {
    if (this.#state === 'sending') this.#recover(this.#address, response)
  }

  #recover(address: Address, response: ErrorResponse): void {
    this.#context.ways?.failed(address, this.#owner.name, response.code)
    this.#context.silent.failed(address, response.code)
    this.#epoch++
    this.#silent = response.code === 'timeout' ? address : undefined
    if (this.#owner.known.failed(address, response) && ++this.#redirects <= MAX_REDIRECTS) {
      count(this.#context, 'client_redirects', this.#owner.name)
      this.#resume()
      return
    }
    this.#redirects = 0
    count(this.#context, 'client_retries', this.#owner.name)
    const { budget, clock } = this.#context
    const tokenMs = budget.take()
    const from = clock.now()
    const cancel = clock.after(Math.max(this.#backoff.next(), tokenMs), () => {
      this.#stopWaiting = null
      this.#resume()
    })
    this.#state = 'pausing'
    this.#stopWaiting = () => {
      cancel()
      if (clock.now() - from < tokenMs) budget.giveBack()
    }
  }

  /** Goes on with whoever leads, if there is anything to do. */
  #resume(): void {
    const { known, search } = this.#owner
    const last = this.session.lastWaited()
    if (last === 0 && (this.#retired || !this.#owner.hasQueued)) {
      this.#state = 'idle'
      return
    }
    if (known.leader === undefined) {
      this.#state = 'searching'
      this.#stopWaiting = search.join((failure) => {
        this.#stopWaiting = null
        if (failure === null) this.#resume()
        else this.#givenUp(failure)
      })
      return
    }
    this.#state = 'sending'
    this.#address = known.leader
    // A leader that is merely slow gets slower if everything is sent to it over and over: it is given more time each time.
    this.#attemptMs =
      this.#silent === this.#address
        ? Math.min(ATTEMPT_MAX_MS, this.#attemptMs * 2)
        : this.#context.attemptTimeoutMs
    for (let sequence = this.session.acknowledged; sequence <= last; sequence++) {
      const command = this.session.at(sequence)
      // Behind one that was refused nothing can be done.
      if (command !== null && command.refusal !== null) return
      if (command !== null) this.#send(command)
    }
    this.pump()
  }

  /** There is nobody to send to, and never will be. */
  #givenUp(failure: ErrorResponse): void {
    for (const command of this.session.unanswered()) command.last = failure
    this.die(failure)
  }

  #endIfDone(): void {
    if (!this.#retired || this.session.waited > 0 || this.#state === 'ended') return
    const dead = this.#state === 'dead'
    this.#stop('ended')
    if (!dead && !this.session.inDoubt) void this.closeSession()
    this.#owner.ended(this)
  }

  #stop(state: State): void {
    this.#stopWaiting?.()
    this.#stopWaiting = null
    this.#state = state
  }
}

/** A command as it was sent, once: what hears of the answer. */
class SentCommand implements Receiver {
  readonly pipeline: Pipeline
  readonly command: Command
  readonly epoch: number
  readonly address: Address

  constructor(pipeline: Pipeline, command: Command, epoch: number, address: Address) {
    this.pipeline = pipeline
    this.command = command
    this.epoch = epoch
    this.address = address
  }

  answered(response: Response): void {
    this.pipeline.answered(this, response)
  }
}

function brokenSession(sequence: number, { code, message }: ErrorResponse): ErrorResponse {
  return errorResponse(
    'session-expired',
    'not-applied',
    `The session was given up: its command ${sequence} was refused (${code}: ${message}) after an attempt that may have been ` +
      'done. The next command opens another session.',
  )
}
