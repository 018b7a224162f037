/** Every metric in a registry of prom-client, collected when the registry is asked. */
import { RaftedError } from '@rafted/contracts'
import {
  Counter,
  Gauge,
  type OpenMetricsContentType,
  type PrometheusContentType,
  Registry,
} from 'prom-client'
import { labelNames, METRIC_NAMES, METRICS, type MetricName, prometheusName } from '../description.ts'
import type { Sample } from '../samples.ts'
import { collectAll, type MetricsSources } from '../sources.ts'

/** A registry of prom-client, whichever of the two formats it writes. */
export type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>

/**
 * Registers all metrics of these hosts. They are read when the registry is asked for its own (`metrics()`), all in one go.
 * @param registry where, beside what is yours. Default: one of its own.
 * @returns the registry.
 * @throws {RaftedError} `invalid-argument` where the registry has one of these names already.
 */
export function registerMetrics<R extends AnyRegistry = Registry>(
  sources: MetricsSources,
  registry: R = new Registry() as R,
): R {
  const taken = METRIC_NAMES.map(prometheusName).find((name) => registry.getSingleMetric(name) !== undefined)
  if (taken !== undefined)
    throw new RaftedError(
      'invalid-argument',
      `The registry has a metric "${taken}" already. The metrics of all hosts of a process are registered in one call: registerMetrics([a, b]).`,
      { outcome: 'not-applied' },
    )
  const read = sharedRead(sources)
  for (const name of METRIC_NAMES) {
    const common = {
      name: prometheusName(name),
      help: METRICS[name].help,
      labelNames: [...labelNames(name)],
      registers: [registry],
    }
    if (METRICS[name].kind === 'counter')
      new Counter({
        ...common,
        async collect() {
          const samples = await read(name)
          this.reset()
          for (const { labels, value } of samples) this.inc(labels, value)
        },
      })
    else
      new Gauge({
        ...common,
        async collect() {
          const samples = await read(name)
          this.reset()
          for (const { labels, value } of samples) this.set(labels, value)
        },
      })
  }
  return registry
}

/** A registry asks each of its metrics on its own, all in one go: one collection answers them all. */
function sharedRead(sources: MetricsSources): (name: MetricName) => Promise<readonly Sample[]> {
  let reading: Promise<Map<MetricName, Sample[]>> | null = null
  const readAll = async (): Promise<Map<MetricName, Sample[]>> => {
    const byName = new Map<MetricName, Sample[]>()
    for (const sample of await collectAll(sources)) {
      const same = byName.get(sample.name)
      if (same === undefined) byName.set(sample.name, [sample])
      else same.push(sample)
    }
    return byName
  }
  return async (name) => {
    reading ??= readAll().finally(() => {
      reading = null
    })
    return (await reading).get(name) ?? []
  }
}
