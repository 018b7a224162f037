/** Three processes on loopback TCP, each on files of its own; the client is in a fourth, this one. */
import { CellCluster } from './cell-cluster.ts'
import type { Suite } from './suite.ts'

export const files3p: Suite = {
  system: 'rafted',
  config: 'files-3p',
  onDisk: true,
  reads: ['index'],
  async open({ size }) {
    const cluster = await CellCluster.open(3, size)
    return {
      command: (payload) => cluster.handle.put(payload),
      query: () => cluster.handle.get(),
      close: () => cluster.close(),
    }
  },
}
