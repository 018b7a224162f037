/**
 * What is needed of a connection to NATS: the part that `nats` 2 and `@nats-io/transport-node` 3 have in common. Whoever opens it
 * closes it; this transport takes back its own subscriptions and nothing else.
 */

/** A connection, opened by `connect` of the client library. It reconnects by itself. */
export interface NatsConnection {
  /**
   * What the server has said of itself; undefined while there is none. `max_payload`: bytes that it takes at a time; `headers`:
   * whether it can say that nobody listens.
   */
  readonly info?: { readonly max_payload: number; readonly headers?: boolean | undefined } | undefined
  /** Hands a message over to be sent, and doesn't wait. May throw, as a closed connection does. */
  publish(subject: string, payload: Uint8Array, options?: { reply?: string }): void
  /** Calls back for each message on the subject, until it is taken back. */
  subscribe(subject: string, options: { callback: NatsCallback }): NatsSubscription
  /** Resolves when the server has taken all that was published before. */
  flush(): Promise<void>
  /** What happens to the connection: `disconnect`, `reconnect`, `error` and more. */
  status(): AsyncIterable<NatsStatus>
  /** Resolves when it is closed for good. */
  closed(): Promise<unknown>
  /** Whether it is closed for good. */
  isClosed(): boolean
}

/** Told of a message, or of why there are none. */
export type NatsCallback = (error: Error | null, message: NatsMessage) => void

/** What is needed of a message of NATS. */
export interface NatsMessage {
  readonly subject: string
  readonly data: Uint8Array
  readonly reply?: string | undefined
  readonly headers?: { readonly code: number } | undefined
}

/** What is needed of a subscription. */
export interface NatsSubscription {
  /** Takes it back: nothing is called any more. */
  unsubscribe(): void
}

/** Something that has happened to the connection. */
export interface NatsStatus {
  readonly type: string
  readonly data?: unknown
  /** What the server has refused, in version 2 of the library and in version 3. */
  readonly permissionContext?: { readonly subject: string } | undefined
  readonly error?: { readonly subject?: string | undefined } | undefined
}
