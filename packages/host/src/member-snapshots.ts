/** The snapshots of one member: those it takes, those it sends, and the one it receives. */
import type { SnapshotMeta } from '@rafted/contracts'
import type { Answer, Input, MemberId } from '@rafted/core'
import type { SnapshotChunk, SnapshotProgressItem } from '@rafted/wire'
import type { HostContext, MemberSettings } from './context.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { SnapshotReceiving } from './snapshot-receiving.ts'
import { SnapshotSending } from './snapshot-sending.ts'
import { SnapshotTaking } from './snapshot-taking.ts'

export interface MemberSnapshotsOptions {
  readonly host: HostContext
  readonly group: string
  readonly incarnation: string
  readonly machineVersion: number
  readonly settings: MemberSettings
  /** Tells the core, which then has something to do. */
  input(input: Input): Answer | null
  restore(meta: SnapshotMeta, chunks: AsyncIterable<Uint8Array>): Promise<ReplicatedState>
  send(to: MemberId, chunk: SnapshotChunk): void
  /** The log up to `compactTo` is no longer needed. */
  taken(index: number, compactTo: number): void
  /** A snapshot from the leader is durable here, and `state` is what it holds. */
  received(meta: SnapshotMeta, state: ReplicatedState): void
}

export class MemberSnapshots {
  readonly #taking: SnapshotTaking
  readonly #sending: SnapshotSending
  readonly #receiving: SnapshotReceiving

  constructor(options: MemberSnapshotsOptions) {
    const { host, group, incarnation, machineVersion, settings, input, restore, send, taken, received } =
      options
    const { clock, snapshots, event } = host
    const shared = { group, snapshots, clock, event }
    this.#taking = new SnapshotTaking({
      ...shared,
      incarnation,
      machineVersion,
      factor: settings.snapshotFactor,
      minBytes: settings.snapshotMinBytes,
      taken: ({ index }, compactTo) => taken(index, compactTo),
    })
    this.#sending = new SnapshotSending({
      ...shared,
      // The other half of a batch is for the meta, which names the members.
      partBytes: Math.min(settings.snapshotPartBytes, Math.floor(host.outbox.maxPayloadBytes / 2)),
      silenceMs: settings.electionMs,
      newTransfer: () => host.newTransfer(),
      send,
      ended: (to, index, ok) => input({ kind: 'snapshot-sent', to, index, ok }),
    })
    this.#receiving = new SnapshotReceiving({ ...shared, restore, received })
  }

  /** The member's state is that of a snapshot of this size. */
  standsOn(size: number): void {
    this.#taking.standsOn(size)
  }

  /** So many bytes of log have been applied to `state`. */
  applied(bytes: number, state: ReplicatedState): void {
    this.#taking.applied(bytes)
    if (this.#taking.isDue && state.configuration !== null) this.#taking.take(state)
  }

  sendTo(peers: readonly MemberId[]): void {
    for (const peer of peers) this.#sending.begin(peer)
  }

  onProgress(item: SnapshotProgressItem): void {
    this.#sending.onProgress(item)
  }

  onPart(from: MemberId, chunk: SnapshotChunk): number {
    return this.#receiving.onPart(from, chunk)
  }

  /** The member leads no more. */
  stopSending(): void {
    this.#sending.stop()
  }

  stop(): void {
    this.#taking.stop()
    this.#sending.stop()
    this.#receiving.stop()
  }
}
