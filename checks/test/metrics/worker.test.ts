/** Metrics and a dashboard of a host in a worker, which is asked in its thread. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDashboard } from '@rafted/dashboard'
import { createMetrics } from '@rafted/metrics'
import { openHostInWorker } from 'rafted'
import { expect, test } from 'vitest'
import { packages } from '../compiled.ts'
import { tally } from './tally.ts'

/** The module that the worker is told of is TypeScript. */
const execArgv = [...packages, '--import', new URL('../tls/from-sources.mjs', import.meta.url).href]

test('a host in a worker tells the same, and nothing of its groups when the worker has ended', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'metrics-worker-'))
  const metrics = createMetrics()
  const host = await openHostInWorker({
    id: 'a',
    cluster: 'test',
    listen: '127.0.0.1:0',
    dir,
    secret: 'sixteen bytes at least',
    observer: metrics,
    worker: { execArgv },
  })
  metrics.watch(host)
  const exited = host.exited.catch(() => {})
  const machine = { module: new URL('./tally.ts', import.meta.url), export: 'tally' }
  await host.createGroup('tally', { machine })
  await host.value('tally', tally).add(1)
  const told = (await metrics.collect()).filter(
    ({ name, labels }) => name === 'rafted.voters' || labels.state === 'leader' || labels.percentile === '50',
  )
  expect(Object.fromEntries(told.map(({ name, value }) => [name, value]))).toEqual({
    'rafted.members': 1,
    'rafted.voters': 1,
    'rafted.disk.latency': expect.any(Number),
    'rafted.loop.delay': expect.any(Number),
  })

  const { url } = await openDashboard(host)
  const [page, token] = url.split('#token=')
  const asked = () => fetch(`${page}api/group?name=tally`, { headers: { authorization: `Bearer ${token}` } })
  expect(await (await asked()).json()).toMatchObject({
    row: { state: 'leading' },
    members: [{ host: 'a', status: { role: 'leader' } }],
  })
  await host.terminate()
  await exited
  // It ends with its host.
  await expect
    .poll(() =>
      asked().then(
        () => 'there',
        () => 'gone',
      ),
    )
    .toBe('gone')
  const left = await metrics.collect()
  expect(left.filter(({ name }) => name === 'rafted.members')).toEqual([])
  expect(left.find(({ name }) => name === 'rafted.status.unanswered')?.value).toBe(0)
  rmSync(dir, { recursive: true })
})
