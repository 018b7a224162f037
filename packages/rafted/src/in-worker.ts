/** A host on files and TCP in a worker thread, with a client of its own in this one. */
import { extname } from 'node:path'
import { createClient, HostWithClient } from '@rafted/client'
import { observers } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import type { LeaveOptions } from '@rafted/host'
import {
  type ModuleExport,
  openWorkerHost,
  type PlainEventSource,
  plainExports,
  type WorkerCreateGroupOptions,
  type WorkerGroupOptions,
  type WorkerHost,
  type WorkerOptions,
} from '@rafted/host/worker'
import type { TlsCredentials } from '@rafted/transport-tcp'
import type { MemberStatus } from '@rafted/wire'
import { type HostOptions, mayBeExports } from './host-options.ts'

/** `observer` is told in this thread. */
export interface HostInWorkerOptions extends Omit<HostOptions, 'tls' | 'authorise'> {
  /** Named by its module; it runs beside the host, in its thread. */
  readonly authorise?: ModuleExport | undefined
  /** As of a host in this thread; a function that gives the credentials is named by its module, and runs beside the host. */
  readonly tls?: TlsCredentials | ModuleExport | undefined
  /** How Node.js runs the thread. */
  readonly worker?: WorkerOptions | undefined
}

type Both = HostWithClient<
  WorkerGroupOptions,
  WorkerCreateGroupOptions,
  LeaveOptions,
  Promise<MemberStatus | null>
>

/** As `Host`, but that `status` is asked of the worker, machines and hooks are named by their modules, and no events show values. */
export interface HostInWorker
  extends Omit<Both, 'on' | 'events'>,
    PlainEventSource,
    Pick<WorkerHost, 'exited' | 'terminate'> {}

/**
 * A host in a worker thread, with a client of its own in this one: what blocks the event loop here costs no leadership there.
 * @throws {RaftedError} what `openHost` throws; `worker-failed` if the thread ends first.
 */
export async function openHostInWorker(options: HostInWorkerOptions): Promise<HostInWorker> {
  const { observer: told, worker, ...plain } = options
  const { id, cluster } = plain
  // From its sources, the program is a source as well.
  const program = new URL(`./host-worker${extname(import.meta.url)}`, import.meta.url)
  const seams = { random: realRandom, observer: observers(nodeObserver(), told) }
  const host = await openWorkerHost({
    program,
    options: plainExports(plain, mayBeExports),
    id,
    cluster,
    worker,
    clock: realClock,
    ...seams,
  })
  const { link, addresses, clock, observer } = host
  const both: Both = new HostWithClient(
    host,
    createClient({ link, addresses, clock, random: realRandom, observer }),
  )
  return Object.assign(both, { exited: host.exited, terminate: () => host.terminate() })
}
