/** Three hosts in one process, all in memory, used through the client of the one that leads. */
import { openHosts } from 'rafted-memory'
import { cell } from './cell.ts'
import type { Suite } from './suite.ts'

export const memory1p: Suite = {
  system: 'rafted',
  config: 'memory-1p',
  reads: ['index'],
  async open({ size }) {
    const hosts = await openHosts('a', 'b', 'c')
    const [a, ...others] = hosts
    await a.createGroup('cell', { machine: cell })
    for (const host of others) await host.group('cell', { machine: cell, join: ['a'] })
    const handle = a.value('cell', cell)
    await handle.put(new Uint8Array(size))
    while (a.status('cell')?.configuration?.configuration.voters.length !== hosts.length) await handle.get()
    return {
      command: (payload) => handle.put(payload),
      query: () => handle.get(),
      close: async () => {
        await Promise.all(hosts.map((host) => host.close()))
      },
    }
  },
}
