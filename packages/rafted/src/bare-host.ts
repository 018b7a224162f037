/** Files, TCP and a host put together, in whichever thread. */
import { realClock, realRandom } from '@rafted/contracts/node'
import { type EventHub, type HostOptions as FullHostOptions, type Host, openHost } from '@rafted/host'
import { openFileStorage, type Storage } from '@rafted/storage'
import { tcpTransport } from '@rafted/transport-tcp'
import type { HostOptions } from './host-options.ts'

/** Where members keep what they are told, given files of the host. */
export type Keeps = (files: Storage) => Pick<FullHostOptions, 'logs' | 'snapshots' | 'durable'>

const inFiles: Keeps = ({ logs, snapshots }) => ({ logs, snapshots, durable: true })

/** @param observer becomes the host's own. @param keeps where. Default: in the files, all of them. */
export async function openBareHost(
  options: Omit<HostOptions, 'observer'>,
  observer: EventHub,
  keeps: Keeps = inFiles,
): Promise<Host> {
  const { id, cluster, listen, advertise, dir, secret, tls, slowDiskMs, authorise } = options
  const seams = { clock: realClock, random: realRandom, observer }
  const access = { listen, advertise, secret, tls }
  const transport = tcpTransport({ name: id, role: 'peer', cluster, ...access, ...seams })
  const files = await openFileStorage({ path: dir, cluster, host: id, ...seams })
  return await openHost({ id, cluster, transport, ...keeps(files), slowDiskMs, authorise, ...seams })
}
