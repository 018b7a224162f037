export {
  type CounterDescription,
  type GaugeDescription,
  labelNames,
  METRIC_NAMES,
  METRICS,
  type MetricDescription,
  type MetricName,
  type MetricNameOf,
  OTHER_GROUPS,
  type OwnLabel,
  prometheusName,
  type Scope,
} from './description.ts'
export type {
  MeteredConfiguration,
  MeteredHost,
  MeteredLatency,
  MeteredMember,
  MeteredPeer,
  MeteredStatus,
} from './metered-host.ts'
export { createMetrics, type Metrics, type MetricsOptions } from './metrics.ts'
export type { Labels, Sample } from './samples.ts'
