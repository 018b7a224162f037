/** The program of docs/errors.md about calls in doubt. */
import { type CommandId, defineValue, isRaftedError, type MemoryHost } from 'rafted-memory'

export const orders = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (all, order: string) => [all.length, [...all, order]] },
  queries: { all: (all) => all },
})

/** Adds an order. However long that takes, it is known in the end whether it was added. */
export async function add(host: MemoryHost, order: string, timeoutMs: number): Promise<number> {
  try {
    return await host.value('orders', orders).with({ timeoutMs }).add(order)
  } catch (error) {
    if (!isRaftedError(error) || error.outcome !== 'unknown') throw error
    const resolved = await host.resolve('orders', orders, error.details.id as CommandId)
    if (resolved.outcome === 'applied') return resolved.result as number
    throw resolved.error
  }
}
