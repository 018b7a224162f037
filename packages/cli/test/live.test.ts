import { join } from 'node:path'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openFileStorage } from '@rafted/storage'
import { defineValue, openHost } from 'rafted'
import { expect, test } from 'vitest'
import { emptyDirectory } from './on-files.ts'
import { chunksOf, command, entriesOf, metaOf, orders, write } from './sample.ts'
import { typed, typedJson } from './typed.ts'

interface Dumped {
  readonly index: number
  readonly value: unknown
}

function linesOf(out: string): Dumped[] {
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Dumped)
}

test('all commands, while another one writes, begins files, saves snapshots and gives files up', async () => {
  const directory = emptyDirectory()
  const path = join(directory, 'data/a')
  const options = {
    path,
    cluster: 'shop',
    host: 'a',
    clock: realClock,
    random: realRandom,
    segmentBytes: 2000,
  }
  const { logs, snapshots } = await openFileStorage(options)
  await logs.create('orders', orders)
  let acknowledged = 0
  let stopped = false
  const writing = (async () => {
    for (let index = 1; !stopped; index++) {
      const entries = entriesOf(index, [command(index, `order ${index}`)])
      await logs.write([{ group: 'orders', write: write({ entries }) }])
      acknowledged = index
      if (index % 25 !== 0) continue
      const content = new Uint8Array(1000).fill(index)
      await snapshots.save('orders', chunksOf(content), () => metaOf(index, 1, content))
      await logs.compact('orders', { index, term: 1 })
    }
  })()
  try {
    // However fast the disk is, compared with the commands: until enough has happened beside them.
    for (let round = 0; round < 15 || acknowledged <= 100; round++) {
      const before = acknowledged
      const dumped = await typed(directory, 'dump data/a --group orders --json')
      expect(dumped).toMatchObject({ status: 0, said: '' })
      const entries = linesOf(dumped.out)
      const first = entries[0]?.index ?? 0
      for (const [i, { index, value }] of entries.entries())
        expect({ index, value }).toEqual({ index: first + i, value: `order ${first + i}` })
      const { groups } = await typedJson<{ groups: [{ last: { index: number } }] }>(
        directory,
        'last-index data/a',
      )
      expect(groups[0].last.index).toBeGreaterThanOrEqual(before)
      expect(await typed(directory, 'verify data/a')).toMatchObject({ status: 0, said: '' })
      const inspected = await typedJson<object>(directory, 'inspect data/a')
      expect(inspected).toMatchObject({ holder: { pid: process.pid }, faults: [] })
    }
  } finally {
    stopped = true
    await writing
    await Promise.all([logs.close(), snapshots.close()])
  }
  expect(acknowledged).toBeGreaterThan(100)
})

test('a host that runs: who holds its directory, and what its users did', async () => {
  const directory = emptyDirectory()
  const queue = defineValue({
    init: () => [] as readonly string[],
    commands: { enqueue: (q, item: string) => [q.length, [...q, item]] },
    queries: {},
  })
  const host = await openHost({
    id: 'a',
    cluster: 'shop',
    listen: '127.0.0.1:0',
    dir: join(directory, 'data/a'),
  })
  try {
    await host.createGroup('queue', { machine: queue })
    await host.value('queue', queue).enqueue('first')
    const { out } = await typed(directory, 'inspect data/a')
    expect(out).toContain(`by process ${process.pid} on `)
    expect(out).toMatch(/members +voters a \(entry \d+\)/)
    const dumped = await typed(directory, 'dump data/a --group queue')
    expect(dumped.out).toMatch(/ {2}configuration {2}voters a\n/)
    expect(dumped.out).toMatch(/ {2}session {2}open session \d+\n/)
    expect(dumped.out).toMatch(/ {2}command {2}session \d+ number 1 {2}\[ 'enqueue', 'first' \]\n/)
  } finally {
    await host.close()
  }
  expect((await typed(directory, 'inspect data/a')).out).toContain('held       by nobody')
})
