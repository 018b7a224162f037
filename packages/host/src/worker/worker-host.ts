/// <reference lib="esnext.disposable" preserve="true" />
/** A host in another thread, as the application has it: what can be asked of it, and what it tells. */
import {
  type Clock,
  type EventKind,
  type EventOf,
  type EventStream,
  type EventStreamOptions,
  type Leadership,
  type Observer,
  RaftedError,
  type RaftedEvent,
  type Random,
  type Subscription,
} from '@rafted/contracts'
import type { MemberStatus } from '@rafted/wire'
import type { BackupOptions } from '../backup/backup.ts'
import { EventHub } from '../event-hub.ts'
import { isEventKind, isValueEventKind } from '../event-kinds.ts'
import type { Health, HealthOptions } from '../health.ts'
import type { CloseOptions } from '../host-options.ts'
import { HostLeadership } from '../leadership.ts'
import type { LeaveOptions } from '../leaving.ts'
import { drainingClock } from './draining-clock.ts'
import { fromPlain } from './errors.ts'
import { plainOptions, type WorkerCreateGroupOptions, type WorkerGroupOptions } from './group-options.ts'
import type { FromWorker, Question } from './messages.ts'
import { PortLink } from './port-link.ts'
import { Questions } from './questions.ts'
import { Standings } from './standings.ts'
import type { Ending, Thread } from './thread.ts'

/** Events that cross: all but those that show values. */
export type PlainEventKind = RaftedEvent['kind']

/** As `EventSource`, without the events that show values: each would copy the whole value from thread to thread, twice for every command. */
export interface PlainEventSource {
  /** @see `EventSource.on`. @throws {RaftedError} `unsupported` for a kind that shows values. */
  on<Kind extends PlainEventKind>(kind: Kind, listener: (event: EventOf<Kind>) => unknown): Subscription
  /** @see `EventSource.events`. @throws {RaftedError} `unsupported` for a kind that shows values. */
  events(kind?: undefined, options?: EventStreamOptions): EventStream<RaftedEvent>
  events<Kind extends PlainEventKind>(
    kind: Kind,
    options?: EventStreamOptions,
  ): EventStream<EventOf<Kind> | EventOf<'events-dropped'>>
}

/** What a worker may take on top of what its host waits for, until it counts as one that stands still, milliseconds. */
const WORKER_MS = 2000

export interface WorkerHostOptions {
  readonly id: string
  readonly cluster: string
  readonly thread: Thread
  readonly clock: Clock
  readonly random: Random
  readonly observer?: Observer | undefined
}

/** A host in another thread. `openWorkerHost` makes it. */
export class WorkerHost {
  /** Its name in the cluster. */
  readonly id: string
  /** How clients of this thread reach the host, and through it the others. */
  readonly link: PortLink
  /** For the client of `link`: it reads what has arrived before it finds it late. */
  readonly clock: Clock
  /** Told of what happens in the worker. */
  readonly observer: Observer
  /** Resolves when nothing of the host runs any more, however that came. */
  readonly ended: Promise<void>
  /**
   * Resolves when the host was closed, or ended by `terminate`. Rejects with `worker-failed` where the thread ended by itself: by what nobody caught
   * there, for want of memory, by `process.exit`.
   */
  readonly exited: Promise<void>
  readonly #thread: Thread
  readonly #hub: EventHub
  readonly #questions: Questions
  readonly #standings: Standings
  #address = ''
  #backups = 0
  #opened: { resolve(): void; reject(error: unknown): void } | null = null
  /** The end is wanted. */
  #leaving = false
  #closing: Promise<void> | null = null
  /** What every question is answered with once the thread has ended. */
  #end: RaftedError | null = null

