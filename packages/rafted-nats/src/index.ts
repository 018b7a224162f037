/** Rafted over NATS: files, the user's connection, host and client put together. */
import { type Client, createClient as createBareClient, HostWithClient, openClient } from '@rafted/client'
import { drawId, type Observer, observers } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import {
  type Authorise,
  type CreateGroupOptions,
  EventHub,
  type GroupOptions,
  type LeaveOptions,
  openHost as openBareHost,
} from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { type NatsConnection, natsTransport } from '@rafted/transport-nats'

export type {
  ChangeMembershipOptions,
  ChangeOptions,
  Client,
  PlacedConfiguration,
  WantedMembers,
} from '@rafted/client'
export * from '@rafted/contracts'
export type {
  AskingClient,
  Authorise,
  CloseOptions,
  CreateGroupOptions,
  GroupHealth,
  GroupOptions,
  Health,
  HealthOptions,
  Hooks,
  LeaveOptions,
  MemberSettings,
  ProbeAnswer,
  Probed,
  Right,
} from '@rafted/host'
export { probe, probes } from '@rafted/host'
export {
  clientPermissions,
  hostPermissions,
  type NatsConnection,
  type NatsPermissions,
} from '@rafted/transport-nats'
export type { MemberStatus } from '@rafted/wire'

export interface HostOptions {
  /** The name you give this host: stable over restarts, its own in the cluster. It is also its address. */
  readonly id: string
  /** The name of the cluster, the same everywhere: hosts of different clusters don't talk. */
  readonly cluster: string
  /** The directory of this host and of no other. Made if it is missing. */
  readonly dir: string
  /** Your connection, open, with `maxReconnectAttempts: -1`. It is yours to close, after the host. */
  readonly nats: NatsConnection
  /** Asked of each request of a client: whether that client may do this with that group. Default: all may do everything. docs/security.md */
  readonly authorise?: Authorise | undefined
  readonly observer?: Observer | undefined
  /** The disk is slow when it takes longer than this for an answer, milliseconds; told once that goes on (`slow-disk`). Default 500. */
  readonly slowDiskMs?: number | undefined
}

/**
 * A host with a client of its own.
 * @throws {RaftedError} `invalid-argument`, `address-in-use`, `unreachable` for the connection; `directory-in-use`, `wrong-directory`,
 * `damaged-storage`, `version-mismatch` for the directory.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const { id, cluster, dir, nats, slowDiskMs, authorise } = options
  const observer = new EventHub(realClock, observers(nodeObserver(), options.observer))
  const seams = { clock: realClock, random: realRandom, observer }
  const transport = natsTransport({ nats, name: id, role: 'peer', cluster, ...seams })
  const { logs, snapshots } = await openFileStorage({ path: dir, cluster, host: id, ...seams })
  const bare = { id, cluster, transport, logs, snapshots, durable: true, slowDiskMs, authorise }
  const host = await openBareHost({ ...bare, ...seams })
  const addresses = (group: string): string[] => host.addresses(group)
  return new HostWithClient(host, createBareClient({ link: host.link, addresses, ...seams }))
}

export interface ClientOptions {
  readonly cluster: string
  /** Hosts to ask for groups, by their ids, some of them at least. */
  readonly addresses: readonly string[]
  /** Your connection, open. It is yours to close, after the client. */
  readonly nats: NatsConnection
  /** Its name, where rights are given by name, and for people who look for who sent something. Default: drawn. */
  readonly name?: string | undefined
  readonly observer?: Observer | undefined
}

/** A client that lives in no host. @throws {RaftedError} `invalid-argument`, `unreachable`. */
export async function createClient(options: ClientOptions): Promise<Client> {
  const { cluster, addresses, nats, name = drawId(realRandom) } = options
  const observer = observers(nodeObserver(), options.observer)
  const seams = { clock: realClock, random: realRandom, observer }
  const transport = natsTransport({ nats, name, role: 'client', cluster, ...seams })
  return openClient({ transport, cluster, name, addresses, ...seams })
}

/** Host and client in one. What the group acknowledged is on the disks of a majority. */
export type Host = HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions>
