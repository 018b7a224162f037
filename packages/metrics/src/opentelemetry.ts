export { appliedSpans } from './opentelemetry/applied-spans.ts'
export { observeMetrics } from './opentelemetry/meter.ts'
export { type TraceableClient, type TraceOptions, traced } from './opentelemetry/traced.ts'
export type { MetricsSources } from './sources.ts'
