/** A network on virtual time that loses, repeats, delays, reorders, corrupts, holds up and cuts, by seed. What it carries is encoded and copied for real. */
import { crc32 } from 'node:zlib'
import { type Lane, RaftedError, type Sender, type Transport, type TransportEvents } from '@rafted/contracts'
import { defaultSettings } from '@rafted/host'
import type { Addresses } from './addresses.ts'
import type { FaultKind } from './coverage.ts'
import type { HostClock } from './host-clock.ts'
import { readBatch } from './reading.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'

/** How bad the network is: probabilities per batch, and milliseconds. */
export interface Weather {
  readonly drop: number
  readonly repeat: number
  readonly corrupt: number
  readonly minDelayMs: number
  readonly maxDelayMs: number
  /** Batches that take ten times as long, and so arrive out of order. */
  readonly straggle: number
}

export const calm: Weather = {
  drop: 0,
  repeat: 0,
  corrupt: 0,
  minDelayMs: 0.1,
  maxDelayMs: 1,
  straggle: 0,
}

export type CutKind = 'partition' | 'one-way partition' | 'partial partition' | 'flapping link'

const MAX_BATCH_BYTES = 4 * 1024 * 1024
/** Batches that a process which stands still takes in, in its sockets. */
const MAX_WAITING = 2000
/** Longer than this is a delay. */
const DELAY_MS = defaultSettings.heartbeatMs

/** One way from one host, or client, to another. */
interface Path {
  cut: CutKind | null
  /** Nothing arrives before this time. */
  cloggedUntil: number
  sent: number
  /** The number of the last that arrived, of all so far. */
  arrived: number
}

export interface VirtualNetworkOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly trace: Trace
  readonly addresses: Addresses
  /** A fault has hit the host, or the client. */
  hit(kind: FaultKind, name: string): void
}

export class VirtualNetwork {
  readonly #o: VirtualNetworkOptions
  readonly #listening = new Map<string, VirtualTransport>()
  readonly #paths = new Map<string, Map<string, Path>>()
  weather: Weather = calm
  /** Probability that a batch of a client, or one for it, is lost or arrives twice. */
  clientTrouble = 0
  sent = 0
  /** Is told of each batch between two names: when it arrives, or null if it is lost. */
  onSent: ((from: string, to: string, batch: Uint8Array, arrives: number | null) => void) | null = null

  constructor(options: VirtualNetworkOptions) {
    this.#o = options
  }

