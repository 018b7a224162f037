/** A Transport over NATS: one subscription, subjects that say who sends, and nothing kept while there is no connection. */
import type { Cancel, Lane, Outcome, Transport, TransportEvents } from '@rafted/contracts'
import { isRaftedError, RaftedError } from '@rafted/contracts'
import { addressOf } from './address.ts'
import { Claim } from './claim.ts'
import { watchConnection } from './connection-watch.ts'
import { answerTo } from './discovery.ts'
import { Inbox, type Letter } from './inbox.ts'
import type { Link } from './link.ts'
import { Links } from './links.ts'
import { HEAD_BYTES, type Instance, MessageWriter, PART_BYTES } from './message.ts'
import type { NatsCallback, NatsMessage, NatsStatus, NatsSubscription } from './nats-connection.ts'
import { Outlet } from './outlet.ts'
import { Peers } from './peers.ts'
import { invalidArgument, refusal } from './refusal.ts'
import { Report } from './report.ts'
import { type NatsTransportOptions, type Settings, settingsOf } from './settings.ts'
import { absentSubject, batchSubject, whoSubject } from './subjects.ts'

/** Each side says so often that it lives, to those it has to do with, and looks who else does. */
const BEAT_MS = 1000
/** Later than that is this process's own standstill. */
const LATE_MS = 250
/** For the server to take what is said last. */
const GOODBYE_MS = 1000
/** A server that takes less can carry nothing. */
const LEAST_PAYLOAD = 1024

/** @throws {RaftedError} `invalid-argument` */
export function natsTransport(options: NatsTransportOptions): Transport {
  return new NatsTransport(settingsOf(options))
}

class NatsTransport implements Transport {
  readonly maxBatchBytes: number
  readonly #settings: Settings
  readonly #report: Report
  readonly #links: Links
  readonly #outlet: Outlet
  readonly #peers: Peers
  readonly #inbox: Inbox
  /** Where the server says that nobody listens. */
  readonly #absentSubject: string
  readonly #subscriptions: NatsSubscription[] = []
  /** This life of the connection: another one after each time it was lost. */
  #instance: Instance
  #events: TransportEvents | null = null
  #state: 'new' | 'starting' | 'open' | 'closed' = 'new'
  #claim: Claim | null = null
  /** Ends being told of the connection. */
  #stopWatching: () => void = () => {}
  /** Why the server doesn't let this one listen. */
  #refused: Error | null = null
  #beat: { readonly due: number; readonly cancel: Cancel } | null = null

