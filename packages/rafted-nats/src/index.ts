/** Rafted over NATS: files, the user's connection, host and client put together. */
import { type Client, createClient as createBareClient, HostWithClient, openClient } from '@rafted/client'
import { drawId, observers } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import { type CreateGroupOptions, EventHub, type GroupOptions, type LeaveOptions } from '@rafted/host'
import { natsTransport } from '@rafted/transport-nats'
import { openBareHost } from './bare-host.ts'
import type { ClientOptions, HostOptions } from './options.ts'

export type {
  ChangeMembershipOptions,
  ChangeOptions,
  Client,
  ClientBackupOptions,
  CommandCall,
  CommandId,
  CommandKey,
  PlacedConfiguration,
  Resolved,
  Settled,
  SettledCommands,
  WaitingLimits,
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
  type NatsHostsOptions,
  type NatsPermissions,
} from '@rafted/transport-nats'
export type { MemberStatus } from '@rafted/wire'
export { discover, natsHosts } from './discovery.ts'
export * from './fleet.ts'
export type { ClientOptions, HostOptions } from './options.ts'

/**
 * A host with a client of its own.
 * @throws {RaftedError} `invalid-argument`, `address-in-use`, `unreachable` for the connection; `directory-in-use`, `wrong-directory`,
 * `damaged-storage`, `version-mismatch` for the directory.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const observer = new EventHub(realClock, observers(nodeObserver(), options.observer))
  const host = await openBareHost(options, observer)
  const seams = { clock: realClock, random: realRandom, observer }
  const addresses = (group: string): string[] => host.addresses(group)
  return new HostWithClient(host, createBareClient({ link: host.link, addresses, ...seams }))
}

/** A client that lives in no host. @throws {RaftedError} `invalid-argument`, `unreachable`. */
export async function createClient(options: ClientOptions): Promise<Client> {
  const { cluster, addresses, nats, name = drawId(realRandom) } = options
  const observer = observers(nodeObserver(), options.observer)
  const seams = { clock: realClock, random: realRandom, observer }
  const transport = natsTransport({ nats, name, role: 'client', cluster, ...seams })
  const { timeoutMs, waiting } = options
  return openClient({ transport, cluster, name, addresses, timeoutMs, waiting, ...seams })
}

/** Host and client in one. What the group acknowledged is on the disks of a majority. */
export type Host = HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions>
