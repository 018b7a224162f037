/** What callers notice when a follower goes and comes back under full load. */
import { setTimeout as pause } from 'node:timers/promises'
import { CellCluster } from '../cell-cluster.ts'
import { Throughput } from './throughput.ts'

export const followerEvents = [
  'nothing',
  'killed',
  'restarted after that',
  'stopped',
  'going on after that',
] as const
export type FollowerEvent = (typeof followerEvents)[number]

const PAYLOAD = new Uint8Array(16)
const CONCURRENCY = 256

/**
 * @param windowMs of each event, in which its worst second is looked for.
 * @returns the worst second of each, relative to the throughput before the first: 1 is no loss. That of `nothing` shows how far a second falls by itself.
 */
export async function followerLost(windowMs: number): Promise<Record<FollowerEvent, number>> {
  const cluster = await CellCluster.open(3, PAYLOAD.length)
  const throughput = new Throughput(() => cluster.handle.put(PAYLOAD), CONCURRENCY)
  try {
    let follower = -1
    // Asked for each time: on a busy machine another may lead by now.
    const chosen = async (): Promise<number> => {
      follower = ((await cluster.leader()) + 1) % 3
      return follower
    }
    const acts: Record<FollowerEvent, () => unknown> = {
      nothing: () => {},
      killed: async () => cluster.kill(await chosen()),
      // Not waited for: its start is a part of what callers may notice.
      'restarted after that': () => void cluster.restart(follower),
      stopped: async () => cluster.stop(await chosen()),
      'going on after that': () => cluster.goOn(follower),
    }
    await pause(windowMs)
    const before = throughput.now()
    await pause(windowMs)
    const { mean } = throughput.rates(before, throughput.now())
    const worst = {} as Record<FollowerEvent, number>
    for (const event of followerEvents) {
      const from = throughput.now()
      await acts[event]()
      await pause(windowMs)
      worst[event] = throughput.rates(from, throughput.now()).worst / mean
    }
    return worst
  } finally {
    await throughput.stop()
    await cluster.close()
  }
}
