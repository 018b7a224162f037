/** Rafted over processes: files, TCP, host and client put together. */
import {
  type Client,
  createClient as createBareClient,
  HostWithClient,
  openClient,
  type WaitingLimits,
} from '@rafted/client'
import { drawId, type Observer, observers } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import { type CreateGroupOptions, EventHub, type GroupOptions, type LeaveOptions } from '@rafted/host'
import { checkAddress, type Secrets, type Tls, tcpTransport } from '@rafted/transport-tcp'
import { openBareHost } from './bare-host.ts'
import type { HostOptions } from './host-options.ts'

export type {
  ChangeMembershipOptions,
  ChangeOptions,
  ChangeSettingsOptions,
  Client,
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
export type {
  ModuleExport,
  WorkerCreateGroupOptions,
  WorkerGroupOptions,
  WorkerOptions,
} from '@rafted/host/worker'
export {
  certificateName,
  dnsHosts,
  dnsService,
  type Pem,
  type Tls,
  type TlsCredentials,
} from '@rafted/transport-tcp'
export type { GroupSettings, MemberStatus, PlacedSettings } from '@rafted/wire'
export { discover } from './discovery.ts'
export type { HostOptions } from './host-options.ts'
export { type HostInWorker, type HostInWorkerOptions, openHostInWorker } from './in-worker.ts'

/**
 * A host with a client of its own.
 * @throws {RaftedError} `invalid-argument`, `address-in-use`; `directory-in-use`, `wrong-directory`, `damaged-storage`,
 * `version-mismatch` for the directory.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const observer = new EventHub(realClock, observers(nodeObserver(), options.observer))
  const host = await openBareHost(options, observer)
  const seams = { clock: realClock, random: realRandom, observer }
  const addresses = (group: string): string[] => host.addresses(group)
  return new HostWithClient(host, createBareClient({ link: host.link, addresses, ...seams }))
}

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
  return openClient({ transport, cluster, name, addresses, waiting: options.waiting, ...seams })
}

/** Host and client in one. What the group acknowledged is on the disks of a majority. */
export type Host = HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions>
