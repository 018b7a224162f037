/** What a client knows and does of one group: its leader, its current session, and the commands that wait for it. */
import { RaftedError } from '@rafted/contracts'
import type { SessionResponse } from '@rafted/wire'
import { askLeader } from './ask.ts'
import { Command, type CommandCall, type GivesUp, type Refusal } from './command.ts'
import { CommandQueue } from './command-queue.ts'
import { type Context, count } from './context.ts'
import { overloadedError } from './failures.ts'
import { LeaderCache } from './leader-cache.ts'
import { LeaderSearch } from './leader-search.ts'
import { MAX_IN_DOUBT, MAX_RETIRED } from './limits.ts'
import { Patience } from './patience.ts'
import { Pipeline, type PipelineOwner } from './pipeline.ts'
import { Session } from './session.ts'
import { SessionKeeper } from './session-keeper.ts'

export class Group implements PipelineOwner, GivesUp {
  readonly name: string
  readonly known = new LeaderCache()
  readonly search: LeaderSearch
  /** Queries and administrative calls under way. */
  operations = 0
  /** Whether it was asked for since somebody last looked. */
  used = true
  readonly #context: Context
  readonly #queue: CommandQueue
  #current: Pipeline | null = null
  #keeper: SessionKeeper | null = null
  /** Sessions that take no commands any more, but have some that are waited for. */
  readonly #retired = new Set<Pipeline>()
  /** Sessions that nobody waits for, and which stay open for those who may ask what became of a command in them; the oldest first. */
  readonly #inDoubt = new Set<Pipeline>()
  #opening = false

  constructor(context: Context, name: string) {
    this.name = name
    this.#context = context
    this.#queue = new CommandQueue(context.room)
    this.search = new LeaderSearch(context, name, this.known)
  }

  /** Whether forgetting it would lose nothing but memories. */
  get idle(): boolean {
    const busy = this.operations > 0 || this.#opening || this.hasQueued || this.#retired.size > 0
    return !busy && (this.#current === null || this.#current.session.waited === 0)
  }

  get hasQueued(): boolean {
    return this.#queue.size > 0
  }

  /** Runs a command, after those submitted before it. */
  submit(call: CommandCall): Promise<unknown> {
    const queue = this.#queue
    if (!queue.fits(call.payload.length))
      return Promise.reject(overloadedError(`A command to "${this.name}"`, `${queue.size} commands`))
    const now = this.#context.clock.now()
    const command = new Command(this, call, now)
    this.#context.deadlines.add(command)
    this.#dropIfExpired(now)
    queue.push(command)
    this.pump()
    return command.promise
  }

  giveUp(command: Command, why: 'timeout' | 'aborted'): void {
    if (!command.waited) return
    this.#context.deadlines.delete(command)
    if (command.pipeline !== null) {
      command.pipeline.abandon(command, why)
      return
    }
    command.last ??= this.search.last
    this.#queue.remove(command)
    command.givenUp(why, 'not-applied')
  }

  /** Sends what can be sent; opens a session if there is none for what waits. */
  pump(): void {
    if (this.#context.closed) return
    if (this.#current !== null) this.#current.pump()
    else if (this.hasQueued && this.#mayOpen()) void this.#open()
  }

  takeQueued(session: Session): Command | null {
    const command = this.#queue.first
    if (command === null || !session.hasRoomFor(command.payload.length)) return null
    this.#queue.remove(command)
    return command
  }

  putBack(commands: readonly Command[]): void {
    for (let i = commands.length - 1; i >= 0; i--) this.#queue.unshift(commands[i]!)
  }

  retired(pipeline: Pipeline): void {
    this.#retired.add(pipeline)
    if (this.#current !== pipeline) return
    this.#current = null
    this.#keeper?.stop()
    this.#keeper = null
    this.pump()
  }

  ended(pipeline: Pipeline): void {
    this.#retired.delete(pipeline)
    if (pipeline.staysOpen) this.#keepOpen(pipeline)
    this.pump()
  }

  /** Sessions cost the group something: those in doubt longest are given up first. */
  #keepOpen(pipeline: Pipeline): void {
    this.#inDoubt.add(pipeline)
    if (this.#inDoubt.size <= MAX_IN_DOUBT) return
    for (const oldest of this.#inDoubt) {
      this.#inDoubt.delete(oldest)
      void oldest.closeSession()
      return
    }
  }

  settled(command: Command): void {
    this.#context.deadlines.delete(command)
  }

  /** Ends all that waits. Resolves when the sessions are closed, or a short time later. */
  async close(): Promise<void> {
    for (let command = this.#queue.shift(); command !== null; command = this.#queue.shift()) {
      this.settled(command)
      command.givenUp('closed', 'not-applied')
    }
    this.#keeper?.stop()
    const pipelines = this.#current === null ? [...this.#retired] : [...this.#retired, this.#current]
    for (const pipeline of pipelines) pipeline.close()
    // What is in doubt may be asked for by another process.
    const closed = pipelines.filter((pipeline) => !pipeline.staysOpen)
    await Promise.all(closed.map((pipeline) => pipeline.closeSession()))
  }

  /** A session that nobody has heard of for its expiry time is gone: better to open another than to be told so. */
  #dropIfExpired(now: number): void {
    const current = this.#current
    if (current === null || current.session.waited > 0) return
    if (now - current.heardAt > current.session.timeoutMs) current.retire()
  }

  #mayOpen(): boolean {
    if (this.#opening || this.#retired.size >= MAX_RETIRED) return false
    for (const pipeline of this.#retired) if (pipeline.holdsBack) return false
    return true
  }

  async #open(): Promise<void> {
    this.#opening = true
    const patience = new Patience(this.#context, {
      what: () => `Opening a session of "${this.name}"`,
      timeoutMs: Number.POSITIVE_INFINITY,
      effects: false,
      wanted: () => this.hasQueued,
    })
    let failure: Refusal | null = null
    try {
      const answer = await askLeader(
        this.#context,
        this,
        (incarnation) => ({ kind: 'open-session', group: this.name, incarnation }),
        patience,
      )
      this.#begin(answer as SessionResponse)
    } catch (error) {
      failure = error as RaftedError
    }
    this.#opening = false
    if (failure !== null && !(failure instanceof RaftedError && failure.code === 'aborted'))
      this.#refuseQueued(failure)
    this.pump()
  }

  #begin(response: SessionResponse): void {
    count(this.#context, 'client_sessions', this.name)
    const pipeline = new Pipeline(this.#context, this, new Session(response))
    if (this.#context.closed) {
      void pipeline.closeSession()
      return
    }
    this.#current = pipeline
    this.#keeper = new SessionKeeper(this.#context, this, pipeline)
  }

  /** No session can be opened: what waits for one has not happened. */
  #refuseQueued(refusal: Refusal): void {
    for (let command = this.#queue.shift(); command !== null; command = this.#queue.shift()) {
      this.settled(command)
      command.refuse(refusal, 'not-applied')
    }
  }
}
