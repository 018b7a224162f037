/** Dials a host and speaks docs/tcp-protocol.md by hand, as far as wanted, so that any byte of it can be another one. */
import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { SeededRandom } from '@rafted/testing'
import { CLUSTER, SECRET } from './knowledge.ts'

const HEAD_BYTES = 11
const NOTHING = new Uint8Array(0)

export const u16 = (value: number): Uint8Array => Uint8Array.of(value & 255, value >> 8)
export const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24)

const text = (value: string): Buffer =>
  Buffer.concat([Uint8Array.of(Buffer.byteLength(value)), Buffer.from(value)])

function message(kind: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('RFTH'), Uint8Array.of(kind), u16(1), u16(1), u16(body.byteLength), body])
}

export interface Dialled {
  readonly name: string
  readonly address: string
  /** 1 for a host, 2 for a client. */
  readonly role: number
}

export function helloOf({ name, address, role }: Dialled, random: SeededRandom): Buffer {
  const introduction = [Uint8Array.of(1), u32(1024 * 1024), random.bytes(32), random.bytes(16)]
  return message(
    1,
    Buffer.concat([Uint8Array.of(1, role), ...introduction, text(CLUSTER), text(name), text(address)]),
  )
}

export class TcpDialler {
  readonly #socket: Socket
  /** Resolves when it is closed, whoever closes it. */
  readonly closed: Promise<void>
  #received: Buffer = Buffer.alloc(0)
  #waiting: (() => void) | null = null
  #isClosed = false
  #key: Uint8Array = NOTHING
  #frames = 0

  constructor(address: string) {
    const [host, port] = address.split(':') as [string, string]
    this.#socket = connect({ host, port: Number(port), noDelay: true })
    this.#socket.on('error', () => {})
    this.#socket.on('data', (chunk) => {
      // What comes once it is in is read, and not kept.
      if (this.#key === NOTHING) this.#received = Buffer.concat([this.#received, chunk])
      this.#waiting?.()
    })
    this.closed = new Promise((resolve) =>
      this.#socket.once('close', () => {
        this.#isClosed = true
        this.#waiting?.()
        resolve()
      }),
    )
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Closes it at once, so that nothing of it is left. */
  drop(): void {
    this.#socket.resetAndDestroy()
  }

  /** Closes it as an honest one does: what was said is read. */
  end(): void {
    this.#socket.end()
  }

  /** @returns the next message of the other side, with its head; null if there is none any more. */
  async #next(): Promise<Buffer | null> {
    for (;;) {
      const bytes = this.#received
      const end =
        bytes.byteLength < HEAD_BYTES ? Number.POSITIVE_INFINITY : HEAD_BYTES + bytes.readUInt16LE(9)
      if (bytes.byteLength >= end) {
        this.#received = bytes.subarray(end)
        return bytes.subarray(0, end)
      }
      if (this.#isClosed) return null
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
  }

  /**
   * Says who it is, and proves it.
   * @param changed of the proof it sends.
   * @returns whether it is in.
   */
  async shakeHands(
    hello: Buffer,
    changed: (proof: Buffer) => Uint8Array = (proof) => proof,
  ): Promise<boolean> {
    this.write(hello)
    const challenge = await this.#next()
    if (challenge === null || challenge[4] !== 2) return false
    const mac = createHmac('sha256', SECRET).update('rafted tcp handshake, proof of the dialler\n')
    this.write(changed(message(3, mac.update(hello).update(challenge).digest())))
    const accepted = await this.#next()
    if (accepted === null || accepted[4] !== 4) return false
    const salt = createHash('sha256').update(hello).update(challenge).digest()
    this.#key = new Uint8Array(hkdfSync('sha256', SECRET, salt, 'rafted tcp batches of the dialler\n', 32))
    return true
  }

  /** A frame as it travels, with its seal. */
  frame(batch: Uint8Array): Buffer {
    const count = Buffer.alloc(8)
    count.writeUInt32LE(this.#frames++)
    const length = u32(batch.byteLength)
    const seal = createHmac('sha256', this.#key).update(count).update(length).update(batch).digest()
    return Buffer.concat([length, batch, seal.subarray(0, 16)])
  }
}
