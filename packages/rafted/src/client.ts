/** A client that lives in no host, over TCP. */
import { type Client, openClient, type WaitingLimits } from '@rafted/client'
import { drawId, type Observer, observers } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import { checkAddress, type Secrets, type Tls, tcpTransport } from '@rafted/transport-tcp'

/** What `createClient` is told. */
export interface ClientOptions {
  /** The name of the cluster, as its hosts have it. */
  readonly cluster: string
  /** Hosts to ask for groups, some of them at least; or what gives them, as `discover` does. */
  readonly addresses: readonly string[] | ((group: string) => readonly string[])
  /** As of a host. */
  readonly secret?: Secrets | undefined
  /** As of a host. The certificate names the client: `certificateName(cluster, 'client', name)`. */
  readonly tls?: Tls | undefined
  /** Its name, for people who look for who sent something; with `tls` that of its certificate. Default: drawn. */
  readonly name?: string | undefined
  /** Milliseconds a call may take, retries included, unless it says otherwise (`with({ timeoutMs })`). Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** How much may wait where the client holds as much as it may. Default: nothing, such calls are refused (`overloaded`). */
  readonly waiting?: WaitingLimits | undefined
  readonly observer?: Observer | undefined
}

/** A client that lives in no host. Dials nobody before it is used. @throws {RaftedError} `invalid-argument`. */
export async function createClient(options: ClientOptions): Promise<Client> {
  const { cluster, addresses, secret, tls, name = drawId(realRandom) } = options
  const observer = observers(nodeObserver(), options.observer)
  const seams = { clock: realClock, random: realRandom, observer }
  const transport = tcpTransport({ name, role: 'client', cluster, listen: null, secret, tls, ...seams })
  if (Array.isArray(addresses)) for (const address of addresses) checkAddress(address, { secret, tls })
  const { timeoutMs, waiting } = options
  return openClient({ transport, cluster, name, addresses, timeoutMs, waiting, ...seams })
}