  constructor(settings: Settings) {
    const { limits, clock, observer, nats, cluster } = settings
    const self = { role: settings.role, name: settings.name }
    this.#settings = settings
    this.maxBatchBytes = limits.maxBatchBytes
    this.#instance = this.#drawInstance()
    this.#absentSubject = `${absentSubject(cluster, self)}.${this.#instance}`
    this.#report = new Report(observer, clock)
    this.#inbox = new Inbox(limits, this.#report)
    this.#links = new Links({
      cluster,
      self,
      ...limits,
      forgotten: (link) => this.#unreachable(link, 'unknown'),
    })
    this.#outlet = new Outlet({
      nats,
      clock,
      report: this.#report,
      absentSubject: this.#absentSubject,
      absent: (link, outcome) => this.#absent(link, outcome),
      broken: () => this.#down(),
    })
    this.#peers = new Peers({
      silenceMs: limits.silenceMs,
      maxPeers: limits.maxAddresses,
      onPeer: (name, state) => this.#tell(name, (events) => events.onPeer(name, state)),
      onLost: (address) => this.#lost(address),
      greet: (address) => this.#say(address, 'beat'),
    })
  }

  get address(): string {
    return addressOf(this.#settings.role, this.#settings.name, this.#instance)
  }

  async listen(events: TransportEvents): Promise<void> {
    const { name } = this.#settings
    if (this.#state === 'closed') throw refusal('closed', `The transport of "${name}" is closed.`)
    if (this.#state !== 'new') throw invalidArgument(`The transport of "${name}" listens already.`)
    this.#state = 'starting'
    this.#events = events
    try {
      await this.#begin()
    } catch (error) {
      this.#unsubscribe()
      this.#stopWatching()
      if (this.#isOver()) throw closedEarly(name)
      this.#state = 'new'
      throw isRaftedError(error) ? error : noConnection(error)
    }
  }

  send(address: string, batch: Uint8Array, lane: Lane): boolean {
    if (this.#state !== 'open' || batch.byteLength > this.maxBatchBytes) return false
    const link = this.#links.to(address, lane)
    if (link === null) return false
    if (address !== this.address) this.#peers.sought(address, link.o.destination, this.#settings.clock.now())
    return this.#outlet.send(link, batch)
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    this.#stopWatching()
    this.#beat?.cancel()
    this.#claim?.abandon()
    if (wasOpen) for (const address of this.#peers.addresses()) this.#say(address, 'bye')
    this.#unsubscribe()
    await this.#flushed()
    this.#outlet.shut()
  }

  /** @throws {RaftedError} if it can't listen. */
  async #begin(): Promise<void> {
    const { nats, name, role, cluster } = this.#settings
    this.#checkConnection()
    this.#refused = null
    this.#watch()
    this.#subscribe(`${this.#absentSubject}.*.*`, (message) => this.#onAbsent(message))
    if (role === 'peer') await this.#claimName()
    const senders = { role: role === 'peer' ? '*' : 'peer', name: null } as const
    const subject = batchSubject(cluster, '*', { role, name }, senders)
    this.#subscribe(subject, (message) => this.#onMessage(message))
    if (role === 'peer') this.#subscribe(whoSubject(cluster), (message) => this.#onWho(message))
    await nats.flush()
    if (this.#isOver()) throw closedEarly(name)
    if (this.#refused !== null)
      throw invalidArgument(
        `The server does not let "${name}" subscribe. Give its user the rights that ${role === 'peer' ? 'hostPermissions' : 'clientPermissions'} returns.`,
        this.#refused,
      )
    this.#state = 'open'
    this.#outlet.open(new MessageWriter(this.#instance))
    this.#beatLater()
  }

  #checkConnection(): void {
    const { nats } = this.#settings
    if (nats.isClosed()) throw refusal('closed', 'The connection to NATS is closed. Open another one.')
    if (nats.info === undefined) throw noConnection()
    if (nats.info.max_payload >= LEAST_PAYLOAD + HEAD_BYTES + PART_BYTES) return
    throw invalidArgument(
      `The server's max_payload is ${nats.info.max_payload} bytes. Give it 64 KiB or more.`,
    )
  }

  /** @throws {RaftedError} `address-in-use` if somebody answers to it. */
  async #claimName(): Promise<void> {
    const { nats, clock, name, cluster } = this.#settings
    const self = { role: 'peer', name } as const
    const claim = new Claim(this.#instance, clock)
    this.#claim = claim
    const message = new MessageWriter(this.#instance).write('claim', null)
    nats.publish(batchSubject(cluster, 'urgent', self, self), message, {
      reply: `${this.#absentSubject}.0.0`,
    })
    const isFree = await claim.isFree
    this.#claim = null
    if (!isFree)
      throw refusal(
        'address-in-use',
        `"${name}" listens already in cluster "${cluster}". Stop it, or choose another id.`,
      )
  }

  #subscribe(subject: string, onMessage: (message: NatsMessage) => void): void {
    const callback: NatsCallback = (error, message) => {
      if (error === null) onMessage(message)
      else this.#onRefused(subject, error)
    }
    this.#subscriptions.push(this.#settings.nats.subscribe(subject, { callback }))
  }

  #unsubscribe(): void {
    for (const subscription of this.#subscriptions.splice(0))
      try {
        subscription.unsubscribe()
      } catch {
        // The connection is closed, and with it the subscription.
      }
  }

  #onRefused(subject: string, error: Error): void {
    this.#refused = error
    this.#claim?.abandon()
    if (this.#state === 'open') this.#report.event('error', 'not-allowed', subject, error)
  }

  #watch(): void {
    this.#stopWatching()
    this.#stopWatching = watchConnection(this.#settings.nats, {
      up: () => this.#up(),
      down: () => this.#down(),
      closed: () => this.#onClosed(),
      error: (status) => this.#onServerError(status),
      failed: (reason) => this.#report.event('error', 'connection-failed', this.address, reason),
    })
  }

  #up(): void {
    if (this.#state !== 'open') return
    // Whoever knew this one must learn that it may have missed something.
    this.#instance = this.#drawInstance()
    this.#outlet.open(new MessageWriter(this.#instance))
    this.#report.event('info', 'connected', this.address)
  }

  #down(): void {
    this.#claim?.abandon()
    if (this.#state !== 'open' || this.#outlet.isShut) return
    this.#outlet.shut()
    this.#inbox.clear()
    this.#report.event('warn', 'disconnected', this.address)
    for (const link of this.#links.all()) {
      this.#report.count('nats_dropped', link.reset())
      this.#unreachable(link, 'unknown')
      this.#links.forget(link)
    }
    this.#peers.clear()
  }

  #onClosed(): void {
    this.#down()
    if (this.#state !== 'open') return
    const error = refusal(
      'closed',
      'The connection to NATS is closed, and will not come back: this host or client reaches nobody any more. Connect with maxReconnectAttempts: -1, so that it is never given up.',
    )
    this.#report.event('error', 'connection-closed', this.address, error)
  }

  /** The server has refused what was published: the user's rights are not those it needs. */
  #onServerError({ permissionContext, error, data }: NatsStatus): void {
    const { subject } = permissionContext ?? error ?? {}
    if (subject?.startsWith('rafted.')) this.#report.event('error', 'not-allowed', subject, error ?? data)
  }

  #onAbsent(message: NatsMessage): void {
    this.#claim?.answered(message)
    if (message.headers?.code !== 503) return
    const [link, round] = message.subject.slice(this.#absentSubject.length + 1).split('.')
    this.#outlet.absent(Number(round), Number(link))
  }

  #onMessage(message: NatsMessage): void {
    if (this.#state !== 'open') return
    const letter = this.#inbox.read(message, this.#instance)
    if (letter === null) return
    const { sender, instance } = letter.origin
    const { kind } = letter.message
    const now = this.#settings.clock.now()
    const isOwn = sender.role === this.#settings.role && sender.name === this.#settings.name
    if (kind === 'claim' || kind === 'held') {
      if (isOwn && kind === 'claim') this.#answerClaim(message)
      return
    }
    if (kind === 'bye') {
      this.#peers.left(sender.reply, instance)
      return
    }
    if (!isOwn) this.#peers.heard(sender.reply, sender, instance, now)
    if (kind !== 'beat') this.#deliver(letter, message.subject, now)
  }

  /** Somebody looks for hosts. */
  #onWho({ data }: NatsMessage): void {
    const { nats, cluster, name } = this.#settings
    const subject = this.#state === 'open' ? answerTo(cluster, name, data) : null
    try {
      if (subject !== null) nats.publish(subject, new Uint8Array(0))
    } catch {
      // Without a connection there is nobody to answer.
    }
  }

  /** Somebody else wants this name. Answered where only this name can be answered. */
  #answerClaim({ reply }: NatsMessage): void {
    const { nats, cluster, role, name } = this.#settings
    if (!reply?.startsWith(`${absentSubject(cluster, { role, name })}.`)) return
    this.#report.event('warn', 'name-claimed', name)
    try {
      nats.publish(reply, new MessageWriter(this.#instance).write('held', null))
    } catch {
      // Without a connection there is nobody to answer.
    }
  }

  #deliver(letter: Letter, subject: string, now: number): void {
    const batch = this.#inbox.batchOf(letter, subject, now)
    const { sender } = letter.origin
    if (batch !== null) this.#tell(sender.reply, (events) => events.onBatch(sender, batch))
  }

  #absent(link: Link, outcome: Outcome): void {
    this.#outlet.drop(link)
    const { address, destination } = link.o
    const error = new RaftedError('unreachable', `Nobody listens as "${destination.name}".`, { outcome })
    this.#tell(address, (events) => events.onUnreachable?.(address, link.lane, error))
    this.#peers.absent(address)
    if (destination.role === 'client') this.#links.forget(link)
  }

  /** It is silent, has left, or lives another life. */
  #lost(address: string): void {
    for (const link of this.#links.of(address)) {
      this.#outlet.drop(link)
      link.mayHaveArrived = false
      this.#unreachable(link, 'unknown')
      if (link.o.destination.role === 'client') this.#links.forget(link)
    }
  }

  #unreachable(link: Link, outcome: Outcome): void {
    const { address, destination } = link.o
    const error = new RaftedError('unreachable', `The connection to "${destination.name}" was lost.`, {
      outcome,
    })
    this.#tell(address, (events) => events.onUnreachable?.(address, link.lane, error))
  }

  #say(address: string, kind: 'beat' | 'bye'): void {
    const link = this.#links.to(address, 'urgent')
    if (link !== null) this.#outlet.say(link, kind)
  }

  #beatLater(): void {
    const { clock } = this.#settings
    const due = clock.now() + BEAT_MS
    this.#beat = { due, cancel: clock.after(BEAT_MS, () => this.#onBeat(due)) }
  }

  #onBeat(due: number): void {
    if (this.#state !== 'open') return
    const now = this.#settings.clock.now()
    const late = now - due
    this.#peers.watch(now, late > LATE_MS ? late : 0)
    this.#inbox.expire(now)
    for (const address of this.#peers.addresses()) {
      const link = this.#links.known(address, 'urgent')
      // Whoever hears something needs no sign of life.
      if (link?.isQuiet !== false) this.#say(address, 'beat')
      if (link !== undefined) link.isQuiet = true
    }
    this.#beatLater()
  }

  /** Tells the receiver. What it throws against its promise is no reason to end the process. */
  #tell(address: string, tell: (events: TransportEvents) => void): void {
    if (this.#state !== 'open' || this.#events === null) return
    try {
      tell(this.#events)
    } catch (error) {
      this.#report.event('error', 'receiver-failed', address, error)
    }
  }

  /** Resolves when the server has taken all, or there is none that could. */
  async #flushed(): Promise<void> {
    const { nats, clock } = this.#settings
    if (nats.isClosed() || nats.info === undefined) return
    await new Promise<void>((resolve) => {
      const cancel = clock.after(GOODBYE_MS, resolve)
      const done = (): void => {
        cancel()
        resolve()
      }
      nats.flush().then(done, done)
      nats.closed().then(done, done)
    })
  }

  #isOver(): boolean {
    return this.#state === 'closed'
  }

  #drawInstance(): Instance {
    return Buffer.from(this.#settings.random.bytes(8)).toString('hex')
  }
}

function noConnection(cause?: unknown): RaftedError {
  return refusal('unreachable', 'There is no connection to NATS. Connect first, and try again.', cause)
}

function closedEarly(name: string): RaftedError {
  return refusal('closed', `The transport of "${name}" was closed while it began to listen.`)
}
