/** How requests get to hosts and answers back: what a client is built on. */
import type { Request, Response, WithoutId } from './request.ts'

/** Whoever is told what a request was answered. */
export interface Receiver {
  /** Must not throw. */
  answered(response: Response): void
}

/**
 * How a client reaches hosts: over a transport of its own, or through the host it lives in. `address` null is the host
 * the client lives in; a link without one answers such a call with `unreachable`.
 */
export interface Link {
  /** Whether there is a host behind the null address. */
  readonly local: boolean
  /**
   * Asks once. Resolves with the response, whatever it says; never rejects: a request that could not be sent resolves
   * to an `error` response with `unreachable` and outcome `not-applied`; one unanswered after `timeoutMs`, aborted or
   * closed, to `timeout`, `aborted` or `closed` with outcome `unknown`. `lost` peers end their calls early (`unreachable`, `unknown`).
   */
  call(
    address: string | null,
    request: WithoutId<Request>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Response>
  /**
   * As `call`, without a promise: the receiver is told once, after this has returned, and at once when the response has come. For those who ask
   * often; where a link has none, it is called.
   */
  ask?(address: string | null, request: WithoutId<Request>, timeoutMs: number, receiver: Receiver): void
  /** Ends the link, and its calls resolve to `closed`. That of a host ends with the host, and not by this. */
  close(): Promise<void>
}
