/** Hosts that are found by asking, by the clock of this process. */
import { type DiscoverOptions, discover as discoverBy, type Find, type Found } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { natsHosts as findHosts, type NatsHostsOptions } from '@rafted/transport-nats'

/** Addresses that are found, for `join` and `addresses`; see `discover` of `@rafted/contracts`. */
export const discover = (find: Find, options?: Omit<DiscoverOptions, 'clock'>): Promise<Found> =>
  discoverBy(find, { clock: realClock, ...options })

/** All hosts of the cluster that run, for `discover`. Whoever is down isn't found: no group is created on its word alone. */
export const natsHosts = (options: NatsHostsOptions): Find =>
  findHosts({ ...options, clock: realClock, random: realRandom })
