/** Whether honest callers are slower while others attack: compared block by block, since what else the machine does changes from second to second. */
import { readFileSync } from 'node:fs'
import { quantile } from './callers.ts'

interface Quantiles {
  readonly calls: number
  readonly p50: number
  readonly p99: number
}

/** Calls while hostile frames came, and while as many valid ones of the same sizes came in a second. */
export interface Pair {
  readonly hostile: Quantiles
  readonly valid: Quantiles
  /** Which part of this time the process could have run and was not let: others had the processors. */
  readonly starved: number
}

const quantilesOf = (sorted: readonly number[]): Quantiles => ({
  calls: sorted.length,
  p50: quantile(sorted, 0.5),
  p99: quantile(sorted, 0.99),
})

/** @param hostile milliseconds, sorted, as are those of `valid`. */
export function pairOf(hostile: readonly number[], valid: readonly number[], starved: number): Pair {
  return { hostile: quantilesOf(hostile), valid: quantilesOf(valid), starved }
}

/** What waits for a processor for longer measures the others on the machine. */
const MOST_STARVED = 0.5
/** Of fewer calls one in a hundred is none. */
const FEWEST_CALLS = 50

/** The pairs that say something. */
export function tellingOf(pairs: readonly Pair[]): Pair[] {
  return pairs.filter(
    ({ hostile, valid, starved }) =>
      starved < MOST_STARVED && hostile.calls >= FEWEST_CALLS && valid.calls >= FEWEST_CALLS,
  )
}

/** The median, over all pairs that say something, of how many times slower calls are under fuzz; null where fewer than half do. */
export function slowdownOf(pairs: readonly Pair[], of: 'p50' | 'p99'): number | null {
  const telling = tellingOf(pairs)
  if (telling.length * 2 < pairs.length) return null
  const ratios = telling.map(({ hostile, valid }) => hostile[of] / valid[of])
  return quantile(
    ratios.sort((a, b) => a - b),
    0.5,
  )
}

/** For how long the main thread of this process has waited for a processor, seconds, as far as the system says so. */
export function waitedSeconds(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e9
  } catch {
    // Only Linux tells.
    return 0
  }
}
