/** What a transport is made with, checked once. */
import type { Clock, Observer, Random, Sender } from '@rafted/contracts'
import { type Endpoint, formatAddress, isEveryInterface, isHostName, parseAddress } from './address.ts'
import { Credentials } from './credentials.ts'
import { limitsOf, type TcpLimits } from './limits.ts'
import type { TcpIdentity, TcpTransportOptions } from './options.ts'
import { invalidArgument } from './refusal.ts'
import { checkSecrets, needsSecret } from './secret.ts'

export interface Settings {
  readonly name: string
  readonly role: Sender['role']
  readonly cluster: string
  readonly listen: Endpoint | null
  /** Null if the address that is listened on is the one to dial. */
  readonly advertise: string | null
  /** None, one, or two: the first is used, the other accepted as well. */
  readonly secrets: readonly Uint8Array[]
  /** Null without TLS. */
  readonly credentials: Credentials | null
  readonly limits: TcpLimits
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer | null
}

/** @throws {RaftedError} `invalid-argument` */
export function settingsOf(options: TcpTransportOptions): Settings {
  const { role, clock, random } = options
  const name = shortText('name', options.name)
  const cluster = shortText('cluster', options.cluster)
  if (role !== 'peer' && role !== 'client')
    throw invalidArgument(`The role is ${String(role)}. It is 'peer' for a host, 'client' for others.`)
  const secrets = checkSecrets(options.secret)
  const listen = endpointOf(options.listen)
  if ((role === 'peer') !== (listen !== null))
    throw invalidArgument(
      role === 'peer'
        ? `Host "${name}" has nowhere to listen. Add: listen: '127.0.0.1:7000'`
        : `Client "${name}" is to listen, but clients only dial. Write: listen: null`,
    )
  const { tls } = options
  if (listen !== null && secrets.length === 0 && tls === undefined) needsSecret(listen, 'listen')
  const advertise = advertised(name, listen, options.advertise)
  return {
    name,
    role,
    cluster,
    listen,
    advertise,
    secrets,
    credentials: tls === undefined ? null : new Credentials(tls, { cluster, role, name }, clock),
    limits: limitsOf(options),
    clock,
    random,
    observer: options.observer ?? null,
  }
}

function shortText(what: string, text: string): string {
  const bytes = typeof text === 'string' ? Buffer.byteLength(text) : 0
  if (bytes < 1 || bytes > 255 || Buffer.from(text).toString() !== text)
    throw invalidArgument(`The ${what} is ${JSON.stringify(text)}. Give a text of 1 to 255 bytes.`)
  return text
}

function endpointOf(listen: TcpIdentity['listen']): Endpoint | null {
  // Options come from the environment of a program, which may have forgotten them.
  if (listen === null || listen === undefined) return null
  const text = typeof listen === 'string' ? listen : formatAddress(listen)
  const endpoint = parseAddress(text, 0)
  if (endpoint === null)
    throw invalidArgument(
      `"${text}" is no address to listen on. Write it like this: listen: '127.0.0.1:7000'`,
    )
  return endpoint
}

function advertised(name: string, listen: Endpoint | null, given: string | undefined): string | null {
  if (listen === null) return null
  if (given === undefined) {
    if (!isEveryInterface(listen.host)) return null
    // An address with port 0 would be known only once it listens, and to nobody else.
    if (listen.port !== 0 && isHostName(name)) return formatAddress({ host: name, port: listen.port })
    throw invalidArgument(
      `Host "${name}" listens on every interface, which is no address to dial. Add: advertise: 'a:7000'`,
    )
  }
  const endpoint = parseAddress(given)
  if (endpoint === null || isEveryInterface(endpoint.host))
    throw invalidArgument(`"${given}" is no address to dial. Write it like this: advertise: 'a:7000'`)
  return given
}
