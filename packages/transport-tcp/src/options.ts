/** What a transport is made with. */
import type { Clock, Observer, Random, Sender } from '@rafted/contracts'
import type { Endpoint } from './address.ts'
import type { TcpLimits } from './limits.ts'
import type { Secrets } from './secret.ts'
import type { Tls } from './tls-options.ts'

/** Who a transport is, and those of its bounds that are to be others than usual. */
export type TcpTransportOptions = TcpIdentity & { readonly [K in keyof TcpLimits]?: TcpLimits[K] | undefined }

/** Who a transport is, where it is reached, and how it proves itself. */
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
  /**
   * TLS 1.3, in which both sides show certificates of the cluster's own authority that name them. Beside a secret or in its place; where it is, all hosts and
   * clients of the cluster have it.
   */
  readonly tls?: Tls | undefined
  readonly clock: Clock
  readonly random: Random
  /** Is told of refused peers and failed dials (`transport`), and of the counters in docs/tcp-protocol.md. */
  readonly observer?: Observer | undefined
}
