/** Rafted itself, as its peers are measured: three processes on files, and the client in a fourth. */
import { readFile } from 'node:fs/promises'
import { CellCluster } from '../cell-cluster.ts'
import { PAYLOAD_BYTES, type Peer } from './peer.ts'

export const rafted: Peer = {
  name: 'rafted-3p',
  what: 'three processes; a command that answers what was there',
  settings: 'as it comes',
  async find() {
    const manifest = new URL(import.meta.resolve('rafted/package.json'))
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
    return { versions: `rafted ${version}, its own client` }
  },
  async open() {
    const cluster = await CellCluster.open(3, PAYLOAD_BYTES)
    return {
      command: (payload) => cluster.handle.swap(payload),
      pids: cluster.pids,
      close: () => cluster.close(),
    }
  },
}
