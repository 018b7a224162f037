/** A host whose disk is slow says so, in its status and once as an event (F90). */
import { createClient } from '@rafted/client'
import { defineValue, type EventOf } from '@rafted/contracts'
import { openHost } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { SeededRandom, SimulatedFileSystem } from '@rafted/testing'
import { memoryNetwork } from '@rafted/transport-memory'
import { expect, test } from 'vitest'
import { SteppedClock } from '../../src/stepped-clock.ts'

const count = defineValue({
  init: () => 0,
  commands: { add: (n) => [n + 1, n + 1] },
  queries: { current: (n) => n },
})

test('a disk that takes long for each write is told once, and once when it is quick again', async () => {
  const clock = new SteppedClock()
  const random = new SeededRandom(1)
  const disk = new SimulatedFileSystem({ seed: 1, clock })
  let tookMs = 0
  disk.stalling = ({ name, path }) => (name === 'write' && path.endsWith('.log') ? tookMs : 0)
  const { files: fileSystem, machine } = disk.mount()
  const at = { path: '/data', cluster: 'test', host: 'a', clock, random, fileSystem, machine }
  const { logs, snapshots } = await openFileStorage(at)
  const transport = memoryNetwork({ clock }).transport({ name: 'a', role: 'peer' })
  const seams = { transport, logs, snapshots, clock, random }
  const host = await openHost({ id: 'a', cluster: 'test', durable: true, ...seams, slowDiskMs: 250 })
  const told: EventOf<'slow-disk'>[] = []
  host.on('slow-disk', (event) => void told.push(event))
  await host.createGroup('count', { machine: count })
  const client = createClient({ link: host.link, addresses: ['a'], clock, random })
  const counter = client.value('count', count)
  let writes = true
  const writing = (async () => {
    while (writes) await counter.add()
  })()
  const status = () => host.status('count')!.disk
  tookMs = 50
  await clock.pass(5000)
  expect(status()).toMatchObject({ lastMs: 50, p50Ms: 50, stalls: 0 })
  tookMs = 300
  await clock.pass(9000)
  expect(told).toEqual([])
  await clock.pass(6000)
  expect(told).toMatchObject([{ level: 'warn', state: 'slow', maxMs: 300 }])
  expect(status()).toMatchObject({ lastMs: 300, maxMs: 300 })
  expect(status().stalls).toBeGreaterThan(40)
  tookMs = 50
  await clock.pass(15_000)
  expect(told).toMatchObject([{ state: 'slow' }, { level: 'info', state: 'recovered' }])
  tookMs = 0
  writes = false
  await clock.pass(1000)
  await writing
  const closed = Promise.all([client.close(), host.close()])
  await clock.pass(5000)
  await closed
})

test.each([0, -1, Number.NaN])('a bound of %s is none', async (slowDiskMs) => {
  const clock = new SteppedClock()
  const transport = memoryNetwork({ clock }).transport({ name: 'a', role: 'peer' })
  const closing = { close: async () => {} } as never
  const options = {
    id: 'a',
    cluster: 'test',
    transport,
    logs: closing,
    snapshots: closing,
    durable: false,
    clock,
  }
  await expect(openHost({ ...options, random: new SeededRandom(1), slowDiskMs })).rejects.toMatchObject({
    code: 'invalid-argument',
  })
})
