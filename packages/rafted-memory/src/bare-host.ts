/** Storage, network and a host put together, all in memory. */
import { type Observer, observers, RaftedError } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import { type Authorise, EventHub, type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import type { MemoryNetwork } from '@rafted/transport-memory'

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

/** The host, and what those who live in it share with it. */
export async function openBareHost(options: MemoryHostOptions) {
  const network = networkOf(options)
  const { id, cluster, authorise } = options
  const { logs, snapshots } = memoryStorage().open()
  const transport = network.transport({ name: id, role: 'peer' })
  const observer = new EventHub(realClock, observers(nodeObserver(), options.observer))
  const seams = { clock: realClock, random: realRandom, observer }
  const bare = { id, cluster, transport, logs, snapshots, durable: false, authorise }
  const host: Host = await openHost({ ...bare, ...seams })
  return { host, ...seams }
}

export function networkOf(options: { readonly network: MemoryNetwork }): MemoryNetwork {
  if (typeof options?.network?.transport === 'function') return options.network
  throw new RaftedError('invalid-argument', '`network` must be what createNetwork() returned.', {
    outcome: 'not-applied',
  })
}
