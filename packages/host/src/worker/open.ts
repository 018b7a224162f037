/** Opens a host in a thread of its own. */
import type { Clock, Observer, Random } from '@rafted/contracts'
import { startThread, type WorkerOptions } from './thread.ts'
import { WorkerHost } from './worker-host.ts'

/** What runs in the worker, and what this thread has of it. */
export interface OpenWorkerHostOptions<Options> {
  /** The module that runs there, and calls `serveHost`. */
  readonly program: URL
  /** What it is given: plain data. */
  readonly options: Options
  /** The host's name in the cluster. */
  readonly id: string
  /** The name of the cluster. */
  readonly cluster: string
  /** Memory and options of the worker. */
  readonly worker?: WorkerOptions | undefined
  readonly clock: Clock
  readonly random: Random
  readonly observer?: Observer | undefined
}

/** @throws {RaftedError} what opening the host throws there; `worker-failed` if the thread ends first; `invalid-argument`. */
export async function openWorkerHost<Options>(given: OpenWorkerHostOptions<Options>): Promise<WorkerHost> {
  const { program, options, id, cluster, worker = {}, clock, random, observer } = given
  const thread = startThread(program, { cluster, options }, worker)
  const host = new WorkerHost({ id, cluster, thread, clock, random, observer })
  try {
    await host.open()
    return host
  } catch (error) {
    await host.terminate()
    throw error
  }
}
