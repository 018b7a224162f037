/** A host's part in the fleet, over a NATS server: NATS_URL says where it is. */
import { connect } from 'nats'
import { type Fleet, openFleet } from 'rafted-nats'
import { addresses, cluster } from './hosts.ts'
import { stock } from './stock.ts'

/** Over NATS a host is reached by its id. */
const join = [...addresses.keys()]

export async function openShops(id: string, dir: string): Promise<Fleet> {
  const servers = process.env.NATS_URL ?? '127.0.0.1:4222'
  const nats = await connect({ servers, maxReconnectAttempts: -1 })
  return await openFleet({ id, cluster, nats, dir, machines: { stock }, join })
}
