/** What a transport is made with, checked once, and every bound of it. */
import type { Clock, Observer, Random, Sender } from '@rafted/contracts'
import { looksLikeClient } from './address.ts'
import type { NatsConnection } from './nats-connection.ts'
import { invalidArgument } from './refusal.ts'
import { isName } from './token.ts'

/** Every bound of the transport: what others can make it keep or wait for. */
export interface NatsLimits {
  /** The largest batch, bytes; 2^30 at most. Default 16 MiB. What the server takes at a time may be less: it goes in parts. */
  readonly maxBatchBytes: number
  /** Bytes that may wait for one address on one lane, those that the server has not taken yet included; more is dropped. Default 64 MiB. */
  readonly maxQueueBytes: number
  /** Addresses that something is sent to, on each lane. Default 1024. */
  readonly maxAddresses: number
  /** Bytes of batches of which parts are missing, of hosts; clients have as many. Default 64 MiB. */
  readonly maxPartialBytes: number
  /** A batch of which no part has come for so many milliseconds is given up. Default 10,000. */
  readonly partialMs: number
  /** A peer that has said nothing for so many milliseconds is given up; at least 2500. Default 5000. */
  readonly silenceMs: number
}

/** Who a transport is, and over what it speaks. */
export interface NatsIdentity {
  /** The user's connection, open. This transport neither opens nor closes it. */
  readonly nats: NatsConnection
  /** The host id, or the client's name: 1 to 255 bytes of UTF-8. */
  readonly name: string
  /** `peer` for a host, `client` for others. */
  readonly role: Sender['role']
  /** The cluster's name, 1 to 255 bytes: hosts of different clusters don't talk. */
  readonly cluster: string
  readonly clock: Clock
  readonly random: Random
  /** Is told of what is wrong (`transport`), and of the counters in docs/nats-transport.md. */
  readonly observer?: Observer | undefined
}

/** Who it is, and those of its bounds that are to be others than usual. */
export type NatsTransportOptions = NatsIdentity & {
  readonly [K in keyof NatsLimits]?: NatsLimits[K] | undefined
}

export interface Settings extends Omit<NatsIdentity, 'observer'> {
  readonly observer: Observer | null
  readonly limits: NatsLimits
}

const DEFAULTS: NatsLimits = {
  maxBatchBytes: 16 * 1024 * 1024,
  maxQueueBytes: 64 * 1024 * 1024,
  maxAddresses: 1024,
  maxPartialBytes: 64 * 1024 * 1024,
  partialMs: 10_000,
  silenceMs: 5000,
}

const LARGEST_BATCH = 2 ** 30

/** @throws {RaftedError} `invalid-argument` */
export function settingsOf(options: NatsTransportOptions): Settings {
  const { nats, name, role, cluster, clock, random } = options
  if (typeof nats?.publish !== 'function' || typeof nats.status !== 'function')
    throw invalidArgument(
      "`nats` must be an open connection. Write: nats: await connect({ servers: 'nats:4222' })",
    )
  if (role !== 'peer' && role !== 'client')
    throw invalidArgument(`The role is ${String(role)}. It is 'peer' for a host, 'client' for others.`)
  for (const [what, text] of [
    ['name', name],
    ['cluster', cluster],
  ] as const)
    if (!isName(text))
      throw invalidArgument(`The ${what} is ${JSON.stringify(text)}. Give a text of 1 to 255 bytes.`)
  if (role === 'peer' && looksLikeClient(name))
    throw invalidArgument(`A host can't be named "${name}": addresses of clients begin like that.`)
  return {
    nats,
    name,
    role,
    cluster,
    clock,
    random,
    observer: options.observer ?? null,
    limits: limitsOf(options),
  }
}

function limitsOf(given: { readonly [K in keyof NatsLimits]?: NatsLimits[K] | undefined }): NatsLimits {
  const limit = (name: keyof NatsLimits, least = 1, most = 2 ** 31 - 1): number => {
    const value = given[name] ?? DEFAULTS[name]
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw invalidArgument(`${name} is ${value}. Give an integer from ${least} to ${most}.`)
    return value
  }
  const maxBatchBytes = limit('maxBatchBytes', 1, LARGEST_BATCH)
  return {
    maxBatchBytes,
    // The largest batch must be able to leave, and to arrive.
    maxQueueBytes: limit('maxQueueBytes', maxBatchBytes, Number.MAX_SAFE_INTEGER),
    maxPartialBytes: limit('maxPartialBytes', maxBatchBytes, Number.MAX_SAFE_INTEGER),
    maxAddresses: limit('maxAddresses'),
    partialMs: limit('partialMs'),
    silenceMs: limit('silenceMs', 2500),
  }
}
