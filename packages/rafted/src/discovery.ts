/** Hosts that are found by name, by the clock of this process. */
import { type DiscoverOptions, discover as discoverBy, type Find, type Found } from '@rafted/contracts'
import { realClock } from '@rafted/contracts/node'

/** Addresses that are found by name, for `join` and `addresses`; see `discover` of `@rafted/contracts`. */
export const discover = (find: Find, options?: Omit<DiscoverOptions, 'clock'>): Promise<Found> =>
  discoverBy(find, { clock: realClock, ...options })
