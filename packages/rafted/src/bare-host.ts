/** Files, TCP and a host put together, in whichever thread. */
import { realClock, realRandom } from '@rafted/contracts/node'
import { type EventHub, type Host, openHost } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { tcpTransport } from '@rafted/transport-tcp'
import type { HostOptions } from './host-options.ts'

/** @param observer becomes the host's own. */
export async function openBareHost(
  options: Omit<HostOptions, 'observer'>,
  observer: EventHub,
): Promise<Host> {
  const { id, cluster, listen, advertise, dir, secret, tls, slowDiskMs, authorise } = options
  const seams = { clock: realClock, random: realRandom, observer }
  const access = { listen, advertise, secret, tls }
  const transport = tcpTransport({ name: id, role: 'peer', cluster, ...access, ...seams })
  const { logs, snapshots } = await openFileStorage({ path: dir, cluster, host: id, ...seams })
  const stores = { logs, snapshots, durable: true }
  return await openHost({ id, cluster, transport, ...stores, slowDiskMs, authorise, ...seams })
}
