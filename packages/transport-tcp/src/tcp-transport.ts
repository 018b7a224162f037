/** A Transport over TCP: a listener, the addresses dialled, the connections either has led to. docs/tcp-protocol.md */
import { createServer, type Server, type Socket } from 'node:net'
import type { Lane, RaftedError, Sender, Transport, TransportEvents } from '@rafted/contracts'
import { isRaftedError } from '@rafted/contracts'
import { formatAddress, parseAddress } from './address.ts'
import { Arrivals } from './arrivals.ts'
import { Clients } from './clients.ts'
import { Connection } from './connection.ts'
import { INSTANCE_BYTES, NONCE_BYTES } from './greeting.ts'
import { DiallerHandshake, ListenerHandshake, type Opened, type Self } from './handshake.ts'
import type { Link } from './link.ts'
import { Links } from './links.ts'
import { Opening, type OpeningEvents } from './opening.ts'
import type { TcpTransportOptions } from './options.ts'
import { Peers } from './peers.ts'
import { invalidArgument, refusal } from './refusal.ts'
import { Report } from './report.ts'
import { needsSecret, noAddress } from './secret.ts'
import { type Settings, settingsOf } from './settings.ts'
import { TlsWires } from './tls-wires.ts'
import { Watch } from './watch.ts'
import { type Certified, plainWires, type Wires } from './wires.ts'

/** @throws {RaftedError} `invalid-argument` */
export function tcpTransport(options: TcpTransportOptions): Transport {
  return new TcpTransport(settingsOf(options))
}

class TcpTransport implements Transport {
  readonly maxBatchBytes: number
  readonly #settings: Settings
  readonly #report: Report
  readonly #watch: Watch
  readonly #links: Links
  readonly #clients = new Clients()
  readonly #peers: Peers
  readonly #arrivals: Arrivals
  readonly #wires: Wires
  readonly #openings = new Set<Opening>()
  readonly #connections = new Set<Connection>()
  readonly #instance: Uint8Array
  #address: string
  #server: Server | null = null
  #events: TransportEvents | null = null
  #state: 'new' | 'starting' | 'open' | 'closed' = 'new'

