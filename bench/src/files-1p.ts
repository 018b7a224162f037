/** Three hosts in one process, each on files of its own, over a network in memory; used through the client of the one that leads. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@rafted/client'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openHost } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { cell } from './cell.ts'
import type { Suite } from './suite.ts'

const seams = { clock: realClock, random: realRandom }
const cluster = 'bench'

export const files1p: Suite = {
  system: 'rafted',
  config: 'files-1p',
  onDisk: true,
  reads: ['index'],
  async open({ size }) {
    const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
    const network = memoryNetwork({ clock: realClock })
    const hosts = await Promise.all(
      ['a', 'b', 'c'].map(async (id) => {
        const storage = await openFileStorage({ path: join(directory, id), cluster, host: id, ...seams })
        const transport = network.transport({ name: id, role: 'peer' })
        return await openHost({ id, cluster, transport, ...storage, durable: true, ...seams })
      }),
    )
    const [a, ...others] = hosts
    await a!.createGroup('cell', { machine: cell })
    for (const host of others) await host.group('cell', { machine: cell, join: ['a'] })
    const client = createClient({ link: a!.link, addresses: ['a'], ...seams })
    const handle = client.value('cell', cell)
    await handle.put(new Uint8Array(size))
    while (a!.status('cell')?.configuration?.configuration.voters.length !== hosts.length) await handle.get()
    return {
      command: (payload) => handle.put(payload),
      query: () => handle.get(),
      close: async () => {
        await client.close()
        await Promise.all(hosts.map((host) => host.close()))
        await rm(directory, { recursive: true })
      },
    }
  },
}
