/** What a reader of OpenTelemetry's own SDK is given. */
import { metrics as api } from '@opentelemetry/api'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { afterEach, expect, test } from 'vitest'
import { createMetrics, METRIC_NAMES, METRICS, type Metrics } from '../src/index.ts'
import { observeMetrics } from '../src/opentelemetry.ts'
import { EVENTS, MadeUpHost, madeUpStatus } from './made-up.ts'

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}

  async read() {
    const { resourceMetrics, errors } = await this.collect()
    expect(errors).toEqual([])
    return resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map((one) => ({ ...one, scope })),
    )
  }

  async values(name: string): Promise<(readonly [Record<string, unknown>, unknown])[]> {
    const found = (await this.read()).find(({ descriptor }) => descriptor.name === name)
    return (found?.dataPoints ?? []).map(({ attributes, value }) => [attributes, value] as const)
  }
}

function metricsOf(id: string, host = new MadeUpHost({ g: madeUpStatus() }, id)): Metrics {
  const metrics = createMetrics()
  metrics.watch(host)
  return metrics
}

function sdk() {
  const reader = new Reader()
  const provider = new MeterProvider({ readers: [reader] })
  return { reader, provider, meter: provider.getMeter('test') }
}

afterEach(() => api.disable())

test('each metric is an instrument with its kind, unit and what is said of it', async () => {
  const { reader, meter } = sdk()
  const metrics = metricsOf('a')
  for (const name of ['client_retries', 'client_redirects', 'client_sessions']) metrics.count(name, 1, 'g')
  observeMetrics(metrics, meter)
  const found = new Map((await reader.read()).map((one) => [one.descriptor.name, one]))
  expect([...found.keys()].sort()).toEqual([...METRIC_NAMES].sort())
  for (const name of METRIC_NAMES) {
    const { kind, unit, help } = METRICS[name]
    const { descriptor, ...one } = found.get(name)!
    expect(descriptor).toMatchObject({ unit, description: help })
    expect('isMonotonic' in one && one.isMonotonic, name).toBe(kind === 'counter')
  }
})

test('values are those of one collection, by host and group', async () => {
  const { reader, meter } = sdk()
  const host = new MadeUpHost({ g: madeUpStatus() }, 'b')
  const metrics = metricsOf('b', host)
  observeMetrics([metricsOf('a'), metrics], meter)
  metrics.event(EVENTS['command-failed'])
  expect(await reader.values('rafted.commands.failed')).toEqual([
    [{ host: 'a', group: 'g' }, 0],
    [{ host: 'b', group: 'g' }, 1],
  ])
  expect(host.asked).toBe(1)
  metrics.event(EVENTS['command-failed'])
  expect((await reader.values('rafted.commands.failed'))[1]).toEqual([{ host: 'b', group: 'g' }, 2])
  expect((await reader.values('rafted.peer.lag'))[1]).toEqual([{ host: 'a', group: 'g', peer: 'c' }, 60])
})

test('what is no longer so is 0, whether or not the SDK forgets it by itself', async () => {
  const { reader, meter } = sdk()
  const host = new MadeUpHost({ g: madeUpStatus(), h: madeUpStatus() })
  observeMetrics(metricsOf('a', host), meter)
  await reader.read()
  host.members.set('g', madeUpStatus({ role: 'follower', peers: [] }))
  host.members.delete('h')
  for (const _ of ['at once', 'and from then on']) {
    const lags = await reader.values('rafted.peer.lag')
    expect(lags.filter(([, value]) => value !== 0)).toEqual([])
    expect((await reader.values('rafted.term')).filter(([, value]) => value !== 0)).toEqual([
      [{ host: 'a', group: 'g' }, 7],
    ])
  }
  host.members.set('g', madeUpStatus())
  expect((await reader.values('rafted.peer.lag')).filter(([, value]) => value !== 0)).toHaveLength(2)
})

test('it ends, and may begin again', async () => {
  const { reader, meter } = sdk()
  const host = new MadeUpHost({ g: madeUpStatus() })
  const metrics = metricsOf('a', host)
  const end = observeMetrics(metrics, meter)
  await reader.read()
  end()
  await reader.read()
  expect(host.asked).toBe(1)
  const again = observeMetrics(metrics, meter)
  await reader.read()
  expect(host.asked).toBe(2)
  again[Symbol.dispose]()
  await reader.read()
  expect(host.asked).toBe(2)
})

test('without a meter it is that of the provider that was registered', async () => {
  const { reader, provider } = sdk()
  api.setGlobalMeterProvider(provider)
  observeMetrics(metricsOf('a'))
  const [first] = await reader.read()
  expect(first!.scope.name).toBe('@rafted/metrics')
})

test('without any SDK it costs nothing: nobody collects', async () => {
  const host = new MadeUpHost({ g: madeUpStatus() })
  observeMetrics(metricsOf('a', host))()
  expect(host.asked).toBe(0)
})