  /** Use `openWorkerHost`. */
  constructor({ id, cluster, thread, clock, random, observer }: WorkerHostOptions) {
    const { port } = thread
    this.id = id
    this.#thread = thread
    this.#hub = new EventHub(clock, observer)
    this.observer = this.#hub
    this.clock = drainingClock(clock, () => port.drain())
    this.link = new PortLink({ port, cluster, clock: this.clock, random })
    this.#questions = new Questions(port)
    this.#standings = new Standings(this.#hub)
    this.exited = thread.ended.then((ending) => this.#onEnded(ending))
    // Whoever doesn't look is told by the event.
    this.ended = this.exited.catch(() => {})
    port.listen((message) => this.#take(message))
  }

  /** Where others dial the host. */
  get address(): string {
    return this.#address
  }

  /** Resolves when the host is open. @internal */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#opened = { resolve, reject }
    })
  }

  /** @see `Host.group`. @throws {RaftedError} `invalid-argument` also for a module that can't be imported, or an export it hasn't. */
  async group(name: string, options: WorkerGroupOptions): Promise<void> {
    await this.#ask({ what: 'group', group: name, options: plainOptions(options) })
  }

  /** @see `Host.createGroup`, and `group`. */
  async createGroup(name: string, options: WorkerCreateGroupOptions): Promise<void> {
    await this.#ask({ what: 'create-group', group: name, options: plainOptions(options) })
  }

  /** @see `Host.leave`. */
  async leave(name: string, options?: LeaveOptions): Promise<void> {
    await this.#ask({ what: 'leave', group: name, options })
  }

  /** How the member of the group stands there, asked of the worker; null if there is none, or the host is closed. */
  async status(name: string): Promise<MemberStatus | null> {
    if (this.#leaving) return null
    const answer = await this.#ask({ what: 'status', group: name })
    return 'status' in answer ? answer.status : null
  }

  /** Names of the groups that run there, waiting ones included, as far as the worker has told. None once the host is closed. */
  groups(): readonly string[] {
    if (this.#leaving) return []
    this.#thread.port.drain()
    return this.#standings.groups
  }

  /** @see `Host.health`. A worker that doesn't answer in time is not live: its event loop stands still. */
  async health(options: HealthOptions = {}): Promise<Health> {
    let cancel = (): void => {}
    const late = new Promise<never>((_, reject) => {
      cancel = this.clock.after((options.timeoutMs ?? 1000) + WORKER_MS, () =>
        reject(new Error(`The worker of host "${this.id}" does not answer.`)),
      )
    })
    try {
      const answer = await Promise.race([this.#ask({ what: 'health', options }), late])
      if ('health' in answer) return answer.health
      throw new Error(`The worker of host "${this.id}" has answered something else.`)
    } catch (error) {
      const why = [error instanceof Error ? error.message : String(error)]
      return { live: false, ready: false, why, groups: [] }
    } finally {
      cancel()
    }
  }

  /**
   * Whether the member there leads the group, as far as the worker has told, and what changes in that.
   * @throws {RaftedError} `no-such-group` if the group does not run there.
   */
  leadership(name: string): Leadership {
    this.#thread.port.drain()
    if (!this.#standings.has(name)) {
      const message = `Group "${name}" does not run on host "${this.id}".`
      throw new RaftedError('no-such-group', message, { outcome: 'not-applied' })
    }
    const token = () => {
      this.#thread.port.drain()
      return this.#standings.token(name)
    }
    return new HostLeadership(name, token, this.#hub)
  }

  /** @see `Host.backup`. Each piece is asked of the worker when it is wanted. */
  async *backup(name: string, options?: BackupOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const backup = ++this.#backups
    let isOver = false
    try {
      for (;;) {
        const answer = await this.#ask({ what: 'backup', group: name, backup, options })
        isOver = !('piece' in answer) || answer.piece === null
        if (!('piece' in answer) || answer.piece === null) return
        yield answer.piece
      }
    } catch (error) {
      isOver = true
      throw error
    } finally {
      if (!isOver && this.#end === null) await this.#ask({ what: 'stop-backup', backup }).catch(() => {})
    }
  }

  /** @see `PlainEventSource.on`. */
  on<Kind extends EventKind>(kind: Kind, listener: (event: EventOf<Kind>) => unknown): Subscription {
    checkCrosses(kind)
    return this.#hub.on(kind, listener)
  }

  /** @see `PlainEventSource.events`. */
  events(kind?: undefined, options?: EventStreamOptions): EventStream<RaftedEvent>
  events<Kind extends EventKind>(
    kind: Kind,
    options?: EventStreamOptions,
  ): EventStream<EventOf<Kind> | EventOf<'events-dropped'>>
  events<Kind extends EventKind>(kind?: Kind, options?: EventStreamOptions): EventStream<never> {
    if (kind !== undefined) checkCrosses(kind)
    return this.#hub.events(kind as Kind, options) as EventStream<unknown> as EventStream<never>
  }

  /** Addresses where the group may be found, as far as the worker has told. */
  readonly addresses = (name: string): readonly string[] => this.#standings.addresses(name)

  /** Closes the host as it would close in this thread, then ends the thread. Closing twice is closing once. */
  close(options?: CloseOptions): Promise<void> {
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  /**
   * Ends the thread at once, as a crash would: leaders are elected anew, what was acknowledged is on disk, what was not may have happened or not.
   * Resolves when nothing of it runs any more.
   */
  async terminate(): Promise<void> {
    this.#leaving = true
    this.#thread.terminate()
    await this.ended
  }

  async #close(options: CloseOptions | undefined): Promise<void> {
    // Who has failed, or was ended, has nothing left to close.
    if (this.#end !== null) return
    try {
      const closed = this.#ask({ what: 'close', options })
      this.#leaving = true
      await closed
    } finally {
      await this.terminate()
    }
  }

  #ask(question: Question): ReturnType<Questions['ask']> {
    return this.#end === null ? this.#questions.ask(question) : Promise.reject(this.#end)
  }

  #take(message: FromWorker): void {
    if (message.kind === 'answers') this.link.answers(message.batches)
    else if (message.kind === 'news') {
      this.#standings.news(message)
      this.#thread.port.post({ kind: 'news-read' })
    } else if (message.kind === 'answer') {
      if (message.standing !== null) this.#standings.set(message.standing)
      this.#questions.answered(message)
    } else if (message.kind === 'opened') {
      this.#address = message.address
      this.#opened?.resolve()
    } else this.#opened?.reject(fromPlain(message.error))
  }

  #onEnded({ exitCode, error: cause }: Ending): void {
    // What was told before the end was told.
    this.#thread.port.drain()
    const message = this.#leaving
      ? `Host "${this.id}" is closed.`
      : `The worker of host "${this.id}" has ended by itself (exit code ${exitCode})${cause === undefined ? '' : `: ${String(cause)}`}. Open the host anew.`
    const details = { exitCode }
    const failure = (outcome: 'unknown' | 'not-applied') =>
      new RaftedError(this.#leaving ? 'closed' : 'worker-failed', message, { outcome, details, cause })
    const error = failure('not-applied')
    this.#end = error
    this.link.end()
    this.#questions.end(failure('unknown'))
    this.#standings.end()
    this.#thread.port.close()
    this.#opened?.reject(error)
    if (!this.#leaving) this.#hub.event({ kind: 'worker-failed', level: 'error', error })
    this.#hub.close()
    if (!this.#leaving) throw error
  }
}

function checkCrosses(kind: EventKind): void {
  if (!isEventKind(kind) || !isValueEventKind(kind)) return
  throw new RaftedError(
    'unsupported',
    `Events of the kind ${kind} show values, which are not copied from thread to thread. Give the group \`hooks\` by their module.`,
    { outcome: 'not-applied' },
  )
}
