/** What hosts and clients are told at the beginning. */
import type { WaitingLimits } from '@rafted/client'
import type { Observer } from '@rafted/contracts'
import type { Authorise } from '@rafted/host'
import type { NatsConnection } from '@rafted/transport-nats'

/** What `openHost` is told: who the host is, and where it keeps what it must not lose. */
export interface HostOptions {
  /** The name you give this host: stable over restarts, its own in the cluster. It is also its address. */
  readonly id: string
  /** The name of the cluster, the same everywhere: hosts of different clusters don't talk. */
  readonly cluster: string
  /** The directory of this host and of no other. Made if it is missing. */
  readonly dir: string
  /** Your connection, open, with `maxReconnectAttempts: -1`. It is yours to close, after the host. */
  readonly nats: NatsConnection
  /** Asked of each request of a client: whether that client may do this with that group. Default: all may do everything. docs/security.md */
  readonly authorise?: Authorise | undefined
  readonly observer?: Observer | undefined
  /** The disk is slow when it takes longer than this for an answer, milliseconds; told once that goes on (`slow-disk`). Default 500. */
  readonly slowDiskMs?: number | undefined
}

/** What `createClient` is told. */
export interface ClientOptions {
  /** The name of the cluster, as its hosts have it. */
  readonly cluster: string
  /** Hosts to ask for groups, by their ids, some of them at least. */
  readonly addresses: readonly string[] | ((group: string) => readonly string[])
  /** Your connection, open. It is yours to close, after the client. */
  readonly nats: NatsConnection
  /** Its name, where rights are given by name, and for people who look for who sent something. Default: drawn. */
  readonly name?: string | undefined
  /** Milliseconds a call may take, retries included, unless it says otherwise (`with({ timeoutMs })`). Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** How much may wait where the client holds as much as it may. Default: nothing, such calls are refused (`overloaded`). */
  readonly waiting?: WaitingLimits | undefined
  readonly observer?: Observer | undefined
}
