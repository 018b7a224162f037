/** The three hosts of `files-3p` under commands of several clients at once, each in a process of its own. */
import { ChildHost } from '@rafted/testing'
import { CellCluster } from '../cell-cluster.ts'
import { moduleHere } from '../here.ts'
import type { Durations, Figures } from '../measure.ts'
import type { Row } from '../row.ts'
import type { ClientQuestion } from './client-process.ts'

export interface ClientsBench {
  readonly clients: number
  /** Under way at each of them. */
  readonly concurrency: number
  /** Bytes of a command. */
  readonly size: number
  readonly durations: Durations
}

/** @returns commands of all clients together; the median of their medians, and the slowest of their 99th in a hundred. */
export async function measureClients({ clients, concurrency, size, durations }: ClientsBench): Promise<Row> {
  const cluster = await CellCluster.open(3, size)
  const program = moduleHere('clients/client-process')
  const children = Array.from({ length: clients }, () => new ChildHost({ program, args: cluster.addresses }))
  try {
    const question: ClientQuestion = { size, concurrency, durations }
    const each = (await Promise.all(children.map((child) => child.ask(question)))) as Figures[]
    const sorted = (of: (figures: Figures) => number): number[] => each.map(of).sort((a, b) => a - b)
    return {
      system: 'rafted',
      config: `files-3p ×${clients}`,
      op: 'command',
      read: null,
      size,
      concurrency: clients * concurrency,
      ops_per_s: each.reduce((sum, { ops_per_s }) => sum + ops_per_s, 0),
      p50_us: sorted(({ p50_us }) => p50_us)[Math.floor((clients - 1) / 2)]!,
      p99_us: sorted(({ p99_us }) => p99_us)[clients - 1]!,
    }
  } finally {
    await Promise.all(children.map((child) => child.kill()))
    await cluster.close()
  }
}
