/** Every bound of this transport: what a peer, or somebody who is none, can make it keep or wait for. */
import { invalidArgument } from './refusal.ts'

/** What a peer, or somebody who is none, can make a transport keep or wait for. */
export interface TcpLimits {
  /** The largest batch, bytes; 2^30 at most. Default 16 MiB. A peer that takes less is sent less. */
  readonly maxBatchBytes: number
  /** Bytes that may wait for a peer on one lane, those in the socket's buffer included; more is dropped. Default 64 MiB. */
  readonly maxQueueBytes: number
  /** Addresses that are being dialled, are connected, or failed lately. Default 1024. */
  readonly maxAddresses: number
  /** Connections that others have dialled. Default 1024. */
  readonly maxConnections: number
  /** Of these, from one IP address. Default 256. */
  readonly maxConnectionsPerIp: number
  /** Of these, such as have not finished the handshake; the oldest makes room. Default 64. */
  readonly maxUnauthenticated: number
  /** Milliseconds for connecting and the handshake. What waits for a connection is never older. Default 3000. */
  readonly handshakeMs: number
  /** A peer that has said nothing for so many milliseconds is given up; at least 2500. Default 5000. */
  readonly silenceMs: number
  /** Milliseconds that one frame may take, beyond a second for each 64,000 bytes of it. Default 10,000. */
  readonly frameMs: number
}

const DEFAULTS: TcpLimits = {
  maxBatchBytes: 16 * 1024 * 1024,
  maxQueueBytes: 64 * 1024 * 1024,
  maxAddresses: 1024,
  maxConnections: 1024,
  maxConnectionsPerIp: 256,
  maxUnauthenticated: 64,
  handshakeMs: 3000,
  silenceMs: 5000,
  frameMs: 10_000,
}

/** The highest bit of a frame's length is taken, and nobody needs the one below. */
const LARGEST_BATCH = 2 ** 30

/** @throws {RaftedError} `invalid-argument` */
export function limitsOf(given: { readonly [K in keyof TcpLimits]?: TcpLimits[K] | undefined }): TcpLimits {
  const limit = (name: keyof TcpLimits, least = 1, most = 2 ** 31 - 1): number => {
    const value = given[name] ?? DEFAULTS[name]
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw invalidArgument(`${name} is ${value}. Give an integer from ${least} to ${most}.`)
    return value
  }
  const limits: TcpLimits = {
    maxBatchBytes: limit('maxBatchBytes', 1, LARGEST_BATCH),
    maxQueueBytes: limit('maxQueueBytes', 1, Number.MAX_SAFE_INTEGER),
    maxAddresses: limit('maxAddresses'),
    maxConnections: limit('maxConnections'),
    maxConnectionsPerIp: limit('maxConnectionsPerIp'),
    maxUnauthenticated: limit('maxUnauthenticated'),
    handshakeMs: limit('handshakeMs'),
    silenceMs: limit('silenceMs', 2500),
    frameMs: limit('frameMs'),
  }
  if (limits.maxQueueBytes < limits.maxBatchBytes)
    throw invalidArgument(
      `maxQueueBytes is ${limits.maxQueueBytes}, less than maxBatchBytes (${limits.maxBatchBytes}): the largest batch would never leave. Raise it.`,
    )
  return limits
}
