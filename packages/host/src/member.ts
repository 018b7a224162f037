/**
 * One member: its core, and what the core speaks of (payloads, machine, snapshots, callers). Inputs come in during a turn; `drain`
 * carries out what the core wants; `settle` applies what is committed and answers.
 */
import {
  type Codec,
  codecOf,
  type FencingToken,
  type LogEntry,
  type Machine,
  RaftedError,
  type Sender,
  type SnapshotMeta,
} from '@rafted/contracts'
import {
  type Answer,
  type Member as ConfiguredMember,
  type Core,
  EntryKind,
  type Input,
  type Message,
  memberOf,
  type Standing,
} from '@rafted/core'
import type {
  MemberItem,
  MemberStatus,
  PlacedSettings,
  RepairItem,
  Request,
  RisingSetting,
  SnapshotChunk,
  SnapshotProgressItem,
} from '@rafted/wire'
import { Applier } from './applier.ts'
import type { HostContext, MemberSettings } from './context.ts'
import { HookCalls } from './hooks.ts'
import { Leading, NEVER } from './leading.ts'
import { letGo } from './letting-go.ts'
import { Mail } from './mail.ts'
import { MemberCalls } from './member-calls.ts'
import { coreOf } from './member-core.ts'
import type { MemberOptions } from './member-options.ts'
import { MemberSnapshots } from './member-snapshots.ts'
import { placeOwn } from './own-entries.ts'
import { risen } from './raising.ts'
import { type Repairing, repairingOf } from './repairing.ts'
import { ReplicatedState } from './replicated-state.ts'
import type { Reply } from './replies.ts'
import { Rest } from './rest.ts'
import { watchRestoring } from './restoring.ts'
import { RoomNews } from './room-news.ts'
import { Routes } from './routes.ts'
import { SettingsInForce } from './settings.ts'
import { SkippedEntries } from './skipped-entries.ts'
import { restoreState } from './snapshot-content.ts'
import { REFUSED } from './snapshot-incoming.ts'
import { ABSENT_BYTES, type LogTail, tailOf } from './tail.ts'
import type { ReplyTo } from './waiters.ts'
import { MemberWatch } from './watch.ts'
import { logWriteOf, type MemberWrite } from './writing.ts'

export class Member {
  readonly group: string
  readonly incarnation: string
  readonly id: string
  // What its parts share: each of them looks at the member itself, as a host has thousands, made of many parts each.
  /** @internal */
  readonly host: HostContext
  /** To look at only. @internal */
  readonly core: Core
  /** @internal */
  readonly tail: LogTail
  /** @internal */
  readonly routes = new Routes()
  /** @internal */
  readonly hooks: HookCalls
  /** @internal */
  readonly skipped = new SkippedEntries()
  /** @internal */
  readonly machine: Machine
  /** @internal */
  readonly codec: Codec
  /** @internal */
  readonly join: MemberOptions['join']
  readonly #settings: SettingsInForce
  readonly #mail: Mail
  readonly #applier: Applier
  readonly #snapshots: MemberSnapshots
  // Made when they are needed.
  #calls: MemberCalls | null = null
  #leading: Leading | null = null
  #repairing: Repairing | null = null
  readonly #watch: MemberWatch
  readonly #room: RoomNews
  /** @internal */
  readonly rest: Rest
  readonly #seat: MemberOptions['seat']
  #commit: number
  #isDirty = true
  #ended: RaftedError | null = null

