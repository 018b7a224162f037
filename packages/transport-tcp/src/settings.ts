/** What a transport is made with, checked once. */
import type { Clock, Observer, Random, Sender } from '@rafted/contracts'
import { type Endpoint, formatAddress, isEveryInterface, isHostName, parseAddress } from './address.ts'
import { limitsOf, type TcpLimits } from './limits.ts'
import { invalidArgument } from './refusal.ts'
import { checkSecrets, needsSecret, type Secrets } from './secret.ts'

export type TcpTransportOptions = TcpIdentity & { readonly [K in keyof TcpLimits]?: TcpLimits[K] | undefined }

export interface TcpIdentity {
  /** The host id, or the client's name: 1 to 255 bytes of UTF-8. */
  readonly name: string
  /** `peer` for a host, which listens; `client` for one that only dials. */
  readonly role: Sender['role']
  /** The cluster's name, 1 to 255 bytes. Guards against wrong wiring; it is no secret. */
  readonly cluster: string
  /** Where to listen: `host:port` (`[::1]:7000` for IPv6; port 0 for any), or null for a client. */
  readonly listen: string | Endpoint | null
  /**
   * The address others dial, if it isn't the one listened on. A host that listens on every interface (`0.0.0.0`, `::`) and
   * doesn't say is advertised as its name with the port.
   */
  readonly advertise?: string | undefined
  /**
   * What all hosts and clients of the cluster know and nobody else: at least 16 bytes, best 32 random ones. Two of them while it is changed: the first is
   * what this side proves itself by, the other is accepted as well.
   */
  readonly secret?: Secrets | undefined
  readonly clock: Clock
  readonly random: Random
  /** Is told of refused peers and failed dials (`transport`), and of the counters in docs/tcp-protocol.md. */
  readonly observer?: Observer | undefined
}

export interface Settings {
  readonly name: string
  readonly role: Sender['role']
  readonly cluster: string
  readonly listen: Endpoint | null
  /** Null if the address that is listened on is the one to dial. */
  readonly advertise: string | null
  /** None, one, or two: the first is used, the other accepted as well. */
  readonly secrets: readonly Uint8Array[]
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
  if (listen !== null && secrets.length === 0) needsSecret(listen, 'listen')
  const advertise = advertised(name, listen, options.advertise)
  return {
    name,
    role,
    cluster,
    listen,
    advertise,
    secrets,
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
