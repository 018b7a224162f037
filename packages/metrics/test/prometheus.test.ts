/** What Prometheus is given, and how. */
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, type OpenMetricsContentType, Registry } from 'prom-client'
import { afterEach, describe, expect, test } from 'vitest'
import { createMetrics, METRIC_NAMES, METRICS, type Metrics, prometheusName } from '../src/index.ts'
import { type MetricsServer, metricsHandler, registerMetrics, serveMetrics } from '../src/prometheus.ts'
import { EVENTS, MadeUpHost, madeUpStatus } from './made-up.ts'

function metricsOf(id: string, host = new MadeUpHost({ g: madeUpStatus() }, id)): Metrics {
  const metrics = createMetrics()
  metrics.watch(host)
  return metrics
}
const linesOf = (page: string, pattern: RegExp): string[] =>
  page.split('\n').filter((line) => !line.startsWith('#') && pattern.test(line))

const opened: { close(): unknown }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()))
})

describe('a registry', () => {
  test('has each metric with its kind and what is said of it', async () => {
    const page = await registerMetrics(metricsOf('a')).metrics()
    for (const name of METRIC_NAMES) {
      const { help, kind } = METRICS[name]
      expect(page).toContain(
        `# HELP ${prometheusName(name)} ${help}\n# TYPE ${prometheusName(name)} ${kind}\n`,
      )
    }
    expect(linesOf(page, /^rafted_(term|log_size|disk_latency)/)).toEqual([
      'rafted_term{host="a",group="g"} 7',
      'rafted_log_size_bytes{host="a",group="g"} 5000',
      'rafted_disk_latency_seconds{host="a",percentile="50"} 0.001',
      'rafted_disk_latency_seconds{host="a",percentile="99"} 0.02',
      'rafted_disk_latency_seconds{host="a",percentile="100"} 0.3',
    ])
  })

  test('asks for each status once, however many metrics it has and whoever asks it at once', async () => {
    const host = new MadeUpHost({ g: madeUpStatus() })
    const registry = registerMetrics(metricsOf('a', host))
    const [one, other] = await Promise.all([registry.metrics(), registry.metrics()])
    expect(one).toBe(other)
    expect(host.asked).toBe(1)
    expect(await registry.metrics()).toBe(one)
    expect(host.asked).toBe(2)
  })

  test('holds nothing that is no longer so, and counters that go on', async () => {
    const host = new MadeUpHost({ g: madeUpStatus(), h: madeUpStatus() })
    const metrics = metricsOf('a', host)
    const registry = registerMetrics(metrics)
    metrics.event({ ...EVENTS['command-failed'], group: 'h' })
    const pattern = /^rafted_(term|commands_failed_total)/
    expect(linesOf(await registry.metrics(), pattern)).toHaveLength(4)
    host.members.delete('h')
    metrics.event({ ...EVENTS['command-failed'], group: 'g' })
    expect(linesOf(await registry.metrics(), pattern)).toEqual([
      'rafted_term{host="a",group="g"} 7',
      'rafted_commands_failed_total{host="a",group="h"} 1',
      'rafted_commands_failed_total{host="a",group="g"} 1',
    ])
  })

  test('has the metrics of several hosts, beside those of the application', async () => {
    const registry = new Registry()
    new Counter({ name: 'mine_total', help: 'Mine', registers: [registry] }).inc()
    expect(registerMetrics([metricsOf('a'), metricsOf('b')], registry)).toBe(registry)
    expect(linesOf(await registry.metrics(), /^(mine|rafted_term)/)).toEqual([
      'mine_total 1',
      'rafted_term{host="a",group="g"} 7',
      'rafted_term{host="b",group="g"} 7',
    ])
  })

  test('takes each name once, and nothing if one of them is taken', () => {
    const registry = new Registry()
    new Counter({ name: 'rafted_elections_total', help: 'Mine', registers: [registry] })
    expect(() => registerMetrics(metricsOf('a'), registry)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', outcome: 'not-applied' }),
    )
    expect(registry.getMetricsAsArray()).toHaveLength(1)
  })

  test('speaks OpenMetrics as well', async () => {
    const registry = registerMetrics(metricsOf('a'), new Registry<OpenMetricsContentType>())
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    const page = await registry.metrics()
    expect(page).toContain('rafted_elections_total{host="a",group="g"} 2\n')
    expect(page.endsWith('# EOF\n')).toBe(true)
  })
})

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push({ close: () => server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

describe('a handler', () => {
  test('answers any server’s GET with the page and its type, HEAD with the type, and nothing else', async () => {
    const registry = registerMetrics(metricsOf('a'))
    const url = await listening(createServer(metricsHandler(registry)))
    const got = await fetch(url)
    expect(got.status).toBe(200)
    expect(got.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await got.text()).toBe(await registry.metrics())
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const posted = await fetch(url, { method: 'POST', body: 'x' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test('shows nothing of an error', async () => {
    const failing = {
      contentType: Registry.PROMETHEUS_CONTENT_TYPE,
      metrics: () => Promise.reject(new Error('secret')),
    }
    const got = await fetch(await listening(createServer(metricsHandler(failing))))
    expect([got.status, await got.text()]).toEqual([500, 'The metrics could not be collected.\n'])
  })
})

describe('a server of its own', () => {
  const served = async (port = 0, address?: string): Promise<MetricsServer> => {
    const server = await serveMetrics(registerMetrics(metricsOf('a')), { port, address })
    opened.push(server)
    return server
  }

  test('has the page on a port that only this machine reaches', async () => {
    const server = await served()
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/metrics`)
    expect(linesOf(await (await fetch(server.url)).text(), /^rafted_term/)).toHaveLength(1)
    expect((await fetch(`${server.url}?name=x`)).status).toBe(200)
    expect((await fetch(new URL('/', server.url))).status).toBe(404)
  })

  test('ends when it is told to, whoever is connected still', async () => {
    const server = await served()
    const { port } = server
    const connected = request({ port, host: '127.0.0.1', path: '/metrics', agent: false })
    const cut = new Promise((resolve) => connected.once('error', resolve))
    await new Promise((resolve) => connected.once('socket', (socket) => socket.once('connect', resolve)))
    await server[Symbol.asyncDispose]()
    expect(await cut).toMatchObject({ code: 'ECONNRESET' })
    await expect(fetch(server.url)).rejects.toThrow()
  })

  test('refuses a port that can’t be or is taken', async () => {
    const { port } = await served()
    await expect(served(port)).rejects.toMatchObject({ code: 'address-in-use', outcome: 'not-applied' })
    for (const bad of [-1, 65_536, 1.5, Number.NaN])
      await expect(served(bad)).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(served(0, '192.0.2.1')).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
