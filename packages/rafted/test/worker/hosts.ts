/** Hosts in workers of this process, from the sources, gone after the test. */

import { type HostInWorker, type HostInWorkerOptions, type ModuleExport, openHostInWorker } from 'rafted'
import { afterEach } from 'vitest'
import { freeAddress, freshDirectory, secret } from '../place.ts'

const open = new Set<HostInWorker>()
afterEach(endAll)

/** Ends all there are. */
export async function endAll(): Promise<void> {
  for (const host of open) await host.terminate()
  open.clear()
}

/** Where these tests run from sources, so do their workers, each of which compiles them anew. */
const execArgv =
  process.env.RAFTED_COMPILED === '1'
    ? []
    : ['-C', '@rafted/source', '--import', new URL('./from-sources.mjs', import.meta.url).href]

export function exportOf(module: string, name: string): ModuleExport {
  return { module: new URL(module, import.meta.url), export: name }
}

export const machine = exportOf('./tally.mjs', 'tally')

export async function hostInWorker(options: Partial<HostInWorkerOptions> = {}): Promise<HostInWorker> {
  const dir = options.dir ?? (await freshDirectory())
  const { worker, ...rest } = options
  const host = await openHostInWorker({
    id: 'a',
    cluster: 'shop',
    listen: '127.0.0.1:0',
    secret,
    ...rest,
    dir,
    worker: { execArgv, ...worker },
  })
  open.add(host)
  return host
}

export { freeAddress, freshDirectory, secret }
