/** The bytes of the handshake: four messages, each with a head that is the same in all versions. docs/tcp-protocol.md */
import type { Lane, Sender } from '@rafted/contracts'
import { badBytes } from './refusal.ts'

/** The letters `RFTH`, lowest byte first. */
export const MAGIC = 0x48544652
export const HEAD_BYTES = 11
export const MOST_BODY_BYTES = 1024
/** The versions of this protocol that this side speaks. */
export const VERSIONS: readonly [oldest: number, newest: number] = [1, 1]

export const NONCE_BYTES = 32
export const INSTANCE_BYTES = 16
export const PROOF_BYTES = 32

/** In the order of the handshake. */
export const Kind = { hello: 1, challenge: 2, proof: 3, accepted: 4, refused: 5 } as const

/** Why the other side refuses, as far as it says. */
export const Refused = { version: 1, cluster: 2, secret: 3, busy: 4, certificate: 5 } as const

/** What a record of TLS may begin with where a connection does: an alert, or a handshake. */
const TLS_RECORDS: readonly number[] = [21, 22]

const LANES: readonly Lane[] = ['urgent', 'bulk']
const ROLES: readonly Sender['role'][] = ['peer', 'client']

export interface Message {
  readonly kind: number
  readonly versions: readonly [oldest: number, newest: number]
  readonly body: Uint8Array
  /** Head and body as they travelled: what proofs are about. */
  readonly bytes: Uint8Array
}

/** What either side says of itself. */
export interface Introduction {
  readonly withSecret: boolean
  /** The largest batch it takes, bytes. */
  readonly largest: number
  readonly nonce: Uint8Array
  /** Drawn when the transport was made: tells a host that was restarted from one that is still there. */
  readonly instance: Uint8Array
  readonly cluster: string
  readonly name: string
  /** Where it can be dialled; empty for a client. */
  readonly address: string
}

export interface Hello extends Introduction {
  readonly lane: Lane
  readonly role: Sender['role']
}

export interface Challenge extends Introduction {
  /** The version that both sides go on with. */
  readonly version: number
}

export function encodeMessage(kind: number, body: Uint8Array, versions = VERSIONS): Uint8Array {
  const bytes = Buffer.alloc(HEAD_BYTES + body.byteLength)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt8(kind, 4)
  bytes.writeUInt16LE(versions[0], 5)
  bytes.writeUInt16LE(versions[1], 7)
  bytes.writeUInt16LE(body.byteLength, 9)
  bytes.set(body, HEAD_BYTES)
  return bytes
}

export function encodeHello(hello: Hello): Uint8Array {
  const start = Buffer.from([LANES.indexOf(hello.lane) + 1, ROLES.indexOf(hello.role) + 1])
  return encodeMessage(Kind.hello, Buffer.concat([start, introduction(hello)]))
}

export function encodeChallenge(challenge: Challenge): Uint8Array {
  const version = Buffer.alloc(2)
  version.writeUInt16LE(challenge.version)
  return encodeMessage(Kind.challenge, Buffer.concat([version, introduction(challenge)]))
}

function introduction(of: Introduction): Buffer {
  const start = Buffer.alloc(5)
  start.writeUInt8(of.withSecret ? 1 : 0, 0)
  start.writeUInt32LE(of.largest, 1)
  return Buffer.concat([start, of.nonce, of.instance, text(of.cluster), text(of.name), text(of.address)])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.byteLength]), bytes])
}

/**
 * @returns the message that `bytes` begin with, or null if there is more of it to come.
 * @throws {RaftedError} `bad-bytes` as soon as they can't be one.
 */
export function messageIn(bytes: Buffer): Message | null {
  const magic = Buffer.alloc(4)
  magic.writeUInt32LE(MAGIC)
  const known = Math.min(4, bytes.byteLength)
  if (bytes.compare(magic, 0, known, 0, known) !== 0)
    throw badBytes(
      TLS_RECORDS.includes(bytes[0]!)
        ? 'The other side speaks TLS, and this side has none. Give it `tls`.'
        : 'The bytes are not those of this protocol: something else dialled, or was dialled.',
    )
  if (bytes.byteLength < HEAD_BYTES) return null
  const end = HEAD_BYTES + bytes.readUInt16LE(9)
  if (end > HEAD_BYTES + MOST_BODY_BYTES) throw badBytes(`A message of the handshake has ${end} bytes.`)
  if (bytes.byteLength < end) return null
  return {
    kind: bytes.readUInt8(4),
    versions: [bytes.readUInt16LE(5), bytes.readUInt16LE(7)],
    body: bytes.subarray(HEAD_BYTES, end),
    bytes: bytes.subarray(0, end),
  }
}

/** @throws {RaftedError} `bad-bytes` */
export function decodeHello({ body }: Message): Hello {
  const taker = new Taker(body)
  const lane = LANES[taker.uint(1) - 1]
  const role = ROLES[taker.uint(1) - 1]
  if (lane === undefined || role === undefined) throw badBytes('A hello names no lane or no role.')
  return { lane, role, ...taker.introduction() }
}

/** @throws {RaftedError} `bad-bytes` */
export function decodeChallenge({ body }: Message): Challenge {
  const taker = new Taker(body)
  return { version: taker.uint(2), ...taker.introduction() }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Takes a body apart. What comes after the known fields belongs to later versions; proofs cover it. */
class Taker {
  readonly #bytes: Buffer
  #at = 0

  constructor(body: Uint8Array) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  }

  introduction(): Introduction {
    const withSecret = this.uint(1)
    if (withSecret > 1) throw badBytes('A message of the handshake says neither yes nor no.')
    return {
      withSecret: withSecret === 1,
      largest: this.uint(4),
      nonce: this.take(NONCE_BYTES),
      instance: this.take(INSTANCE_BYTES),
      cluster: this.text(),
      name: this.text(),
      address: this.text(),
    }
  }

  uint(size: number): number {
    return Buffer.from(this.take(size)).readUIntLE(0, size)
  }

  take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.byteLength) throw badBytes('A message of the handshake is cut short.')
    this.#at += count
    return new Uint8Array(this.#bytes.subarray(this.#at - count, this.#at))
  }

  text(): string {
    try {
      return utf8.decode(this.take(this.uint(1)))
    } catch (error) {
      if (error instanceof TypeError) throw badBytes('A text of the handshake is not UTF-8.')
      throw error
    }
  }
}
