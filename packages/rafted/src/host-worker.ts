/** The program of the worker that `openHostInWorker` starts. */
import { realClock } from '@rafted/contracts/node'
import { serveHost } from '@rafted/host/worker'
import { openBareHost } from './bare-host.ts'

await serveHost(openBareHost, realClock)
