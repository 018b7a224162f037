/** Moves batches of bytes between addresses. There is no request and no response in it. */
import type { RaftedError } from './errors.ts'

/** Who a batch came from, as far as the transport can tell: authenticated by it, never read from the batch. */
export interface Sender {
  /** The host id, or the client's name. */
  readonly name: string
  readonly role: 'peer' | 'client'
  /** Where an answer can be sent while the sender can be reached. */
  readonly reply: string
}

/** `urgent`: heartbeats, votes, acks, entries, calls. `bulk`: snapshots. Neither delays the other. */
export type Lane = 'urgent' | 'bulk'

/** What a transport calls. */
export interface TransportEvents {
  /** A batch has arrived, whole. The array is the receiver's; the transport doesn't touch it again. Must not throw. */
  onBatch(from: Sender, batch: Uint8Array): void
  /** A hint that the host `name` can be reached again, or no longer. May be late, wrong or absent. */
  onPeer(name: string, state: 'up' | 'lost'): void
  /**
   * A hint that nothing gets to `address` on this lane now, and why. What `send` had taken for it is dropped; the error's outcome says
   * whether some of that may have arrived (`unknown`: a connection was lost) or none (`not-applied`: there was none). May be absent.
   */
  onUnreachable?(address: string, lane: Lane, error: RaftedError): void
}

/**
 * Batches may be lost, repeated, reordered and delayed. A batch arrives whole or not at all. The queue to each peer is
 * bounded in bytes.
 *
 * Copies of one batch come to one process: none comes to another that listens at the address later, after the first has had it. A host remembers which
 * calls it has taken, and says of a copy that it may have happened; one that was started since knows nothing of that.
 */
export interface Transport {
  /** The address others reach this one by. Known once `listen` has resolved. */
  readonly address: string
  /** The largest batch `send` takes, bytes: 16 KiB at least. It also limits commands and their answers. */
  readonly maxBatchBytes: number
  /** Begins to receive. Called once. @throws {RaftedError} if the address can't be taken (`address-in-use`, …). */
  listen(events: TransportEvents): Promise<void>
  /**
   * Takes the batch for `address` or drops it: false means dropped (queue full, closed, no such address, too large).
   * Never throws, never blocks, keeps the array as it is until it is sent. The caller doesn't change it afterwards.
   */
  send(address: string, batch: Uint8Array, lane: Lane): boolean
  /** Stops. Batches under way may be lost. Nothing is delivered after it has resolved. */
  close(): Promise<void>
}
