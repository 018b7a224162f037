/** What a command takes with larger arguments. */
import { CellCluster } from '../cell-cluster.ts'
import { closedLoop } from '../measure.ts'
import type { Growth, GrowthBench } from './growth.ts'

/** Under way, of bytes together: so that the largest don't wait for each other's queues. */
const MOST_BYTES = 4 * 2 ** 20
const MOST = 64

export async function growthOfPayloads({ payloads, measureMs }: GrowthBench): Promise<Growth> {
  const cluster = await CellCluster.open(3, 16)
  const points: { x: number; y: number }[] = []
  try {
    for (const bytes of payloads) {
      const payload = new Uint8Array(bytes).fill(0x61)
      const concurrency = Math.min(MOST, MOST_BYTES / bytes)
      const call = (): Promise<unknown> => cluster.handle.put(payload)
      const { ops_per_s } = await closedLoop(call, concurrency, { warmUpMs: measureMs / 2, measureMs })
      points.push({ x: bytes, y: 1_000_000 / ops_per_s })
    }
  } finally {
    await cluster.close()
  }
  return {
    name: 'payloads',
    how: 'Three processes on files, 64 commands under way, and of large ones so many that they have 4 MiB together.',
    chart: {
      title: 'What a command takes with an argument of so many bytes',
      x: { label: 'bytes', log: true },
      y: { label: 'µs per command', log: true },
      lines: [{ name: 'µs per command', points }],
    },
  }
}
