/** The snapshots of one member: those it takes, those it sends, and the one it receives; and where its log begins because of them. */
import type { SnapshotMeta } from '@rafted/contracts'
import type { Answer, Core, Input, MemberId } from '@rafted/core'
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
  readonly core: Core
  /** Tells the core, which then has something to do. */
  input(input: Input): Answer | null
  restore(meta: SnapshotMeta, chunks: AsyncIterable<Uint8Array>): Promise<ReplicatedState>
  send(to: MemberId, chunk: SnapshotChunk): void
  /** There is something to install in the next turn. */
  wake(): void
  /** The log begins after this snapshot from the leader now, and `state` is what it holds. */
  installed(meta: SnapshotMeta, state: ReplicatedState): void
  failed(error: unknown): void
}

export class MemberSnapshots {
  readonly #taking: SnapshotTaking
  readonly #sending: SnapshotSending
  readonly #receiving: SnapshotReceiving
  readonly #options: MemberSnapshotsOptions
  /** Snapshots that were received, are durable and restored, and wait for the next turn. */
  #received: { readonly meta: SnapshotMeta; readonly state: ReplicatedState }[] = []

  constructor(options: MemberSnapshotsOptions) {
    this.#options = options
    const { host, group, incarnation, machineVersion, settings, input, restore, send, wake } = options
    const { clock, snapshots, event } = host
    const shared = { group, snapshots, clock, event }
    this.#taking = new SnapshotTaking({
      ...shared,
      incarnation,
      machineVersion,
      factor: settings.snapshotFactor,
      minBytes: settings.snapshotMinBytes,
      taken: ({ index }, compactTo) => this.#onTaken(index, compactTo),
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
    this.#receiving = new SnapshotReceiving({
      ...shared,
      restore,
      received: (meta, state) => {
        this.#received.push({ meta, state })
        wake()
      },
    })
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

  #onTaken(index: number, compactTo: number): void {
    const { host, group, core, input, failed } = this.#options
    const base = core.baseIndex
    // One from the leader was installed while it was being saved: the log begins beyond it already.
    if (index <= base) return
    const to = Math.max(base, compactTo)
    const term = core.termAt(to)
    const answer = input({ kind: 'snapshot-taken', index, compactTo: to })
    if (answer === null || term === undefined || to === base) return
    host.logs.compact(group, { index: to, term }).catch(failed)
  }

  /** Puts what was received in the place of log and state, unless the log holds all of it: then the old state goes on. */
  installReceived(): void {
    if (this.#received.length === 0) return
    const { host, group, core, installed } = this.#options
    const received = this.#received
    this.#received = []
    for (const { meta, state } of received) {
      if (!core.step({ kind: 'snapshot-installed', meta }, host.now()).taken) continue
      installed(meta, state)
      this.#taking.standsOn(meta.size)
      const { index, size: bytes } = meta
      host.event({ kind: 'snapshot', level: 'info', group, what: 'installed', index, bytes })
    }
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
