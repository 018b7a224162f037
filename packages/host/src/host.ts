/// <reference lib="esnext.disposable" preserve="true" />
/** A host: members of any number of groups over one transport and one storage, driven in turns. */
import {
  drawId,
  type EventKind,
  type EventOf,
  type EventSource,
  type EventStream,
  type EventStreamOptions,
  isRaftedError,
  type Leadership,
  type RaftedError,
  type RaftedEvent,
  type Sender,
  type Subscription,
} from '@rafted/contracts'
import {
  decodeBatch,
  type Item,
  type Link,
  type MemberStatus,
  type QuietItem,
  type Request,
  valueCodec,
  WIRE_VERSIONS,
} from '@rafted/wire'
import { Agenda } from './agenda.ts'
import { type BackupOptions, backupOf } from './backup/backup.ts'
import { BackupTransfers } from './backup/transfers.ts'
import { checkAuthorise, checkName, checkOptions, checkSlowDisk, checkTransport } from './checks.ts'
import { ClockWatch } from './clock-watch.ts'
import { closeAll } from './closing.ts'
import type { HostContext } from './context.ts'
import { DiskWatch, SLOW_DISK_MS } from './disk-watch.ts'
import { EventHub } from './event-hub.ts'
import { askOfMember } from './handing-over.ts'
import { type Health, type HealthOptions, HealthWatch } from './health.ts'
import { HostCalls } from './host-calls.ts'
import type {
  CloseOptions,
  CreateGroupOptions,
  GroupOptions,
  HostOptions,
  TransferOptions,
} from './host-options.ts'
import { LatencyWindow } from './latency-window.ts'
import { HostLeadership } from './leadership.ts'
import { type LeaveOptions, removeMember } from './leaving.ts'
import { Losses } from './losses.ts'
import type { Member } from './member.ts'
import { Pulses } from './pulses.ts'
import { notHere } from './refusals.ts'
import { Requests } from './requests.ts'
import { Rights } from './rights.ts'
import { missingOf } from './roll-calls.ts'
import { Seats } from './seats.ts'
import { Turn } from './turn.ts'

/**
 * Transport and stores are the host's from now on: where it can't be opened, they are closed.
 * @throws {RaftedError} `invalid-argument`, or what the transport throws where it can't listen.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  checkOptions(options)
  try {
    checkName('id', options.id, 64)
    checkName('cluster', options.cluster, 255)
    checkTransport(options.transport)
    if (options.slowDiskMs !== undefined) checkSlowDisk(options.slowDiskMs)
    if (options.authorise !== undefined) checkAuthorise(options.authorise)
    const host = new Host(options)
    await host.listen()
    return host
  } catch (error) {
    await closeAll([options.transport, options.logs, options.snapshots])
    throw error
  }
}

/** Members of any number of groups, over one transport and one storage. `openHost` makes it. */
export class Host implements EventSource {
  /** Its name in the cluster. */
  readonly id: string
  /** How clients of this process reach the host, and through it the others. */
  readonly link: Link
  readonly #options: HostOptions
  readonly #context: HostContext
  readonly #seats: Seats
  readonly #calls: HostCalls
  readonly #turn: Turn
  readonly #requests: Requests
  readonly #backups: BackupTransfers
  readonly #hub: EventHub
  readonly #loop = new LatencyWindow()
  readonly #disk: DiskWatch
  readonly #health = new HealthWatch()
  readonly #agenda = new Agenda<Member>()
  readonly #life: string
  #transfers = 0
  #closing: Promise<void> | null = null

