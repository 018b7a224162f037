/**
 * Tells what happens to whoever wants to know: the observer at once, listeners and hooks after the turn. None of them runs within a
 * decision or within another, so whatever they call is as if called from anywhere else; what they throw is told, and harms nobody.
 */
import {
  type AnyEvent,
  type Clock,
  type EventKind,
  type EventOf,
  type EventSource,
  type EventStream,
  type EventStreamOptions,
  type Observer,
  RaftedError,
  type RaftedEvent,
  type Subscription,
  type ValueEvent,
  type ValueEventKind,
} from '@rafted/contracts'
import { isEventKind, isValueEventKind } from './event-kinds.ts'
import { BoundedStream, LatestStream, type Sink } from './event-streams.ts'

/** Events that may wait in a stream, unless its reader says otherwise. */
const STREAM_EVENTS = 1024
/** While the hub closes, what listeners cause is told in so many rounds; after them nothing is. */
const LAST_ROUNDS = 8

type Listener = (event: AnyEvent) => unknown

/** An observer that can be listened to. Given as the observer of transport, storage and host, it tells of all three. */
export class EventHub implements Observer, EventSource {
  readonly #clock: Pick<Clock, 'soon'>
  readonly #observer: Observer
  readonly #listeners = new Map<EventKind, Set<Listener>>()
  readonly #streams = new Map<EventKind | null, Set<Sink>>()
  /** What waits to run after the turn: as much as one turn tells. */
  #waiting: (() => void)[] = []
  #scheduled = false
  #running = false
  #closed = false

  constructor(clock: Pick<Clock, 'soon'>, observer: Observer = {}) {
    this.#clock = clock
    this.#observer = observer
  }

  /** Tells the observer now, and listeners and streams after the turn. */
  event(event: RaftedEvent): void {
    this.#guarded(() => this.#observer.event?.(event))
    this.#tell(event)
  }

  valueEvent(event: ValueEvent): void {
    this.#guarded(() => this.#observer.valueEvent?.(event))
    this.#tell(event)
  }