  transport(name: string, role: Sender['role'], clock: HostClock): VirtualTransport {
    return new VirtualTransport(this, { name, role, reply: this.#o.addresses.of(name) }, clock)
  }

  hostAt(address: string): string {
    return this.#o.addresses.hostAt(address)
  }

  /** From now on nothing sent by `from` reaches `to`. */
  cut(from: string, to: string, kind: CutKind): void {
    this.#path(from, to).cut = kind
  }

  /** All cuts of this kind end, or all there are. */
  heal(kind?: CutKind): void {
    for (const paths of this.#paths.values())
      for (const path of paths.values()) if (kind === undefined || path.cut === kind) path.cut = null
  }

  /** What is sent from now on arrives at this time, or later. */
  clog(from: string, to: string, until: number): void {
    this.#path(from, to).cloggedUntil = until
  }

  attach(transport: VirtualTransport): boolean {
    if (this.#listening.has(transport.address)) return false
    this.#listening.set(transport.address, transport)
    return true
  }

  detach(transport: VirtualTransport): void {
    if (this.#listening.get(transport.address) === transport) this.#listening.delete(transport.address)
  }

  /** Tells the listeners that a host is back or seems lost: a hint, sometimes absent. */
  hint(name: string, state: 'up' | 'lost', probability = 0.5): void {
    const { time, random } = this.#o
    for (const transport of this.#listening.values())
      if (transport.sender.name !== name && random.chance(probability))
        time.after(random.between(0, 20), () => transport.peer(name, state))
  }

  /** The process at this address has ended: some of those that have sent it something learn that their connections are lost. */
  gone(address: string): void {
    const { time, random } = this.#o
    for (const transport of this.#listening.values())
      if (transport.address !== address && random.chance(0.5))
        time.after(random.between(0, 5), () => {
          if (!this.#listening.has(address)) transport.lost(address)
        })
  }

  send(from: VirtualTransport, address: string, batch: Uint8Array): void {
    this.sent++
    const { trace, time } = this.#o
    if (!this.#listening.has(address) && from.isRefused(address)) {
      // Nobody listens there: whoever dials is told, and nothing is carried.
      time.after(0, () => {
        if (!this.#listening.has(address)) from.refused(address)
      })
      return
    }
    const path = this.#path(from.sender.name, this.hostAt(address))
    const number = ++path.sent
    const fate = this.#fateOf(from, address, path)
    const what = fate === 'loss' || fate === 'cut' ? 'lost' : 'send'
    const sum = crc32(batch)
    trace.note(what, from.address, sum, () => `${address}  ${readBatch(batch)}`)
    if (what === 'lost') {
      this.onSent?.(from.sender.name, this.hostAt(address), batch, null)
      return
    }
    // Copied: what the receiver does with its array is nothing to the sender.
    const copy = batch.slice()
    const copies: Copies = { reached: null }
    this.#carry(from, address, path, number, copy, copies)
    if (fate === 'twice') this.#carry(from, address, path, number, copy, copies)
  }

  #fateOf(from: VirtualTransport, address: string, path: Path): 'loss' | 'cut' | 'twice' | 'once' {
    const { random } = this.#o
    const hit = (kind: FaultKind, at: string): void => this.#o.hit(kind, this.hostAt(at))
    const { weather, clientTrouble } = this
    if (path.cut !== null) {
      hit(path.cut, address)
      return 'cut'
    }
    const request = from.sender.role === 'client'
    if (clientTrouble > 0 && (request || !this.#isHost(address)) && random.chance(clientTrouble)) {
      if (random.chance(0.6)) {
        hit(request ? 'request lost' : 'answer lost', request ? address : from.address)
        return 'loss'
      }
      if (request) hit('request repeated', address)
      return 'twice'
    }
    if (weather.drop > 0 && random.chance(weather.drop)) {
      hit('loss', address)
      return 'loss'
    }
    if (weather.repeat > 0 && random.chance(weather.repeat)) {
      hit('duplication', address)
      return 'twice'
    }
    return 'once'
  }

  #isHost(address: string): boolean {
    return this.#listening.get(address)?.sender.role === 'peer'
  }

  #carry(
    from: VirtualTransport,
    address: string,
    path: Path,
    number: number,
    batch: Uint8Array,
    copies: Copies,
  ): void {
    const { time, random } = this.#o
    const hit = (kind: FaultKind, at: string): void => this.#o.hit(kind, this.hostAt(at))
    const { weather } = this
    let delay = random.between(weather.minDelayMs, weather.maxDelayMs)
    if (weather.straggle > 0 && random.chance(weather.straggle)) delay *= 10
    const clogged = path.cloggedUntil - time.now
    const wasClogged = clogged > delay
    if (wasClogged) delay = clogged
    const isCorrupt = weather.corrupt > 0 && random.chance(weather.corrupt)
    const bytes = isCorrupt ? corrupted(batch, random) : batch
    const arrive = (): void => {
      const receiver = this.#listening.get(address)
      // No transport takes a copy of what one process was given to the next one at its address.
      if (receiver === undefined || (copies.reached ?? receiver) !== receiver) return
      copies.reached = receiver
      from.reached(address)
      if (wasClogged) hit('clogged link', address)
      else if (delay > DELAY_MS) hit('delay', address)
      if (number < path.arrived) hit('reordering', address)
      else path.arrived = number
      if (isCorrupt) hit('corrupted batch', address)
      receiver.receive(from.sender, bytes)
    }
    this.onSent?.(from.sender.name, this.hostAt(address), batch, isCorrupt ? null : time.now + delay)
    time.after(delay, arrive, this.#isHost(address))
  }

  #path(from: string, to: string): Path {
    const paths = this.#paths.get(from) ?? new Map<string, Path>()
    const path = paths.get(to) ?? { cut: null, cloggedUntil: 0, sent: 0, arrived: 0 }
    if (path.sent === 0) this.#paths.set(from, paths.set(to, path))
    return path
  }
}

/** The process that one of the copies of a batch has come to. */
interface Copies {
  reached: VirtualTransport | null
}

/** Cut short, or with another beginning: transports check what they carry, and the reader of a batch has to refuse what they let through. */
function corrupted(batch: Uint8Array, random: SeededRandom): Uint8Array {
  if (random.chance(0.5)) return batch.subarray(0, random.below(batch.length))
  const changed = batch.slice()
  changed[random.below(4)]! ^= 1 << random.below(8)
  return changed
}

export class VirtualTransport implements Transport {
  readonly address: string
  readonly sender: Sender
  readonly maxBatchBytes = MAX_BATCH_BYTES
  readonly #network: VirtualNetwork
  readonly #clock: HostClock
  #events: TransportEvents | null = null
  /** Addresses at which nobody listened when it looked last. */
  readonly #refused = new Set<string>()
  /** Whom it can't dial. */
  isFar: (address: string) => boolean = () => false
  /** Whom it has sent something last. */
  lastTo: string | null = null

  constructor(network: VirtualNetwork, sender: Sender, clock: HostClock) {
    this.address = sender.reply
    this.sender = sender
    this.#network = network
    this.#clock = clock
  }

  async listen(events: TransportEvents): Promise<void> {
    if (!this.#network.attach(this))
      throw new RaftedError('address-in-use', `"${this.address}" is taken.`, { outcome: 'not-applied' })
    this.#events = events
  }

  send(address: string, batch: Uint8Array, _lane: Lane): boolean {
    if (this.#events === null || batch.byteLength > this.maxBatchBytes || this.isFar(address)) return false
    this.lastTo = this.#network.hostAt(address)
    this.#network.send(this, address, batch)
    return true
  }

  async close(): Promise<void> {
    this.vanish()
  }

  /** The process is gone. What it has sent is still under way. */
  vanish(): void {
    this.#events = null
    this.#network.detach(this)
  }

  receive(from: Sender, batch: Uint8Array): void {
    if (this.#clock.waiting < MAX_WAITING) this.#clock.enter(() => this.#events?.onBatch(from, batch))
  }

  peer(name: string, state: 'up' | 'lost'): void {
    this.#clock.enter(() => this.#events?.onPeer(name, state))
  }

  /** Its connection to this address is lost; what was sent may have arrived or not. */
  lost(address: string): void {
    this.#refused.add(address)
    this.#unreachable(address, 'unknown')
  }

  /** Whether it dials this address anew, having lost its connection. */
  isRefused(address: string): boolean {
    return this.#refused.has(address)
  }

  reached(address: string): void {
    this.#refused.delete(address)
  }

  refused(address: string): void {
    this.#unreachable(address, 'not-applied')
  }

  #unreachable(address: string, outcome: 'unknown' | 'not-applied'): void {
    const error = new RaftedError('unreachable', `Nobody listens at "${address}".`, { outcome })
    this.#clock.enter(() => this.#events?.onUnreachable?.(address, 'urgent', error))
  }
}
