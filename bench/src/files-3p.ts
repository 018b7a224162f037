/** Three processes on loopback TCP, each on files of its own; the client is in a fourth, this one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'
import { createClient } from 'rafted'
import { cell } from './cell.ts'
import { freePorts } from './free-ports.ts'
import { moduleHere } from './here.ts'
import type { Suite } from './suite.ts'

export const files3p: Suite = {
  system: 'rafted',
  config: 'files-3p',
  onDisk: true,
  reads: ['index'],
  async open({ size }) {
    const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
    const addresses = (await freePorts(3)).map((port) => `127.0.0.1:${port}`)
    const hosts = addresses.map((address, i) => {
      const id = 'abc'[i]!
      return new ChildHost({
        program: moduleHere('cell-host'),
        args: [id, address, join(directory, id), ...addresses],
      })
    })
    await Promise.all(hosts.map((host) => host.ask('ready')))
    const client = await createClient({ cluster: 'bench', addresses })
    await client.createGroup('cell', { at: addresses[0]! })
    const handle = client.value('cell', cell)
    await handle.put(new Uint8Array(size))
    for (let voters = 0; voters < hosts.length; ) {
      const status = await client.status('cell')
      voters = status?.configuration?.configuration.voters.length ?? 0
    }
    return {
      command: (payload) => handle.put(payload),
      query: () => handle.get(),
      close: async () => {
        await client.close()
        await Promise.all(hosts.map((host) => host.ask('close')))
        await Promise.all(hosts.map((host) => host.kill()))
        await rm(directory, { recursive: true })
      },
    }
  },
}
