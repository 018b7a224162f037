/** Rafted in one process, all in memory: storage, network, host and client put together. */
import {
  type Client,
  createClient as createBareClient,
  HostWithClient,
  openClient,
  type WaitingLimits,
} from '@rafted/client'
import { drawId, type Observer, observers, RaftedError } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import {
  type Authorise,
  type CreateGroupOptions,
  EventHub,
  type GroupOptions,
  type LeaveOptions,
  openHost as openBareHost,
} from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { type MemoryNetwork, memoryNetwork } from '@rafted/transport-memory'

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
  GroupOptions,
  Hooks,
  LeaveOptions,
  MemberSettings,
  Right,
} from '@rafted/host'
export type { MemoryNetwork } from '@rafted/transport-memory'
export type { GroupSettings, MemberStatus, PlacedSettings } from '@rafted/wire'

/** What `openHost` is told. */
export interface MemoryHostOptions {
  /** The host's name, its own in the cluster. It is also its address. */
  readonly id: string
  /** The name of the cluster. Hosts of different clusters don't talk. */
  readonly cluster: string
  /** Hosts on one network reach each other. */
  readonly network: MemoryNetwork
  /** Asked of each request of a client that lives in no host: whether it may do this with that group. Default: all may do everything. */
  readonly authorise?: Authorise | undefined
  readonly observer?: Observer | undefined
}

/** A network for hosts of this process. */
export function createNetwork(): MemoryNetwork {
  return memoryNetwork({ clock: realClock })
}

/** A host with a client of its own. @throws {RaftedError} `address-in-use`, `invalid-argument`. */
export async function openHost(options: MemoryHostOptions): Promise<MemoryHost> {
  const network = networkOf(options)
  const { id, cluster, authorise } = options
  const { logs, snapshots } = memoryStorage().open()
  const transport = network.transport({ name: id, role: 'peer' })
  const observer = new EventHub(realClock, observers(nodeObserver(), options.observer))
  const seams = { clock: realClock, random: realRandom, observer }
  const bare = { id, cluster, transport, logs, snapshots, durable: false, authorise }
  const host = await openBareHost({ ...bare, ...seams })
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
  return openClient({ transport, cluster, name, addresses, waiting: options.waiting, ...seams })
}

function networkOf(options: { readonly network: MemoryNetwork }): MemoryNetwork {
  if (typeof options?.network?.transport === 'function') return options.network
  throw new RaftedError('invalid-argument', '`network` must be what createNetwork() returned.', {
    outcome: 'not-applied',
  })
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
