/** How many queries three hosts answer: by lease, by ReadIndex from another process, and by all members together. */
import { CellCluster } from '../cell-cluster.ts'
import { closedLoop, type Durations } from '../measure.ts'

/** Of the leases: clocks may run apart by so much in an election timeout, milliseconds. */
const CLOCK_DRIFT_MARGIN_MS = 200
const AT_EACH = 64
const FROM_OUTSIDE = 256

/** Queries per second. */
export interface ReadFigures {
  /** In the leader's own process. */
  readonly lease: number
  /** From a process that is no host. */
  readonly fourthProcess: number
  /** Each host asks its own member: the leader's host alone, with one follower's, with both. */
  readonly together: readonly number[]
}

export async function readFigures(durations: Durations): Promise<ReadFigures> {
  const cluster = await CellCluster.open(3, 16)
  try {
    const fourth = await closedLoop(() => cluster.handle.get(), FROM_OUTSIDE, durations)
    const leader = await cluster.leader()
    const hosts = [leader, (leader + 1) % 3, (leader + 2) % 3]
    const together: number[] = []
    for (const count of [1, 2, 3]) {
      const found = await Promise.all(
        hosts
          .slice(0, count)
          .map((i) =>
            cluster.queries(i, { read: 'linearizable', on: 'here', concurrency: AT_EACH, durations }),
          ),
      )
      together.push(found.reduce((sum, { ops_per_s }) => sum + ops_per_s, 0))
    }
    await cluster.client.changeSettings('cell', { clockDriftMarginMs: CLOCK_DRIFT_MARGIN_MS })
    const queries = { read: 'lease', on: 'leader', concurrency: AT_EACH, durations } as const
    const lease = await cluster.queries(await cluster.leader(), queries)
    return { lease: lease.ops_per_s, fourthProcess: fourth.ops_per_s, together }
  } finally {
    await cluster.close()
  }
}
