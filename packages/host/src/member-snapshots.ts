/** The snapshots of one member: those it takes, those it sends, and the one it receives; and where its log begins because of them. */
import { isRaftedError, type Machine, type SnapshotMeta } from '@rafted/contracts'
import type { Answer, Core, Input, MemberId } from '@rafted/core'
import type { GroupSettings, SnapshotChunk, SnapshotProgressItem } from '@rafted/wire'
import type { HostContext, MemberSettings } from './context.ts'
import { checkVersion, versionsOf } from './machine-versions.ts'
import type { Mail } from './mail.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { type PartAnswer, REFUSED } from './snapshot-incoming.ts'
import { type ReceivedSnapshot, SnapshotReceiving } from './snapshot-receiving.ts'
import { SnapshotSending, type SnapshotSendingOptions } from './snapshot-sending.ts'
import { type KeptSnapshot, SnapshotTaking } from './snapshot-taking.ts'

/** Bytes of log that are kept for a peer that is behind, unless a snapshot is longer. */
const CATCH_UP_BYTES = 16 * 1024 * 1024

export interface MemberSnapshotsOptions {
  readonly host: HostContext
  readonly group: string
  readonly incarnation: string
  readonly machine: Machine
  /** Those in effect now. */
  readonly settings: GroupSettings
  readonly own: Pick<MemberSettings, 'snapshotPartBytes'>
  readonly core: Core
  /** Tells the core, which then has something to do. */
  input(input: Input): Answer | null
  restore(meta: SnapshotMeta, chunks: AsyncIterable<Uint8Array>): Promise<ReplicatedState>
  /** There is something to install in the next turn. */
  wake(): void
  /**
   * The log begins after this snapshot from another member now, and `state` is what it holds. Passed over: what follows the snapshot in the log
   * stays, as only entries that can't be read went.
   */
  installed(meta: SnapshotMeta, state: ReplicatedState, isPassedOver: boolean): void
  halt(error: unknown): void
}

const NONE: readonly ReceivedSnapshot[] = []

export class MemberSnapshots {
  readonly #taking: SnapshotTaking
  // Made when they are first needed: most members never send a snapshot, nor receive one.
  #sending: SnapshotSending | null = null
  /** To members that have asked, whoever leads. */
  #giving: SnapshotSending | null = null
  #receiving: SnapshotReceiving | null = null
  readonly #options: MemberSnapshotsOptions
  readonly #mail: Pick<Mail, 'sendPart' | 'givePart' | 'sendProgress'>
  /** Snapshots that were received, are durable and restored, and wait for the next turn. */
  #received: readonly ReceivedSnapshot[] = NONE

  constructor(options: MemberSnapshotsOptions, mail: Pick<Mail, 'sendPart' | 'givePart' | 'sendProgress'>) {
    this.#options = options
    this.#mail = mail
    this.#taking = new SnapshotTaking(options, this)
  }

