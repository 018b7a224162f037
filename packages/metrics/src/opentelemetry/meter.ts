/// <reference lib="esnext.disposable" preserve="true" />
/** Every metric as an instrument of OpenTelemetry, observed when its reader collects. */
import { type BatchObservableCallback, type Meter, metrics, type Observable } from '@opentelemetry/api'
import type { Subscription } from '@rafted/contracts'
import { METRIC_NAMES, METRICS, type MetricName } from '../description.ts'
import { type Sample, seriesKey } from '../samples.ts'
import { collectAll, type MetricsSources } from '../sources.ts'

/**
 * Makes an instrument of each metric of these hosts; all are read in one go whenever the reader of your SDK collects.
 * @param meter Default: `@rafted/metrics` of the provider that is registered globally, so register yours before.
 * @returns ends it: nothing is read any more. An SDK that reports cumulatively may go on telling what it was told last, until its provider is shut down.
 */
export function observeMetrics(
  sources: MetricsSources,
  meter: Meter = metrics.getMeter('@rafted/metrics'),
): Subscription {
  const instruments = new Map<MetricName, Observable>(
    METRIC_NAMES.map((name) => [name, instrumentOf(meter, name)]),
  )
  const all = [...instruments.values()]
  const gone = new GoneGauges()
  const observe: BatchObservableCallback = async (result) => {
    const samples = await collectAll(sources)
    for (const { name, labels, value } of [...samples, ...gone.since(samples)])
      result.observe(instruments.get(name)!, value, labels)
  }
  meter.addBatchObservableCallback(observe, all)
  const end = (): void => meter.removeBatchObservableCallback(observe, all)
  return Object.assign(end, { [Symbol.dispose]: end })
}

function instrumentOf(meter: Meter, name: MetricName): Observable {
  const { kind, help: description, unit } = METRICS[name]
  return kind === 'counter'
    ? meter.createObservableCounter(name, { description, unit })
    : meter.createObservableGauge(name, { description, unit })
}

/**
 * Gauges that there were and are no longer: the lag of the peers of a leader that was, a group that has left. SDKs should forget what is not observed any more, and not all do;
 * those that don't are told 0, once, which is what there is of it.
 */
class GoneGauges {
  #before = new Map<string, Sample>()

  since(samples: readonly Sample[]): Sample[] {
    const now = new Map<string, Sample>()
    for (const sample of samples)
      if (METRICS[sample.name].kind === 'gauge') now.set(seriesKey(sample.name, sample.labels), sample)
    const gone = [...this.#before].filter(([key]) => !now.has(key))
    this.#before = now
    return gone.map(([, { name, labels }]) => ({ name, labels, value: 0 }))
  }
}
