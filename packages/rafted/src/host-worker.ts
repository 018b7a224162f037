/** The program of the worker that `openHostInWorker` starts. */
import { realClock } from '@rafted/contracts/node'
import { serveHost, withExports } from '@rafted/host/worker'
import { openBareHost } from './bare-host.ts'
import { type HostOptions, mayBeExports } from './host-options.ts'

await serveHost(
  async (given: object, observer) =>
    openBareHost(await withExports<HostOptions>(given, mayBeExports), observer),
  realClock,
)