  constructor(options: MemberOptions) {
    const { host, group, incarnation, id, machine, stored, restored } = options
    this.group = group
    this.incarnation = incarnation
    this.id = id
    this.host = host
    this.machine = machine
    this.codec = codecOf(machine, host.codec)
    this.join = options.join
    this.#settings = new SettingsInForce(options.settings, options.known)
    this.#seat = options.seat
    this.core = coreOf(options, this.#settings)
    this.#room = new RoomNews(host.logs, this.core)
    this.rest = new Rest(this)
    this.#commit = this.core.commitIndex
    this.tail = tailOf(options.begunWith, this.core.lastIndex)
    const wasRestored = restored !== null || (options.isReadBack && this.core.lastIndex > 0)
    this.hooks = new HookCalls(options.hooks, this, wasRestored)
    this.#mail = new Mail(this)
    this.#watch = new MemberWatch(this, { index: stored.base.index, time: stored.baseTime })
    this.#snapshots = new MemberSnapshots(this, this.#mail)
    if (restored !== null) {
      const { applied, time } = restored.state
      this.#snapshots.standsOn({ index: applied.index, time, size: restored.size })
    }
    if (this.core.damaged.length > 0 || this.core.lostTo !== null)
      this.#repairing = repairingOf(this, this.#mail, this.#snapshots)
    this.#applier = new Applier(this, restored?.state ?? new ReplicatedState(this))
    this.#adopt(this.#applier.state)
    this.#onStanding(this.core.standing, null)
  }

  /** The last entry that the value holds. @internal */
  get appliedIndex(): number {
    return this.#applier.state.applied.index
  }

  /** What the entries up to that one have made of it. Changes with the next one. @internal */
  get state(): ReplicatedState {
    return this.#applier.state
  }

  get leads(): boolean {
    return this.core.standing.role === 'leader'
  }

  /** What it leads with: null unless it leads, and has applied the first entry of its term. */
  get token(): FencingToken | null {
    return this.#watch.token
  }

  /** Those in force now. @internal */
  get settings(): PlacedSettings {
    return this.#settings.current
  }

  /** @internal */
  get own(): MemberSettings {
    return this.#settings.own
  }

  /** Why it takes part in nothing any more, or null. */
  get ended(): RaftedError | null {
    return this.#ended
  }

  /** Whether the next turn has something to do here. */
  get isDirty(): boolean {
    return this.#isDirty
  }

  /** When it wants to be drained if nothing else happens. */
  get wakeAt(): number {
    if (this.#ended !== null) return NEVER
    return Math.min(this.core.wakeAt, this.#leading?.dueAt ?? NEVER, this.#calls?.dueAt ?? NEVER)
  }

  /** How its own committed configuration has it; undefined where that doesn't. */
  get committedSelf(): ConfiguredMember | undefined {
    return memberOf(this.#applier.state.configuration?.configuration, this.id)
  }

  /** Whether its log says that it was added, wherever it has come to since. */
  get wasAdded(): boolean {
    return this.core.wasAdded
  }

  /** How its log has it, committed or not. */
  get self(): ConfiguredMember | undefined {
    return memberOf(this.core.configuration?.configuration, this.id)
  }

  /** Index of the configuration in effect in its log, if that names it. */
  get namedAt(): number | null {
    return this.self === undefined ? null : this.core.configuration!.index
  }

  /** Whether it is a learner that becomes a voter when it has caught up, or is not known to be a member yet. */
  get isToBePromoted(): boolean {
    const configuration = this.core.configuration?.configuration
    const learner = configuration?.learners.find(({ id }) => id === this.id)
    return learner === undefined ? this.self === undefined : learner.promote
  }

  get hasLeader(): boolean {
    return this.core.standing.leader !== null
  }

  get term(): number {
    return this.core.standing.term
  }

  get leaderAddress(): string | null {
    const { leader } = this.core.standing
    if (leader === this.id) return this.host.address
    return leader === null ? null : this.routes.addressOf(leader)
  }

  /** Addresses of all members of the configuration in effect. */
  get addresses(): string[] {
    return this.routes.addresses
  }

  status(): MemberStatus {
    return this.#watch.status(
      this,
      this.#applier.state,
      this.#snapshots.last,
      this.#repairing?.status() ?? null,
    )
  }

  /** A message for this member, or for one that was here before it. */
  onItem(item: MemberItem, from: Sender): void {
    if (this.#ended !== null) return
    const { message, entries, chunk } = item
    this.routes.heard(message.from, from.name, from.reply)
    const answer = this.input({ kind: 'message', message })
    if (answer === null) return
    if (chunk !== null) this.#onPart(message, chunk, answer)
    else if (answer.taken && answer.count > 0) this.tail.replace(answer.index, entries)
    // An addition that was lost goes from the log, and nothing takes its place yet.
    else if (message.kind === 'removed') this.tail.truncate(this.core.lastIndex + 1)
  }

  #onPart(message: Message, chunk: SnapshotChunk, answer: Answer): void {
    if (message.to !== this.id || message.term !== this.term) return
    const installed = !answer.taken && this.core.commitIndex >= chunk.meta.index
    const said = answer.taken ? this.#snapshots.onPart(message.from, chunk) : REFUSED
    if (said !== null) this.#mail.sendProgress(message.from, chunk.transfer, said, installed)
  }

  onProgress(item: SnapshotProgressItem): void {
    if (this.#ended === null && item.to === this.id) this.#snapshots.onProgress(item)
  }

  onRepairItem(item: RepairItem, from: Sender): void {
    if (this.#ended !== null || item.to !== this.id) return
    this.#repairing ??= repairingOf(this, this.#mail, this.#snapshots)
    this.#repairing.onItem(item, from)
  }

  onRequest(request: Request, replyTo: ReplyTo): void {
    this.wake()
    const now = this.host.now()
    if (request.kind === 'status')
      this.host.answer(replyTo, { kind: 'status', id: request.id, status: this.status() })
    else {
      if (this.#ended === null) this.rest.nudge(now)
      // Only that host asks this. It may have said nothing as a member since it was heard elsewhere.
      if (request.kind === 'join' || request.kind === 'update-member') {
        const { id, host, address } = request.member
        this.routes.heard(id, host, address)
      }
      this.#callsMade().take(request, replyTo, this.#applier.state, now)
    }
  }

  /** Hands over to the best there is, if it leads. Resolves when another leads, after an election timeout at the latest. */
  handOver(): Promise<void> {
    if (this.#ended !== null || !this.leads) return Promise.resolve()
    this.wake()
    return this.#callsMade().handOver()
  }

  /** A host can be reached again, or seems lost. */
  onPeer(host: string, state: 'up' | 'lost'): void {
    this.input({ kind: state === 'lost' ? 'host-suspect' : 'host-alive', host })
    if (state === 'lost') this.rest.missed(host)
  }

  /** The write `seq` is durable. */
  persisted(seq: number): void {
    this.input({ kind: 'persisted', seq })
  }

  /** Carries out what the core wants. What is to be written is added to `writes`. */
  drain(writes: MemberWrite[], now: number): void {
    this.#isDirty = false
    if (this.#ended !== null) return
    try {
      this.#snapshots.installReceived()
      this.#room.look(now)
      this.#calls?.ask(now)
      this.#leading?.ask(this.#applier.state, this.token !== null, now)
      const before = this.core.standing
      const effects = this.core.drain(now)
      placeOwn(effects.own, this.id, this.core, this.tail)
      if (effects.write !== null) {
        const write = logWriteOf(effects.write, this.tail)
        writes.push({ member: this, seq: effects.write.seq, group: this.group, write })
      }
      for (const message of effects.messages) this.#mail.send(message)
      this.#commit = effects.commitIndex
      this.#calls?.onEffects(effects)
      if (effects.changed !== null) this.#onStanding(effects.changed, before)
      this.#snapshots.sendTo(effects.snapshotsTo)
      this.rest.look()
    } catch (error) {
      this.halt(error)
    }
  }

  /** Applies what is committed and answers who waits for it. */
  settle(): void {
    if (this.#ended !== null) return
    try {
      const { state } = this.#applier
      if (state.applied.index < this.#commit) {
        const bytes = this.#applier.advance(this.#commit)
        this.#snapshots.applied(bytes)
        this.#watch.applied(state)
      }
      this.#followSettings(state)
      this.#snapshots.takeIfDue(state)
      if (this.#watch.settled(state.applied)) this.hooks.elected(state.instance.value)
      if (this.token !== null) this.#leading ??= new Leading(this)
      this.#leading?.look(state, this.token !== null, this.host.now())
      this.#calls?.settle(state, this.leads)
      this.#repairing?.advance()
      letGo(this)
      if (this.core.isQuiet && this.appliedIndex === this.core.lastIndex) this.#restLightly()
      if (this.core.standing.removedAt !== null) this.#onRemoved(this.core.standing.removedAt)
    } catch (error) {
      this.halt(error)
    }
  }

  #followSettings(state: ReplicatedState): void {
    const { machineVersion, featureLevel } = this.settings
    if (!this.#settings.follow(state)) return
    this.input({ kind: 'settings', settings: this.#settings.ofCore })
    const before = { machineVersion, featureLevel }
    for (const event of risen(this.group, before, state.settings)) this.host.event(event)
  }

  /** Its log has lost all that it knew of the group, and a leader says that the group doesn't know it. */
  disown(): void {
    this.#onRemoved(this.core.lostTo ?? 0, 'No configuration holds it, and its log is lost.')
  }

  /** The log is kept and says so: what starts on it again doesn't take part as this member. */
  #onRemoved(removedAt: number, why = `The configuration at ${removedAt} no longer holds it.`): void {
    this.#end('member-removed', why, null)
    this.host.logs.markRemoved(this.group, removedAt).then(
      () => this.#tellStopped('info', 'member-removed', this.#ended),
      (error: unknown) => this.#tellStopped('error', 'member-removed', error),
    )
  }

  #tellStopped(level: 'info' | 'error', reason: string, error: unknown): void {
    this.host.event({ kind: 'member-stopped', level, group: this.group, reason, error })
  }

  #callsMade(): MemberCalls {
    this.#calls ??= new MemberCalls(this)
    return this.#calls
  }

  /** What members must know of what rises by itself. @internal */
  required(setting: RisingSetting): number {
    const { state } = this.#applier
    return this.#leading?.required(setting, state) ?? state.settings[setting]
  }

  /** @internal */
  knownSettings(): PlacedSettings | null {
    return this.token === null ? null : this.#applier.state.settings
  }

  /** @internal */
  restore(meta: SnapshotMeta, chunks: AsyncIterable<Uint8Array>): Promise<ReplicatedState> {
    return restoreState(meta, watchRestoring(this.host, this.group)(meta, chunks), this)
  }

  /** Stops it for good, because of what was thrown. */
  halt(cause: unknown): void {
    if (this.#ended !== null) return
    const error = cause instanceof RaftedError && cause.code === 'member-stopped' ? cause : undefined
    const reason = error?.message ?? (cause instanceof Error ? cause.message : String(cause))
    this.#end('member-stopped', reason, cause)
  }

  /** The host closes. */
  close(): void {
    this.#end('closed', 'The host is closed.', null)
  }

  #end(code: 'member-stopped' | 'member-removed' | 'closed', reason: string, cause: unknown): void {
    if (this.#ended !== null) return
    const { group, id } = this
    const message = `The member of "${group}" on this host takes part no more: ${reason}`
    this.#ended = new RaftedError(code, message, { outcome: 'unknown', details: { member: id }, cause })
    if (code === 'member-stopped') this.#tellStopped('error', code, cause ?? this.#ended)
    this.rest.end()
    this.#watch.ended()
    this.#snapshots.stop()
    this.#repairing?.stop()
    this.#mail.close()
    const why = code === 'member-removed' ? 'no-such-group' : code
    this.#calls?.stop(why, message)
    this.wake()
  }

  /** Nothing happens in its group, for as long as nobody asks: what only one that is busy needs is let go of. */
  #restLightly(): void {
    // Nothing is asked of a quiet one that the store doesn't hold, and all others hold the same, but for those that are not there.
    const lacks = this.tail.bytes > 0 && this.leads && this.core.peers().some(({ isAbsent }) => isAbsent)
    this.tail.restLightly(this.appliedIndex, lacks ? ABSENT_BYTES : 0)
    if (this.#calls?.isIdle === true) this.#calls = null
    if (this.#leading?.dueAt === NEVER) this.#leading = null
    this.#watch.restLightly()
  }

  /** There is something for the next turn. @internal */
  wake(): void {
    this.#isDirty = true
    this.host.stir(this)
  }

  /** An input; whatever it throws ends this member, and no other. @internal */
  input(input: Input): Answer | null {
    if (this.#ended !== null) return null
    this.wake()
    try {
      return this.core.step(input, this.host.now())
    } catch (error) {
      this.halt(error)
      return null
    }
  }

  /** @internal */
  installed({ index, time }: SnapshotMeta, state: ReplicatedState, isPassedOver: boolean): void {
    if (isPassedOver) this.tail.evict(index, 0)
    else this.tail.reset(index)
    this.#watch.installed({ index, time })
    this.#applier.replace(state)
    this.#adopt(state)
  }

  /** @internal */
  applied(entry: LogEntry, reply: Reply): void {
    if (entry.kind === EntryKind.configuration) {
      this.#shareConfiguration(this.#applier.state)
      this.hooks.configurationApplied(this.#applier.state, this.leads)
    }
    this.skipped.applied(entry, reply, this.core.baseIndex)
    this.#calls?.applied(entry, reply, this.#applier.state.settings)
  }

  /** What is committed at an index is what the core has there: one of them is enough. */
  #shareConfiguration(state: ReplicatedState): void {
    const { configuration } = this.core
    if (configuration?.index === state.configuration?.index) state.configuration = configuration
  }

  /** Another state takes the place of the one there was. */
  #adopt(state: ReplicatedState): void {
    state.events = this.hooks
    this.#shareConfiguration(state)
    this.hooks.adopt(state)
    this.skipped.restart(state.applied.index)
  }

  #onStanding(standing: Standing, before: Standing | null): void {
    const { role, term, configuration } = standing
    if (configuration !== null) this.routes.follow(configuration.configuration)
    if (configuration !== before?.configuration) this.#seat.configured()
    this.#watch.onStanding(standing, before)
    if (before?.role === 'leader' && (role !== 'leader' || term !== before.term)) {
      this.#calls?.stoppedLeading()
      this.#snapshots.stopSending()
    }
  }
}
