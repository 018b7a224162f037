/** Rafted over processes: files, TCP, host and client put together. */
import { createClient as createBareClient, HostWithClient } from '@rafted/client'
import { observers } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import { type CreateGroupOptions, EventHub, type GroupOptions, type LeaveOptions } from '@rafted/host'
import { openBareHost } from './bare-host.ts'
import type { HostOptions } from './host-options.ts'

export type {
  ChangeMembershipOptions,
  ChangeOptions,
  ChangeSettingsOptions,
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
export { type ClientOptions, createClient } from './client.ts'
export { discover } from './discovery.ts'
export * from './fleet.ts'
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

/** Host and client in one. What the group acknowledged is on the disks of a majority. */
export type Host = HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions>
