/** What an entry takes when a log without a snapshot is opened. */
import { ENTRY_BYTES, recovery } from '../storage/recovery.ts'
import { decades, type Growth, type GrowthBench } from './growth.ts'

export async function growthOfRecovery({ entries }: GrowthBench): Promise<Growth> {
  const points: { x: number; y: number }[] = []
  for (const count of decades(1000, entries)) {
    const figures = await recovery(count, 1)
    // The second is the time of all that a host does before its members start.
    points.push({ x: count, y: (figures[1]!.value / count) * 1_000_000 })
  }
  return {
    name: 'recovery',
    how: `The log of one group on files, entries of ${ENTRY_BYTES} bytes, no snapshot: opened, its heads read.`,
    chart: {
      title: 'What an entry takes when its log is opened',
      x: { label: 'entries', log: true },
      y: { label: 'µs per entry', log: true },
      lines: [{ name: 'µs per entry', points }],
    },
  }
}
