/** Rafted over processes: files, TCP, host and client put together. */
import { type Client, createClient as createBareClient, HostWithClient, openClient } from '@rafted/client'
import { drawId, type Observer, observers } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import {
  type CreateGroupOptions,
  EventHub,
  type GroupOptions,
  type LeaveOptions,
  openHost as openBareHost,
} from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { checkAddress, type Secrets, tcpTransport } from '@rafted/transport-tcp'

export type {
  ChangeMembershipOptions,
  ChangeOptions,
  ChangeSettingsOptions,
  Client,
  PlacedConfiguration,
  WantedMembers,
} from '@rafted/client'
export * from '@rafted/contracts'
export type {
  CloseOptions,
  CreateGroupOptions,
  GroupOptions,
  Hooks,
  LeaveOptions,
  MemberSettings,
} from '@rafted/host'
export type { GroupSettings, MemberStatus, PlacedSettings } from '@rafted/wire'

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
  /** What all hosts and clients of the cluster know and nobody else, at least 16 bytes; two while it is changed, the one in use first. Needed wherever others can reach the address. */
  readonly secret?: Secrets | undefined
  readonly observer?: Observer | undefined
  /** The disk is slow when it takes longer than this for an answer, milliseconds; told once that goes on (`slow-disk`). Default 500. */
  readonly slowDiskMs?: number | undefined
}

/**
 * A host with a client of its own.
 * @throws {RaftedError} `invalid-argument`, `address-in-use`; `directory-in-use`, `wrong-directory`, `damaged-storage`,
 * `version-mismatch` for the directory.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const { id, cluster, listen, advertise, dir, secret, slowDiskMs } = options
  const observer = new EventHub(realClock, observers(nodeObserver(), options.observer))
  const seams = { clock: realClock, random: realRandom, observer }
  const transport = tcpTransport({ name: id, role: 'peer', cluster, listen, advertise, secret, ...seams })
  const { logs, snapshots } = await openFileStorage({ path: dir, cluster, host: id, ...seams })
  const bare = { id, cluster, transport, logs, snapshots, durable: true, slowDiskMs, ...seams }
  const host = await openBareHost(bare)
  const addresses = (group: string): string[] => host.addresses(group)
  return new HostWithClient(host, createBareClient({ link: host.link, addresses, ...seams }))
}

export interface ClientOptions {
  readonly cluster: string
  /** Hosts to ask for groups, some of them at least. */
  readonly addresses: readonly string[]
  readonly secret?: Secrets | undefined
  /** Its name, for people who look for who sent something. Default: drawn. */
  readonly name?: string | undefined
  readonly observer?: Observer | undefined
}

/** A client that lives in no host. Dials nobody before it is used. @throws {RaftedError} `invalid-argument`. */
export async function createClient(options: ClientOptions): Promise<Client> {
  const { cluster, addresses, secret, name = drawId(realRandom) } = options
  const observer = observers(nodeObserver(), options.observer)
  const seams = { clock: realClock, random: realRandom, observer }
  const transport = tcpTransport({ name, role: 'client', cluster, listen: null, secret, ...seams })
  if (Array.isArray(addresses)) for (const address of addresses) checkAddress(address, { secret })
  return openClient({ transport, cluster, name, addresses, ...seams })
}

/** Host and client in one. What the group acknowledged is on the disks of a majority. */
export type Host = HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions>
