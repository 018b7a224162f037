/** How long nobody answers when the leader is gone: from the signal to the answer of the next command. */
import { setTimeout as pause } from 'node:timers/promises'
import { CellCluster } from '../cell-cluster.ts'

/** `killed`: its connections end, which the others see. `silent`: it stops without a word, and all its connections stay. */
export type Loss = 'killed' | 'silent'

const PAYLOAD = new Uint8Array(16)
/** Commands before each loss. */
const CALM_COMMANDS = 50

/** @returns of each loss, milliseconds. The leader comes back, and has all there is, before the next one. */
export async function leaderLost(
  loss: Loss,
  times: number,
  onTime: (ms: number) => void = () => {},
): Promise<number[]> {
  const cluster = await CellCluster.open(3, PAYLOAD.length)
  const all: number[] = []
  try {
    for (let i = 0; i < times; i++) {
      for (let n = 0; n < CALM_COMMANDS; n++) await cluster.handle.put(PAYLOAD)
      const leader = await cluster.leader()
      // At any moment between two heartbeats: they come every 200 ms at most.
      await pause(200 * (i / times))
      const begin = performance.now()
      if (loss === 'killed') await cluster.kill(leader)
      else cluster.stop(leader)
      await cluster.handle.put(PAYLOAD)
      const ms = performance.now() - begin
      all.push(ms)
      onTime(ms)
      if (loss === 'killed') await cluster.restart(leader)
      else cluster.goOn(leader)
      await cluster.caughtUp(leader)
    }
    return all
  } finally {
    await cluster.close()
  }
}
