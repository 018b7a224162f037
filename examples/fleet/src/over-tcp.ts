/** A host's part in the fleet, over TCP. */
import { type Fleet, openFleet } from 'rafted'
import { addresses, cluster } from './hosts.ts'
import { stock } from './stock.ts'

const join = [...addresses.values()]

export const openShops = (id: string, dir: string): Promise<Fleet> =>
  openFleet({ id, cluster, listen: addresses.get(id) ?? '', dir, machines: { stock }, join })