  /** Whether anybody wants events of this kind made. */
  wants(kind: ValueEventKind): boolean {
    if (this.#listeners.has(kind) || this.#streams.has(kind)) return true
    // Asked for every command: no closure is made for it.
    try {
      return this.#observer.wants?.(kind) === true
    } catch {
      return false
    }
  }

  count(name: string, by: number, group: string | null): void {
    this.#guarded(() => this.#observer.count?.(name, by, group))
  }

  /** Passed on to the observer. */
  gauge(name: string, value: number, group: string | null): void {
    this.#guarded(() => this.#observer.gauge?.(name, value, group))
  }

  on<Kind extends EventKind>(kind: Kind, listener: (event: EventOf<Kind>) => unknown): Subscription {
    checkKind(kind)
    checkListener(listener)
    // The same function may listen twice: each call of `on` is ended on its own.
    const own: Listener = (event) => listener(event as EventOf<Kind>)
    const off = addTo(this.#listeners, kind, own)
    return Object.assign(off, { [Symbol.dispose]: off })
  }

  events(kind?: undefined, options?: EventStreamOptions): EventStream<RaftedEvent>
  events<Kind extends EventKind>(
    kind: Kind,
    options?: EventStreamOptions,
  ): EventStream<EventOf<Kind> | EventOf<'events-dropped'>>
  events(kind?: EventKind, { limit = STREAM_EVENTS }: EventStreamOptions = {}): EventStream<never> {
    if (kind !== undefined) checkKind(kind)
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw invalid(`the limit of a stream must be a whole number above 0, not ${limit}`)
    let off = (): void => {}
    const stream = new BoundedStream(limit, () => off())
    off = this.#flow([kind ?? null], stream)
    return stream.queue as EventStream<AnyEvent> as EventStream<never>
  }

  /** The state that events of these kinds tell: `first`, then the last there is. @param pick undefined for an event that says nothing of it. */
  latest<T>(kinds: readonly EventKind[], pick: (event: AnyEvent) => T | undefined, first: T): EventStream<T> {
    let off = (): void => {}
    const stream = new LatestStream(pick, first, () => off())
    off = this.#flow(kinds, stream)
    return stream.queue
  }

  #flow(kinds: readonly (EventKind | null)[], sink: Sink): () => void {
    if (this.#closed) sink.end()
    const offs = this.#closed ? [] : kinds.map((kind) => addTo(this.#streams, kind, sink))
    return () => {
      for (const off of offs) off()
    }
  }

  /** Runs `call` after the turn, in order with the events. @param failed is told what it throws. */
  afterTurn(call: () => unknown, failed: (error: unknown) => void): void {
    if (this.#closed) return
    this.#waiting.push(() => this.#run(call, failed))
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.soon(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  /** The turn is over. What comes up meanwhile waits for the next time. */
  flush(): void {
    if (this.#running) return
    this.#running = true
    const waiting = this.#waiting
    this.#waiting = []
    for (let i = 0; i < waiting.length; i++) waiting[i]!()
    this.#running = false
  }

  /** Tells what is left to tell, and ends the streams. */
  close(): void {
    for (let round = 0; round < LAST_ROUNDS && this.#waiting.length > 0; round++) this.flush()
    this.#closed = true
    this.#waiting = []
    for (const streams of [...this.#streams.values()]) for (const stream of [...streams]) stream.end()
    this.#listeners.clear()
  }

  #tell(event: AnyEvent): void {
    const { kind } = event
    const listeners = this.#listeners.get(kind)
    for (const own of listeners ?? [])
      this.afterTurn(
        // Whoever has ended its subscription meanwhile is told nothing.
        () => (listeners!.has(own) ? own(event) : undefined),
        (error) => this.#listenerFailed(kind, error),
      )
    if (this.#streams.size === 0) return
    for (const stream of this.#streams.get(kind) ?? []) stream.put(event)
    if (!isValueEventKind(kind)) for (const stream of this.#streams.get(null) ?? []) stream.put(event)
  }

  #listenerFailed(listener: EventKind, error: unknown): void {
    const event: RaftedEvent = { kind: 'listener-failed', level: 'error', listener, error }
    if (listener !== 'listener-failed') this.event(event)
    // One that listens for failures and fails is told to the observer alone: it would fail for ever.
    else this.#guarded(() => this.#observer.event?.(event))
  }

  /** A promise that is rejected would end the process if nobody took it. */
  #run(call: () => unknown, failed: (error: unknown) => void): void {
    try {
      const result = call()
      if (isThenable(result)) result.then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  }

  /** What an observer throws is its own affair. */
  #guarded(call: () => void): void {
    try {
      call()
    } catch {}
  }
}

/** @returns how to take it out again; empty sets go, so that nobody takes them for somebody who listens. */
function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): () => void {
  const set = sets.get(key) ?? new Set()
  sets.set(key, set.add(value))
  return () => {
    set.delete(value)
    if (set.size === 0 && sets.get(key) === set) sets.delete(key)
  }
}

function isThenable(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

function checkKind(kind: unknown): void {
  if (!isEventKind(kind)) throw invalid(`there is no kind of event ${JSON.stringify(kind)}`)
}

/** @throws {RaftedError} `invalid-argument` unless it is a function. */
export function checkListener(listener: unknown): void {
  if (typeof listener !== 'function') throw invalid(`a listener must be a function, not ${listener}`)
}

function invalid(problem: string): RaftedError {
  return new RaftedError('invalid-argument', `Nothing can be listened to that way: ${problem}.`, {
    outcome: 'not-applied',
  })
}

/** How the parts of a host tell what happens. */
export interface Tell {
  event(event: RaftedEvent): void
  valueEvent(event: ValueEvent): void
  wants(kind: ValueEventKind): boolean
  afterTurn(call: () => unknown, failed: (error: unknown) => void): void
}
