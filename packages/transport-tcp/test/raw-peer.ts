/** Somebody who speaks the protocol by hand, as far as the test wants, on either side of a connection. */
import { connect, createServer, type Socket } from 'node:net'
import type { Lane, Sender } from '@rafted/contracts'
import { realRandom } from '@rafted/contracts/node'
import { formatAddress, parseAddress } from '../src/address.ts'
import { ALIVE } from '../src/frames.ts'
import { messageIn } from '../src/greeting.ts'
import { DiallerHandshake, type Handshake, ListenerHandshake, type Self } from '../src/handshake.ts'
import type { BothSeals } from '../src/seals.ts'
import { afterwards, SECRET } from './end.ts'
import { until } from './until.ts'

export function selfOf(
  name: string,
  changes: Partial<Self['introduction']> & { role?: Sender['role']; secret?: string | string[] | null } = {},
): Self {
  const { role = 'peer', secret = SECRET, ...introduction } = changes
  const secrets = [secret ?? []].flat().map((one) => Buffer.from(one))
  return {
    role,
    secrets,
    certified: null,
    introduction: {
      withSecret: secrets.length > 0,
      largest: 1024 * 1024,
      nonce: realRandom.bytes(32),
      instance: realRandom.bytes(16),
      cluster: 'shop',
      name,
      address: role === 'client' ? '' : '127.0.0.1:9',
      ...introduction,
    },
  }
}

export class RawPeer {
  readonly socket: Socket
  #received: Buffer = Buffer.alloc(0)
  closed = false
  seals: BothSeals | null = null

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
    })
    afterwards(() => socket.destroy())
  }

  static async dial(address: string): Promise<RawPeer> {
    const peer = new RawPeer(connect({ ...parseAddress(address)!, noDelay: true }))
    await until(() => peer.socket.readyState === 'open' || peer.closed)
    return peer
  }

  /** Dials and gets in. */
  static async in(address: string, self = selfOf('raw'), lane: Lane = 'urgent'): Promise<RawPeer> {
    const peer = await RawPeer.dial(address)
    await peer.shakeHands(new DiallerHandshake(self, lane))
    return peer
  }

  get received(): Buffer {
    return this.#received
  }

  async shakeHands(handshake: Handshake): Promise<void> {
    if (handshake.first !== null) this.socket.write(handshake.first)
    for (;;) {
      await until(() => messageIn(this.#received) !== null || this.closed)
      const message = messageIn(this.#received)
      if (message === null) throw new Error('closed during the handshake')
      this.#received = this.#received.subarray(message.bytes.byteLength)
      const { send, opened } = handshake.take(message)
      if (send !== null) this.socket.write(send)
      if (opened === null) continue
      this.seals = opened.seals
      return
    }
  }

  /** Numbers are headers. A whole frame gets its seal. */
  write(...parts: (Uint8Array | number)[]): void {
    for (const [i, part] of parts.entries()) {
      this.socket.write(typeof part === 'number' ? header(part) : part)
      const length = parts[i - 1]
      if (part === ALIVE) this.#seal(ALIVE, new Uint8Array(0))
      else if (typeof part !== 'number' && part.byteLength === length) this.#seal(length, part)
    }
  }

  #seal(length: number, batch: Uint8Array): void {
    if (this.seals !== null) this.socket.write(this.seals.outbound.make(header(length), batch))
  }
}

/** One that is dialled: it does with each connection what it is told to. */
export async function rawListener(
  onPeer: (peer: RawPeer, count: number) => void,
): Promise<{ readonly address: string; readonly count: () => number }> {
  let count = 0
  const server = createServer((socket) => onPeer(new RawPeer(socket), ++count))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterwards(() => server.close())
  const { port } = server.address() as { port: number }
  return { address: formatAddress({ host: '127.0.0.1', port }), count: () => count }
}

export const listening = (name: string, changes: Parameters<typeof selfOf>[1] = {}): ListenerHandshake =>
  new ListenerHandshake(selfOf(name, changes))

export function header(length: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(length)
  return bytes
}
