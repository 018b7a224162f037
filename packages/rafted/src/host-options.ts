/** What a host is told at the beginning. */
import type { Observer } from '@rafted/contracts'
import type { Authorise } from '@rafted/host'
import type { Secrets, Tls } from '@rafted/transport-tcp'

/** What `openHost` is told: who the host is, where others reach it, and where it keeps what it must not lose. */
export interface HostOptions {
  /** The name you give this host: stable over restarts, its own in the cluster. */
  readonly id: string
  /** The name of the cluster, the same everywhere: it guards against wrong wiring. */
  readonly cluster: string
  /** Where to listen, `host:port`. */
  readonly listen: string
  /** The address others dial, if it isn't `listen`. On every interface (`0.0.0.0`) it is the id with the port, unless it is given. */
  readonly advertise?: string | undefined
  /** The directory of this host and of no other. Made if it is missing. */
  readonly dir: string
  /** What all hosts and clients of the cluster know and nobody else, at least 16 bytes; two as long as it is being changed, the one in use first. It or `tls` is needed wherever others can reach the address. */
  readonly secret?: Secrets | undefined
  /**
   * TLS 1.3 with certificates on both sides: the key, the certificate, which names this host (`certificateName(cluster, 'host', id)`), and the authority of the
   * cluster; or a function that gives them, asked again as connections are made. docs/security.md
   */
  readonly tls?: Tls | undefined
  /** Asked of each request of a client: whether that client may do this with that group. Default: all may do everything. docs/security.md */
  readonly authorise?: Authorise | undefined
  readonly observer?: Observer | undefined
  /** The disk is slow when it takes longer than this for an answer, milliseconds; told once that goes on (`slow-disk`). Default 500. */
  readonly slowDiskMs?: number | undefined
}

/** Of a host in a worker: what may be named by its module, since functions don't cross. */
export const mayBeExports = ['tls', 'authorise'] as const
