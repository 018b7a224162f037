/// <reference lib="esnext.disposable" preserve="true" />
/** How events are listened to. */
import type { RaftedEvent } from './observer.ts'
import type { ValueEvent } from './value-events.ts'

/** Whatever can be listened to. */
export type AnyEvent = RaftedEvent | ValueEvent
/** What `on` and `events` are asked for. */
export type EventKind = AnyEvent['kind']
/** The event of one kind, with its fields. */
export type EventOf<Kind extends EventKind> = Extract<AnyEvent, { readonly kind: Kind }>

/** Ends what it stands for, when called or disposed of. Calling it again does nothing. */
export type Subscription = (() => void) & Disposable

/**
 * Events in order, from the call that made it on. Leaving a loop over it ends it; so does the host that closes, after what it has told.
 * What nobody takes waits, up to the limit; later events are dropped until there is room, and `events-dropped` stands in their place with
 * their number.
 */
export interface EventStream<Event> extends AsyncIterableIterator<Event>, AsyncDisposable {
  /** Ends the stream; what waits in it is dropped. */
  return(): Promise<IteratorResult<Event>>
}

/** How much a stream of events may hold. */
export interface EventStreamOptions {
  /** Events that may wait for whoever reads, at least 1. Default 1024. */
  readonly limit?: number
}

/** Where events come from: a host, or a hub of one's own. */
export interface EventSource {
  /**
   * Calls `listener` for every event of the kind, in order, after the turn in which it happened: it may call whatever it likes. What it
   * throws, or its promise rejects with, is told as `listener-failed` and has no other effect.
   * @throws {RaftedError} `invalid-argument` for a kind that there isn't, or a listener that is no function.
   */
  on<Kind extends EventKind>(kind: Kind, listener: (event: EventOf<Kind>) => unknown): Subscription
  /**
   * Events of one kind, or all but those that show values.
   * @throws {RaftedError} `invalid-argument` for a kind that there isn't, or a limit that can't be.
   */
  events(kind?: undefined, options?: EventStreamOptions): EventStream<RaftedEvent>
  events<Kind extends EventKind>(
    kind: Kind,
    options?: EventStreamOptions,
  ): EventStream<EventOf<Kind> | EventOf<'events-dropped'>>
}