  /** Use `openHost`. */
  constructor(options: HostOptions) {
    const { id, cluster, transport, logs, snapshots, clock, random, codec = valueCodec } = options
    this.#options = options
    this.id = id
    this.#life = drawId(random)
    const { observer } = options
    const hub = observer instanceof EventHub ? observer : new EventHub(clock, observer)
    this.#hub = hub
    const event = (what: RaftedEvent): void => hub.event(what)
    this.#disk = new DiskWatch({ slowMs: options.slowDiskMs ?? SLOW_DISK_MS, event })
    const wake = (): void => this.#turn.wake()
    const askSelf = (request: Request): boolean => this.#turn.request(request)
    const briefMs = options.callTimeoutMs ?? 2000
    const onLeaving = (address: string): void => this.#context.pulses.ride(address)
    const asks = { id, cluster, transport, clock, random, briefMs, event, askSelf, wake, onLeaving }
    const calls = new HostCalls(asks)
    this.#calls = calls
    this.link = calls.link
    const { outbox } = calls
    const answer: HostContext['answer'] = (replyTo, response) => calls.answer(replyTo, response)
    const clocks = new ClockWatch(clock, (aheadMs) => this.#onClockDoubt(aheadMs))
    this.#context = {
      id,
      get address() {
        return transport.address
      },
      clock,
      random,
      fraction: () => random.number(),
      logs,
      snapshots,
      codec,
      outbox,
      pulses: new Pulses({ clock, random, outbox, wake }),
      losses: new Losses({ clock, wake }),
      now: () => this.#turn.now,
      checkedNow: () => clocks.look(),
      event,
      tell: hub,
      loopLatency: () => this.#loop.read(clock.now()),
      diskLatency: () => this.#disk.read(clock.now()),
      answer,
      wake,
      stir: (member) => {
        this.#agenda.stir(member)
        wake()
      },
      newTransfer: () => ++this.#transfers,
    }
    this.#seats = this.#makeSeats()
    this.#backups = this.#makeBackups(answer)
    this.#requests = this.#makeRequests(answer)
    this.#turn = new Turn({
      clock,
      logs,
      outbox,
      agenda: this.#agenda,
      beforeTurn: () => clocks.look(),
      onBatch: (from, batch) => this.#onBatch(from, batch),
      onRequest: (request) => this.#requests.on(request, null),
      onStorageFailed: (error) => this.#onStorageFailed(error),
      disk: this.#disk,
      onTimer: (lateMs) => this.#onTimer(lateMs, clock.now()),
      afterTurn: () => {
        this.#disk.look(clock.now())
        this.#context.losses.look()
        hub.flush()
      },
    })
  }

  #makeBackups(answer: HostContext['answer']): BackupTransfers {
    const { clock, random } = this.#options
    const backup = (member: Member, history: boolean): AsyncIterable<Uint8Array> =>
      this.#backupOf(member, { history })
    return new BackupTransfers({ clock, random, backup, answer })
  }

  #makeRequests(answer: HostContext['answer']): Requests {
    const { authorise, clock, transport } = this.#options
    const calls = this.#calls
    return new Requests({
      hostId: this.id,
      rights: authorise === undefined ? null : new Rights({ authorise, clock, observer: this.#hub }),
      address: () => transport.address,
      addresses: (group) => this.addresses(group),
      call: (address, request, timeoutMs) => calls.call(address, request, timeoutMs),
      seat: (group) => this.#seats.get(group),
      backups: this.#backups,
      answer,
    })
  }

  #makeSeats(): Seats {
    const { durable } = this.#options
    return new Seats({
      host: this.#context,
      agenda: this.#agenda,
      call: this.#calls.briefly,
      durable: typeof durable === 'function' ? durable : () => durable,
      isClosing: () => this.#closing !== null,
    })
  }

  #onClockDoubt(aheadMs: number): void {
    for (const member of this.#seats.members()) member.input({ kind: 'clock-doubt', aheadMs })
  }

  /** Where others reach it, as its transport has it. */
  get address(): string {
    return this.#options.transport.address
  }

  /** The wire versions it reads, `[oldest, newest]`: what a configuration says of its members. */
  get wireVersions(): readonly [number, number] {
    return WIRE_VERSIONS
  }

  /** @internal */
  async listen(): Promise<void> {
    await this.#options.transport.listen({
      onBatch: (from, batch) => this.#turn.receive(from, batch),
      onPeer: (name, state) => this.#onPeer(name, state),
      onUnreachable: (address, lane, why) => this.#calls.unreachable(address, lane, why),
    })
  }

  /**
   * Runs a member of the group here: the one the storage holds, else one that joins through the addresses in `join`, else it waits to
   * be told to create the group. Resolves once that runs here; never waits for others.
   * @throws {RaftedError} `already-exists` if the group runs here, `damaged-storage`, `invalid-argument` (also for a
   * machine that can't make its first value), `closed`.
   */
  async group(name: string, options: GroupOptions): Promise<void> {
    await this.#seats.start(name, options)
  }

  /**
   * Wakes the group, if it is led here and nothing happens in it (`quietAfterMs`): its members hear each other again, for as long as if something had been asked of it. What is known of who
   * answers is of now then.
   */
  stir(name: string): void {
    this.#seats.get(name)?.member?.input({ kind: 'nudge' })
  }

  /**
   * Stops the member here, or the wait for the group. What it has stored is kept, and `group` starts it again; the others count on it meanwhile as on one whose
   * host is down.
   * @throws {RaftedError} `no-such-group` if the group doesn't run here.
   */
  stop(name: string): void {
    this.#seats.stop(name)
  }

  /**
   * Forgets what this host has stored of the group, running or not, and asks nobody: for a group that is no more, or a member that was removed. A member that others
   * count on leaves (`leave`).
   */
  discard(name: string): Promise<void> {
    return this.#seats.discard(name)
  }

  /** Names of the groups of which this host has stored something, running or not. */
  held(): Promise<readonly string[]> {
    return this.#options.logs.groups()
  }

  /**
   * How this host keeps what the group's member here is told. `life`: as long as it is the same, nothing of that is lost; it is that of the directory, or, where members go with the process,
   * this host's own. `durable`: whether it outlives the process.
   */
  keeps(name: string): { readonly life: string; readonly durable: boolean } {
    const durable = this.#seats.isDurable(name)
    return { life: (durable ? this.#options.logs.lifeOf?.(name) : undefined) ?? this.#life, durable }
  }

  /**
   * Creates the group, with the member here as its only one: a person's act, done once. Takes the options of `group` unless that was
   * called before.
   * @throws {RaftedError} `already-exists`, `peers-unreachable`, and what `group` throws; with `from` also `damaged-storage` and others of a backup.
   */
  async createGroup(name: string, options: CreateGroupOptions): Promise<void> {
    checkOptions(options)
    if (!this.#seats.has(name)) await this.group(name, options)
    const seat = this.#seats.get(name)
    const made = await seat!.create(options.unreachable === 'checked', options)
    if ('error' in made) throw made.error
  }

  /**
   * Takes this host's member out of the group, also one that has stopped, and forgets its log. Resolves when the removal is
   * committed.
   * @throws {RaftedError} `no-such-group`; `quorum-at-risk` and others of a change, and, when `timeoutMs` has passed, whatever stood
   * in the way (`change-pending`, `not-leader`); the member stays then.
   */
  async leave(name: string, options: LeaveOptions = {}): Promise<void> {
    const seat = this.#seats.get(name)
    if (seat === undefined) throw notHere(name, this.id)
    const { member } = seat
    // Also one that its own log doesn't name: the others may count on it already, or be about to (F35c).
    if (member !== null && member.ended?.code !== 'member-removed') {
      const { address, clock, random } = this.#context
      const seams = { clock, random, call: this.#calls.briefly }
      const asked = { ...options, ...seams, group: name, address, join: seat.join }
      await seat.leave((leaving, isBeingAdded) => removeMember(leaving, { ...asked, isBeingAdded }))
    }
    await this.#seats.drop(name, seat)
  }

  /**
   * Hands over the leadership that the member here has: to the member `to`, or to the best there is for null. Resolves when that one leads. A client
   * does the same wherever the group is led.
   * @throws {RaftedError} `no-such-group`, `invalid-argument`; `not-leader`, `not-a-voter`, `member-unresponsive`, `transfer-pending`; `transfer-failed`
   * when it has not come about within an election timeout; `timeout`.
   */
  async transferLeadership(name: string, to: string | null, options: TransferOptions = {}): Promise<void> {
    if (to !== null) checkName('the member id', to, 64)
    const question = { kind: 'transfer-leadership', to, ifTerm: null } as const
    await askOfMember(this.link, this.#seats.member(name), question, options)
  }

  /**
   * Gives up the transfer that is under way here, if one is. A member that was told to campaign by then may still be elected.
   * @throws {RaftedError} `no-such-group`, `not-leader`, `timeout`.
   */
  async cancelTransfer(name: string, options: TransferOptions = {}): Promise<void> {
    await askOfMember(this.link, this.#seats.member(name), { kind: 'cancel-transfer' }, options)
  }

  /**
   * A backup of the group, from the member here, whoever leads; see `BackupOptions`.
   * @throws {RaftedError} `no-such-group`, and what `backupOf` throws while it is read.
   */
  backup(name: string, options: BackupOptions = {}): AsyncIterable<Uint8Array> {
    return this.#backupOf(this.#seats.member(name), options)
  }

  #backupOf(member: Member, options: BackupOptions): AsyncIterable<Uint8Array> {
    return backupOf({ host: this.#context, link: this.link, member }, options)
  }

  /** How the member of the group stands here, or null if there is none: not joined yet, or the host is closed. */
  status(name: string): MemberStatus | null {
    if (this.#closing !== null) return null
    return this.#seats.get(name)?.member?.status() ?? null
  }

  /** Whether this host should be restarted, whether it can be counted on, and why not; see `Health`. Never rejects. */
  health(options?: HealthOptions): Promise<Health> {
    return this.#health.look({ link: this.link, seats: this.#seats, disk: this.#context }, options)
  }

  /** @see `EventSource.on`. */
  on<Kind extends EventKind>(kind: Kind, listener: (event: EventOf<Kind>) => unknown): Subscription {
    return this.#hub.on(kind, listener)
  }

  /** @see `EventSource.events`. */
  events(kind?: undefined, options?: EventStreamOptions): EventStream<RaftedEvent>
  events<Kind extends EventKind>(
    kind: Kind,
    options?: EventStreamOptions,
  ): EventStream<EventOf<Kind> | EventOf<'events-dropped'>>
  events<Kind extends EventKind>(kind?: Kind, options?: EventStreamOptions): EventStream<never> {
    return this.#hub.events(kind as Kind, options) as EventStream<unknown> as EventStream<never>
  }

  /**
   * Whether the member of the group here leads it, and what changes in that.
   * @throws {RaftedError} `no-such-group` if the group does not run here.
   */
  leadership(name: string): Leadership {
    if (!this.#seats.has(name)) throw notHere(name, this.id)
    return new HostLeadership(name, () => this.#seats.get(name)?.member?.token ?? null, this.#hub)
  }

  /** For test kits that look at everything: the member itself. @internal */
  inspect(name: string): Member | null {
    return this.#seats.get(name)?.member ?? null
  }

  /** Names of the groups that run here, waiting ones included. None once the host is closed. */
  groups(): string[] {
    return this.#closing === null ? [...this.#seats.keys()] : []
  }

  /** Addresses where the group may be found, as far as this host knows: its members', and those it was told to join through. */
  addresses(name: string): string[] {
    const seat = this.#seats.get(name)
    return seat === undefined ? [] : [...new Set([...(seat.member?.addresses ?? []), ...seat.join])]
  }

  /**
   * Stops all members and closes transport and storage. Groups that are led here are handed over first, so that they need not wait for an
   * election; that takes at most an election timeout. Calls that wait end with `closed`. Closing twice is closing once.
   */
  close({ transfer = true }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#health.closing(this.#close(transfer))
    return this.#closing
  }

  async #close(transfer: boolean): Promise<void> {
    const { transport, logs, snapshots } = this.#options
    const leading = [...this.#seats.members()].filter((member) => member.leads)
    if (transfer && leading.length > 0) await Promise.all(leading.map((member) => member.handOver()))
    this.#seats.close()
    this.#context.pulses.close()
    this.#context.losses.close()
    this.#backups.stop()
    this.#calls.outbox.flush()
    this.#turn.close()
    this.#calls.close()
    await transport.close()
    await logs.close()
    await snapshots.close()
    this.#hub.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #onTimer(lateMs: number, now: number): void {
    this.#loop.add(lateMs, now)
    this.#disk.excuse(lateMs, now)
  }

  #onBatch(from: Sender, batch: Uint8Array): void {
    this.#calls.heard(from)
    let items: readonly Item[]
    try {
      const decoded = decodeBatch(batch, { cluster: this.#options.cluster })
      this.#calls.outbox.reads(from.reply, decoded.head.versions)
      items = decoded.items
    } catch (error) {
      if (!isRaftedError(error)) throw error
      this.#learnVersions(from, error)
      this.#hub.event({ kind: 'refused-batch', level: 'warn', from: from.name, error })
      return
    }
    for (const item of items) this.#onItem(item, from)
  }

  /** What came can't be read here, since it was written for somebody who reads more: what is sent there says what this side reads. */
  #learnVersions({ reply }: Sender, { code, details }: RaftedError): void {
    const { theirs } = details as { readonly theirs?: readonly [number, number] }
    if (code === 'version-mismatch' && theirs !== undefined) this.#calls.outbox.reads(reply, theirs)
  }

  /** What members send each other, and answers, are taken from peers only; what is addressed to nobody here is dropped. */
  #onItem(item: Item, from: Sender): void {
    if (item.kind === 'request') this.#requests.of(item.request, from)
    else if (from.role === 'peer') {
      if (item.kind === 'response') {
        this.#calls.answered(item.response)
        return
      }
      if (item.kind === 'pulse' || item.kind === 'roll-call' || item.kind === 'missing') {
        this.#onQuietItem(item, from)
        return
      }
      const member = this.#seats.memberOf(item.incarnation)
      if (member === undefined) return
      this.#context.losses.hurry(member, from.name)
      if (item.kind === 'member') member.onItem(item, from)
      else if (item.kind === 'snapshot-progress') member.onProgress(item)
      else member.onRepairItem(item, from)
    }
  }

  #onQuietItem(item: QuietItem, { name, reply }: Sender): void {
    const { pulses, outbox } = this.#context
    const memberOf = (incarnation: string): Member | undefined => this.#seats.memberOf(incarnation)
    if (item.kind === 'pulse') pulses.heard(name, item)
    else if (item.kind === 'missing')
      for (const { incarnation, term } of item.groups) memberOf(incarnation)?.rest.missing(name, term)
    else {
      const groups = missingOf(item, name, memberOf)
      if (groups.length > 0) outbox.push(reply, { kind: 'missing', groups })
    }
  }

  #onPeer(name: string, state: 'up' | 'lost'): void {
    this.#hub.event({ kind: 'peer', level: 'info', host: name, state })
    if (state === 'lost') this.#calls.lost(name)
    for (const member of this.#seats.members())
      if (state === 'lost') this.#context.losses.add(member, name)
      else if (!member.core.isQuiet) member.onPeer(name, state)
  }

  #onStorageFailed(error: unknown): void {
    this.#health.storageFailed(error)
    this.#hub.event({ kind: 'storage-failed', level: 'error', error })
    for (const member of this.#seats.members()) member.halt(error)
  }
}
