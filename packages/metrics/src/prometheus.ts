export { type MetricsRequest, type MetricsResponse, metricsHandler } from './prometheus/handler.ts'
export { type AnyRegistry, registerMetrics } from './prometheus/registry.ts'
export { type MetricsServer, type ServeMetricsOptions, serveMetrics } from './prometheus/server.ts'
export type { MetricsSources } from './sources.ts'
