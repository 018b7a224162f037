/** The program of a worker that holds a host. */
import { workerData } from 'node:worker_threads'
import type { Clock } from '@rafted/contracts'
import { EventHub } from '../event-hub.ts'
import type { Host } from '../host.ts'
import { toPlain } from './errors.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { News } from './news.ts'
import { portOf } from './port.ts'
import { ServedHost } from './served-host.ts'

/**
 * Opens a host in this worker and serves it to the thread that has started it (`openWorkerHost`).
 * @param open the host, with the options that were given there. What goes wrong there rejects here. `observer` is the host's own: give it to
 * transport and storage as well.
 */
export async function serveHost<Options>(
  open: (options: Options, observer: EventHub) => Promise<Host>,
  clock: Clock,
): Promise<void> {
  const { port: given, cluster, options } = workerData as WorkerStart<Options>
  const port = portOf<FromWorker, ToWorker>(given, (error) => {
    // Uncaught: it ends this thread, and the other one is told why.
    throw error
  })
  const news = new News(port, clock)
  let served: ServedHost | null = null
  port.listen((message) => {
    if (served !== null) served.take(message)
    else if (message.kind === 'news-read') news.read()
  })
  try {
    const host = await open(options, new EventHub(clock, news))
    served = new ServedHost({ port, host, cluster, clock, news })
    port.post({ kind: 'opened', address: host.address })
  } catch (error) {
    news.end()
    port.post({ kind: 'not-opened', error: toPlain(error) })
  }
}