  #sender({ send, ended }: Pick<SnapshotSendingOptions, 'send' | 'ended'>): SnapshotSending {
    const { host, group, own } = this.#options
    const { clock, snapshots, event } = host
    return new SnapshotSending({
      group,
      snapshots,
      clock,
      event,
      // The other half of a batch is for the meta, which names the members.
      partBytes: Math.min(own.snapshotPartBytes, Math.floor(host.outbox.maxPayloadBytes / 2)),
      silenceMs: () => this.#options.settings.electionMs,
      newTransfer: () => host.newTransfer(),
      send,
      ended,
    })
  }

  #receiver(): SnapshotReceiving {
    const { host, group } = this.#options
    const { snapshots, event } = host
    return new SnapshotReceiving({
      group,
      snapshots,
      event,
      restore: (meta, chunks) =>
        this.#options.restore(meta, chunks).catch((error: unknown) => this.#onUnreadable(error)),
      progress: (to, transfer, answer) => {
        this.#mail.sendProgress(to, transfer, answer, false)
        host.wake()
      },
      received: (snapshot) => {
        this.#received = [...this.#received, snapshot]
        this.#options.wake()
      },
    })
  }

  /** What its leader stands on, it can't: to ask for that again and again would bring nothing else. */
  #onUnreadable(error: unknown): never {
    if (isRaftedError(error) && error.code === 'version-mismatch') this.#options.halt(error)
    throw error
  }

  /** The member's state is that of this snapshot. */
  standsOn(snapshot: KeptSnapshot): void {
    this.#taking.standsOn(snapshot)
  }

  /** The newest snapshot there is here. */
  get last(): KeptSnapshot | null {
    return this.#taking.last
  }

  /** So many bytes of log have been applied. */
  applied(bytes: number): void {
    this.#taking.applied(bytes)
  }

  /** Called after each turn. */
  takeIfDue(state: ReplicatedState): void {
    if (this.#taking.isDue && state.configuration !== null) this.#taking.take(state)
  }

  /** For `SnapshotTaking`: one is durable, and the log up to `compactTo` is not needed for it. */
  taken({ index }: Pick<SnapshotMeta, 'index'>, compactTo: number): void {
    const { host, group, core } = this.#options
    const base = core.baseIndex
    // One from the leader was installed while it was being saved: the log begins beyond it already.
    if (index <= base) return
    const to = Math.max(base, Math.min(compactTo, this.#neededAfter()))
    const term = core.termAt(to)
    const answer = this.#options.input({ kind: 'snapshot-taken', index, compactTo: to })
    if (answer === null || term === undefined || to === base) return
    host.logs.compact(group, { index: to, term }).catch((error: unknown) => this.#options.halt(error))
  }

  /**
   * The log after this index is kept, for peers that answer and could go on from there: else one that takes long to install a snapshot would need the
   * next one at once, without end (F67). What would take more bytes than a snapshot is not kept.
   */
  #neededAfter(): number {
    const { core, host, settings } = this.#options
    const maxBytes = Math.max(CATCH_UP_BYTES, this.#taking.lastSize)
    let needed = Number.POSITIVE_INFINITY
    for (const { id, state, match, next, lastHeard } of core.peers()) {
      if (host.now() - lastHeard > settings.electionMs) continue
      // One that is probed has not said yet what it holds, as after a snapshot.
      const known = state === 'probe' ? next - 1 : match
      const from = state === 'snapshot' ? (this.#sending?.indexFor(id) ?? null) : known
      if (from !== null && from >= core.baseIndex && core.bytesAfter(from) <= maxBytes)
        needed = Math.min(needed, from)
    }
    return needed
  }

  /** Puts what was received in the place of log and state, unless the log holds all of it: then the old state goes on. */
  installReceived(): void {
    const { host, group, core } = this.#options
    // Where entries can't be read, a snapshot is to pass over them that ends before what is committed.
    if (this.#receiving !== null && core.damaged.length === 0) this.#receiving.passed(core.commitIndex)
    if (this.#received.length === 0) return
    const received = this.#received
    this.#received = NONE
    this.#receiving?.handedOver()
    for (const { meta, state, from, transfer } of received) {
      const isPassedOver = core.termAt(meta.index) === meta.term
      const { taken } = core.step({ kind: 'snapshot-installed', meta }, host.now())
      // Its sender would learn of it when it asks again; until then it could send nothing else (F67).
      this.#mail.sendProgress(from, transfer, { received: meta.size, again: false }, true)
      if (!taken) continue
      if (isPassedOver)
        host.logs
          .compact(group, { index: meta.index, term: meta.term })
          .catch((error: unknown) => this.#options.halt(error))
      this.#options.installed(meta, state, isPassedOver)
      this.#taking.standsOn(meta)
      const { index, size: bytes } = meta
      host.event({ kind: 'snapshot', level: 'info', group, what: 'installed', index, bytes })
    }
  }

  sendTo(peers: readonly MemberId[]): void {
    if (peers.length === 0) return
    const { core } = this.#options
    this.#sending ??= this.#sender({
      send: (to, chunk) => this.#mail.sendPart(to, core.standing.term, chunk),
      ended: (to, index, ok) => this.#options.input({ kind: 'snapshot-sent', to, index, ok }),
    })
    for (const peer of peers) this.#sending.begin(peer)
  }

  /** A member asks for the newest snapshot there is here. */
  give(to: MemberId): void {
    this.#giving ??= this.#sender({ send: (to, chunk) => this.#mail.givePart(to, chunk), ended: () => {} })
    this.#giving.begin(to)
  }

  onProgress(item: SnapshotProgressItem): void {
    this.#sending?.onProgress(item)
    this.#giving?.onProgress(item)
  }

  /** @returns what to answer at once; null if that follows when the part has been written. One that the machine here can't go on from ends the member. */
  onPart(from: MemberId, chunk: SnapshotChunk): PartAnswer | null {
    const { index, machineVersion } = chunk.meta
    try {
      checkVersion(
        versionsOf(this.#options.machine),
        machineVersion,
        `in the snapshot at ${index}, which it needs`,
      )
    } catch (error) {
      this.#options.halt(error)
      return REFUSED
    }
    this.#receiving ??= this.#receiver()
    return this.#receiving.onPart(from, chunk)
  }

  /** The member leads no more. */
  stopSending(): void {
    this.#sending?.stop()
  }

  stop(): void {
    this.#taking.stop()
    this.#sending?.stop()
    this.#giving?.stop()
    this.#receiving?.stop()
  }
}