  constructor(settings: Settings) {
    const { limits, clock, random, observer, name, cluster, secrets, credentials } = settings
    this.#settings = settings
    this.maxBatchBytes = limits.maxBatchBytes
    this.#report = new Report(observer, clock)
    this.#watch = new Watch(clock, Math.min(limits.handshakeMs, limits.frameMs))
    this.#links = new Links(settings, this.#report, {
      dial: (link) => this.#dial(link),
      unreachable: ({ address, lane }, error) => this.#unreachable(address, lane, error),
    })
    this.#peers = new Peers((peer, state) => this.#hint(peer, state))
    this.#arrivals = new Arrivals(limits, this.#report, secrets.length === 0 && credentials === null)
    this.#wires = credentials === null ? plainWires : new TlsWires(credentials, cluster, this.#report)
    this.#instance = random.bytes(INSTANCE_BYTES)
    // Nobody can dial a client, and this can't be taken for an address.
    this.#address =
      settings.listen === null ? `client ${name}` : (settings.advertise ?? formatAddress(settings.listen))
  }

  get address(): string {
    return this.#address
  }

  async listen(events: TransportEvents): Promise<void> {
    if (this.#state === 'closed')
      throw refusal('closed', `The transport of "${this.#settings.name}" is closed.`)
    if (this.#state !== 'new')
      throw invalidArgument(`The transport of "${this.#settings.name}" listens already.`)
    this.#state = 'starting'
    this.#events = events
    if (this.#settings.listen !== null) await this.#listenAt(this.#settings.listen)
    this.#state = 'open'
  }

  send(address: string, batch: Uint8Array, lane: Lane): boolean {
    if (this.#state !== 'open' || batch.byteLength > this.maxBatchBytes) return false
    const taken = this.#clients.send(address, batch, lane)
    if (taken !== null) return taken
    const known = this.#links.known(address, lane)
    if (known === undefined && parseAddress(address) === null) {
      this.#unreachable(address, lane, noAddress(address))
      return false
    }
    const link = known ?? this.#links.toSendTo(address, lane)
    return link?.send(batch, this.#settings.clock.now()) ?? false
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    const server = this.#server
    const closed = server === null ? null : new Promise<void>((resolve) => server.close(() => resolve()))
    for (const opening of [...this.#openings]) opening.fail(refusal('closed', 'This side was closed.'))
    await Promise.all([closed, ...[...this.#connections].map((connection) => connection.close())])
  }

  async #listenAt(listen: NonNullable<Settings['listen']>): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#onSocket(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        this.#state = this.#state === 'closed' ? 'closed' : 'new'
        reject(cantListen(formatAddress(listen), cause))
      })
      server.listen({ host: listen.host, port: listen.port, exclusive: true }, resolve)
    })
    server.removeAllListeners('error')
    server.on('error', (error) => this.#report.event('error', 'listener-failed', this.#address, error))
    if (this.#state === 'closed') {
      server.close()
      throw refusal(
        'closed',
        `The transport of "${this.#settings.name}" was closed while it began to listen.`,
      )
    }
    this.#server = server
    const bound = server.address()
    if (this.#settings.advertise === null && bound !== null && typeof bound === 'object')
      this.#address = formatAddress({ host: listen.host, port: bound.port })
  }

  #onSocket(socket: Socket): void {
    socket.on('error', ignore)
    if (this.#state !== 'open' || !this.#arrivals.admit(socket)) {
      socket.destroy()
      return
    }
    const from = socket.remoteAddress ?? ''
    const opening = this.#open(socket, {
      onOpen: (opened, wire, rest) => {
        this.#arrivals.end(opening)
        const { remote } = opened
        const reply = remote.role === 'client' ? this.#clients.replyTo(remote) : remote.address
        this.#connected(wire, opened, reply, false, rest)
      },
      onFailed: (error) => {
        this.#arrivals.end(opening)
        this.#handshakeFailed(from, error, 'warn')
      },
    })
    this.#arrivals.begin(opening)
    this.#wires.accept(socket, {
      ready: (wire, certified) => {
        wire.on('error', ignore)
        opening.start(new ListenerHandshake(this.#self(certified)), wire)
      },
      failed: (error, wire) => {
        wire?.on('error', ignore)
        opening.fail(error, wire)
      },
    })
  }

  /** @returns whether it was begun. */
  #dial(link: Link): boolean {
    const endpoint = parseAddress(link.address)
    if (endpoint === null) return false
    const { secrets, credentials, clock } = this.#settings
    try {
      if (secrets.length === 0 && credentials === null) needsSecret(endpoint, 'dial')
    } catch (error) {
      this.#report.event('error', 'dial-failed', link.address, error)
      link.failed(clock.now(), error as RaftedError)
      return false
    }
    const socket = this.#wires.dial(endpoint, (certified) =>
      opening.start(new DiallerHandshake(this.#self(certified), link.lane), socket),
    )
    socket.on('error', ignore)
    const opening = this.#open(socket, {
      onOpen: (opened, wire, rest) => this.#connected(wire, opened, link.address, true, rest),
      onFailed: (error) => {
        this.#handshakeFailed(link.address, error, link.failures === 0 ? 'warn' : 'debug')
        link.failed(clock.now(), error)
      },
    })
    return true
  }

  #open(socket: Socket, events: OpeningEvents): Opening {
    const done = (): void => {
      this.#openings.delete(opening)
      this.#watch.remove(opening)
    }
    const { clock, limits } = this.#settings
    const opening = new Opening({
      socket,
      clock,
      handshakeMs: limits.handshakeMs,
      events: {
        onOpen: (opened, wire, rest) => {
          done()
          events.onOpen(opened, wire, rest)
        },
        onFailed: (error) => {
          done()
          events.onFailed(error)
        },
      },
    })
    this.#openings.add(opening)
    this.#watch.add(opening)
    return opening
  }

  #connected(
    socket: Socket,
    { remote, seals }: Opened,
    reply: string,
    dialled: boolean,
    rest: Uint8Array,
  ): void {
    const { clock, limits } = this.#settings
    const sender: Sender = { name: remote.name, role: remote.role, reply }
    const connection = new Connection({
      socket,
      remote,
      sender,
      seals,
      dialled,
      clock,
      limits,
      report: this.#report,
      events: {
        onBatch: (from, batch) => this.#received(from, batch),
        onClosed: (closed) => this.#closed(closed),
      },
    })
    this.#connections.add(connection)
    this.#watch.add(connection)
    if (remote.role === 'client') this.#clients.attach(connection)
    else {
      this.#links.toAttach(reply, remote.lane).attach(connection)
      this.#peers.attach(connection)
    }
    if (rest.byteLength > 0) connection.take(rest)
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection)
    this.#watch.remove(connection)
    const { remote, sender } = connection
    if (remote.role === 'client') {
      this.#clients.detach(connection)
      return
    }
    const link = this.#links.known(sender.reply, remote.lane)
    link?.detach(connection, this.#settings.clock.now())
    if (link !== undefined) this.#links.forgetIfIdle(link)
    this.#peers.detach(connection)
  }

  #received({ sender }: Connection, batch: Uint8Array): void {
    if (this.#state !== 'open') return
    try {
      this.#events?.onBatch(sender, batch)
    } catch (error) {
      // Against its promise, and no reason to end the process or to hold it against the sender.
      this.#report.event('error', 'receiver-failed', sender.reply, error)
    }
  }

  #hint(name: string, state: 'up' | 'lost'): void {
    if (this.#state !== 'open' || name === this.#settings.name) return
    try {
      this.#events?.onPeer(name, state)
    } catch (error) {
      this.#report.event('error', 'receiver-failed', name, error)
    }
  }

  #unreachable(address: string, lane: Lane, error: RaftedError): void {
    if (this.#state !== 'open') return
    try {
      this.#events?.onUnreachable?.(address, lane, error)
    } catch (thrown) {
      this.#report.event('error', 'receiver-failed', address, thrown)
    }
  }

  #handshakeFailed(address: string, error: RaftedError, level: 'warn' | 'debug'): void {
    if (this.#state === 'closed') return
    this.#report.count('tcp_failed_handshakes')
    if (error.code === 'wrong-certificate') this.#report.count('tcp_wrong_certificates')
    this.#report.event(level, 'handshake-failed', address, error)
  }

  #self(certified: Certified): Self {
    const { cluster, name, role, secrets, limits, random, listen } = this.#settings
    return {
      role,
      secrets,
      certified,
      introduction: {
        withSecret: secrets.length > 0,
        largest: limits.maxBatchBytes,
        nonce: random.bytes(NONCE_BYTES),
        instance: this.#instance,
        cluster,
        name,
        address: listen === null ? '' : this.#address,
      },
    }
  }
}

/** Each socket has an owner that hears of its errors; this is for the moments between two of them. */
function ignore(): void {}

function cantListen(address: string, cause: NodeJS.ErrnoException): RaftedError {
  if (isRaftedError(cause)) return cause
  if (cause.code === 'EADDRINUSE')
    return refusal(
      'address-in-use',
      `${address} is taken. Stop the process that listens there, or choose another port.`,
      cause,
    )
  return refusal('invalid-argument', `${address} can't be listened on (${cause.message}). Correct it.`, cause)
}
