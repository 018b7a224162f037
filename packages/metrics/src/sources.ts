/** One or several hosts' metrics as one: two hosts of a process have metrics of their own, and what collects them knows each name once. */
import type { Metrics } from './metrics.ts'
import type { Sample } from './samples.ts'

/** The metrics of one host, or those of each host of this process. */
export type MetricsSources = Metrics | readonly Metrics[]

/** Collects all of them. */
export async function collectAll(sources: MetricsSources): Promise<readonly Sample[]> {
  const all = 'collect' in sources ? [sources] : sources
  return (await Promise.all(all.map((one) => one.collect()))).flat()
}
