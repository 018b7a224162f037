/** What this process keeps, once all that nobody can reach any more is thrown away. */
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** @returns bytes of heap and of buffers outside of it. */
export async function keptBytes(): Promise<number> {
  // What is freed outside of the heap is noticed in the turn behind the collection.
  for (let round = 0; round < 2; round++) {
    collect()
    await turn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
