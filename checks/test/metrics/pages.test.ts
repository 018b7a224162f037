/** README of the package and docs/metrics.md: their programs do what is said of them. */
import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { format } from 'node:util'
import * as metrics from '@rafted/metrics'
import * as opentelemetry from '@rafted/metrics/opentelemetry'
import * as prometheus from '@rafted/metrics/prometheus'
import * as memory from 'rafted-memory'
import { describe, expect, test } from 'vitest'
import { freePorts } from '../../src/endure/free-ports.ts'
import { until } from '../../src/until.ts'
import { root } from '../packed-packages.ts'

const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')
const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block]) => block!)

const require = createRequire(import.meta.url)
/** What a package of ours takes from others is where the package finds it. */
const there = createRequire(join(root, 'packages/metrics/package.json'))
const modules: Record<string, () => unknown> = {
  '@opentelemetry/api': () => there('@opentelemetry/api'),
  '@opentelemetry/sdk-metrics': () => there('@opentelemetry/sdk-metrics'),
  '@rafted/metrics': () => metrics,
  '@rafted/metrics/opentelemetry': () => opentelemetry,
  '@rafted/metrics/prometheus': () => prometheus,
  'node:http': () => http,
  'rafted-memory': () => memory,
  express: () => require('express'),
  fastify: () => require('fastify'),
}

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<Record<string, { close(): Promise<void> }>>

/** Runs a program, and gives what it calls `kept`. */
async function run(program: string, printed: string[], kept: readonly string[] = []) {
  const body = program
    .replaceAll(/^import .* from '\.\/.*'\n/gm, '')
    .replaceAll(
      /^import \{(.*)\} from '(.*)'$/gm,
      (_, names: string, module: string) =>
        `const {${names.replaceAll(' as ', ': ')}} = modules['${module}']()`,
    )
    .replaceAll(/^import (\w+) from '(.*)'$/gm, "const $1 = modules['$2']()")
    .replaceAll(/^export /gm, '')
  const log = { log: (...args: unknown[]) => void printed.push(format(...args)) }
  return new AsyncFunction('modules', 'console', `${body}\nreturn { ${kept.join(', ')} }`)(modules, log)
}

test('the program of the README prints what it says', async () => {
  const readme = textOf('packages/metrics/README.md')
  const printed: string[] = []
  await run(blocksOf(readme, 'js')[0]!, printed)
  expect(`${printed.join('\n')}\n`).toBe(blocksOf(readme, 'text')[0])
})

describe('docs/metrics.md', () => {
  const programs = new Map(
    blocksOf(textOf('docs/metrics.md'), 'js').flatMap((block) => {
      const [, name, program] = /^\/\/ (\S+)\n(.*)$/s.exec(block) ?? []
      return name === undefined ? [] : [[name, program!] as const]
    }),
  )
  const withHost = (name: string): string => programs.get('host.js')! + programs.get(name)!

  test('has these programs, each of which is run here', () => {
    expect([...programs.keys()].sort()).toEqual(
      ['host.js', 'own-port.js', 'plain.js', 'express.js', 'fastify.js', 'opentelemetry.js'].sort(),
    )
  })

  test.each(['own-port.js', 'plain.js', 'express.js', 'fastify.js'])('%s serves the page', async (name) => {
    const [port] = await freePorts(1)
    const program = withHost(name).replaceAll(/\b(3000|9464)\b/g, String(port))
    const printed: string[] = []
    const { host, server } = await run(program, printed, ['host', 'server'])
    const url = `http://127.0.0.1:${port}/metrics`
    await until(() =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    const page = await fetch(url)
    expect(page.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await page.text()).toContain('\nrafted_members{host="a",group="tally",state="leader"} 1\n')
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404)
    if (name === 'own-port.js') expect(printed).toEqual([url])
    await server!.close()
    await host!.close()
  })

  test('opentelemetry.js exports what its reader collects', async () => {
    const names: string[] = []
    // The SDK's own writes to the console of the process.
    class ConsoleMetricExporter {
      export({ scopeMetrics }: Exported, done: (result: { code: number }) => void): void {
        for (const { metrics } of scopeMetrics)
          names.push(...metrics.map(({ descriptor }) => descriptor.name))
        done({ code: 0 })
      }
      async forceFlush(): Promise<void> {}
      async shutdown(): Promise<void> {}
    }
    const sdk = there('@opentelemetry/sdk-metrics') as object
    modules['@opentelemetry/sdk-metrics'] = () => ({ ...sdk, ConsoleMetricExporter })
    const { host, reader } = await run(withHost('opentelemetry.js'), [], ['host', 'reader'])
    const { forceFlush, shutdown } = reader as unknown as Record<string, () => Promise<void>>
    await forceFlush!.call(reader)
    expect(names).toContain('rafted.members')
    await shutdown!.call(reader)
    await host!.close()
  })
})

interface Exported {
  readonly scopeMetrics: readonly {
    readonly metrics: readonly { readonly descriptor: { readonly name: string } }[]
  }[]
}
