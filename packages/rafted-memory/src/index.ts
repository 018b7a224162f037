/** Rafted in one process, all in memory: storage, network, host and client put together. */
import {
  type Client,
  createClient as createBareClient,
  HostWithClient,
  openClient,
  type WaitingLimits,
} from '@rafted/client'
import { drawId, type Observer, observers } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import type { CreateGroupOptions, GroupOptions, LeaveOptions } from '@rafted/host'
import { type MemoryNetwork, memoryNetwork } from '@rafted/transport-memory'
import { type MemoryHostOptions, networkOf, openBareHost } from './bare-host.ts'

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
  GroupOptions,
  Hooks,
  LeaveOptions,
  MemberSettings,
  Right,
} from '@rafted/host'
export type { MemoryNetwork } from '@rafted/transport-memory'
export type { GroupSettings, MemberStatus, PlacedSettings } from '@rafted/wire'
export type { MemoryHostOptions } from './bare-host.ts'
export * from './fleet.ts'

/** A network for hosts of this process. */
export function createNetwork(): MemoryNetwork {
  return memoryNetwork({ clock: realClock })
}

/** A host with a client of its own. @throws {RaftedError} `address-in-use`, `invalid-argument`. */
export async function openHost(options: MemoryHostOptions): Promise<MemoryHost> {
  const { host, ...seams } = await openBareHost(options)
  const addresses = (group: string): string[] => host.addresses(group)
  return new HostWithClient(host, createBareClient({ link: host.link, addresses, ...seams }))
}

/** What `createClient` is told. */
export interface MemoryClientOptions {
  /** Its name on the network, nobody else's there. Default: drawn. */
  readonly name?: string | undefined
  /** The name of the cluster, as its hosts have it. */
  readonly cluster: string
  /** The network that its hosts are on. */
  readonly network: MemoryNetwork
  /** Hosts to ask for groups, some of them at least. */
  readonly addresses: readonly string[]
  /** Milliseconds a call may take, retries included, unless it says otherwise (`with({ timeoutMs })`). Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** How much may wait where the client holds as much as it may. Default: nothing, such calls are refused (`overloaded`). */
  readonly waiting?: WaitingLimits | undefined
  /** Told of what the client does. */
  readonly observer?: Observer | undefined
}

/** A client that lives in no host. @throws {RaftedError} `address-in-use`, `invalid-argument`. */
export async function createClient(options: MemoryClientOptions): Promise<Client> {
  const network = networkOf(options)
  const { cluster, addresses, name = drawId(realRandom) } = options
  const transport = network.transport({ name, role: 'client' })
  const observer = observers(nodeObserver(), options.observer)
  const seams = { clock: realClock, random: realRandom, observer }
  const { timeoutMs, waiting } = options
  return openClient({ transport, cluster, name, addresses, timeoutMs, waiting, ...seams })
}

/** Hosts of these names on one network of their own. @throws {RaftedError} `address-in-use` for a name that is given twice, `invalid-argument`. */
export function openHosts<const Ids extends readonly string[]>(
  ...ids: Ids
): Promise<{ -readonly [Place in keyof Ids]: MemoryHost }> {
  const network = createNetwork()
  const opened = Promise.all(ids.map((id) => openHost({ id, cluster: 'memory', network })))
  return opened as Promise<{ -readonly [Place in keyof Ids]: MemoryHost }>
}

/** Host and client in one. What is in memory is gone when it closes. */
export type MemoryHost = HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions>
