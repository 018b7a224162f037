/** What a command takes with more members, each a process: all of them share this machine. */
import { CellCluster } from '../cell-cluster.ts'
import { closedLoop } from '../measure.ts'
import type { Growth, GrowthBench } from './growth.ts'

const PAYLOAD = new Uint8Array(16).fill(0x61)
const CONCURRENCIES = [1, 256]

export async function growthOfMembers({ members, measureMs }: GrowthBench): Promise<Growth> {
  const lines = CONCURRENCIES.map((concurrency) => ({
    concurrency,
    name: `${concurrency} under way`,
    points: [] as { x: number; y: number }[],
  }))
  for (const count of members) {
    const cluster = await CellCluster.open(count, PAYLOAD.length)
    try {
      const call = (): Promise<unknown> => cluster.handle.put(PAYLOAD)
      await closedLoop(call, 64, { warmUpMs: 0, measureMs })
      for (const { concurrency, points } of lines) {
        const { ops_per_s } = await closedLoop(call, concurrency, { warmUpMs: 100, measureMs })
        points.push({ x: count, y: 1_000_000 / ops_per_s })
      }
    } finally {
      await cluster.close()
    }
  }
  return {
    name: 'members',
    how: 'So many processes on files, and the client in one more; commands of 16 bytes. All processes share the machine.',
    chart: {
      title: 'What a command takes with so many members',
      x: { label: 'members' },
      y: { label: 'µs per command', log: true },
      lines,
    },
  }
}
