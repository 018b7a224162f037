/**
 * What is needed of a connection to NATS: the part that `nats` 2 and `@nats-io/transport-node` 3 have in common. Whoever opens it
 * closes it; this transport takes back its own subscriptions and nothing else.
 */

/** A connection, opened by `connect` of the client library. It reconnects by itself. */
export interface NatsConnection {
  /** What the server has said of itself; undefined while there is none. */
  readonly info?: { readonly max_payload: number; readonly headers?: boolean | undefined } | undefined
  publish(subject: string, payload: Uint8Array, options?: { reply?: string }): void
  subscribe(subject: string, options: { callback: NatsCallback }): NatsSubscription
  /** Resolves when the server has taken all that was published before. */
  flush(): Promise<void>
  /** What happens to the connection: `disconnect`, `reconnect`, `error` and more. */
  status(): AsyncIterable<NatsStatus>
  /** Resolves when it is closed for good. */
  closed(): Promise<unknown>
  isClosed(): boolean
}

export type NatsCallback = (error: Error | null, message: NatsMessage) => void

export interface NatsMessage {
  readonly subject: string
  readonly data: Uint8Array
  readonly reply?: string | undefined
  readonly headers?: { readonly code: number } | undefined
}

export interface NatsSubscription {
  unsubscribe(): void
}

export interface NatsStatus {
  readonly type: string
  readonly data?: unknown
  /** What the server has refused, in version 2 of the library and in version 3. */
  readonly permissionContext?: { readonly subject: string } | undefined
  readonly error?: { readonly subject?: string | undefined } | undefined
}
