/** What a log store in memory holds is not kept a second time. */
import { createClient } from '@rafted/client'
import { defineValue, type LogStore } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { expect, test } from 'vitest'

const count = defineValue({
  init: () => 0,
  commands: { add: (n) => [n + 1, n + 1] },
  queries: { current: (n) => n },
})

/** From now on. */
function readsOf(logs: LogStore): { count: number } {
  const reads = { count: 0 }
  const read = logs.read.bind(logs)
  logs.read = (...args) => {
    reads.count++
    return read(...args)
  }
  return reads
}

/** Lets one of three members miss some commands. @returns how often the leader read its own log to catch it up. */
async function readsToCatchUp(durableAtOnce: boolean): Promise<number> {
  const network = memoryNetwork({ clock: realClock })
  const stores = [0, 1, 2].map(() => memoryStorage().open())
  for (const { logs } of stores) Object.defineProperty(logs, 'durableAtOnce', { value: durableAtOnce })
  const open = (id: string, { logs, snapshots }: (typeof stores)[number]) =>
    openHost({
      id,
      cluster: 'test',
      transport: network.transport({ name: id, role: 'peer' }),
      logs,
      snapshots,
      durable: false,
      clock: realClock,
      random: realRandom,
    })
  const [a, b, c] = [
    await open('a', stores[0]!),
    await open('b', stores[1]!),
    await open('c', stores[2]!),
  ] as const
  const client = createClient({ link: a.link, clock: realClock, random: realRandom, addresses: ['a'] })
  await a.createGroup('count', { machine: count })
  const handle = client.value('count', count)
  for (const host of [b, c]) await host.group('count', { machine: count, join: ['a'] })
  while (c.status('count')?.configuration?.configuration.voters.length !== 3) await handle.current()
  const caughtUp = async (): Promise<void> => {
    while (c.status('count')!.appliedIndex < a.status('count')!.appliedIndex) await handle.current()
  }
  await caughtUp()

  const reads = readsOf(stores[0]!.logs)
  network.cut('a', 'c')
  for (let i = 0; i < 20; i++) await handle.add()
  network.heal('a', 'c')
  await caughtUp()
  await client.close()
  for (const host of [c, b, a]) await host.close()
  return reads.count
}

test('the tail of a log in memory ends where it has been applied; what is older is read back', async () => {
  expect(await readsToCatchUp(true)).toBeGreaterThan(0)
})

test('the tail of any other log serves who is a little behind', async () => {
  expect(await readsToCatchUp(false)).toBe(0)
})

test('a log that was just begun is not read back', async () => {
  const { logs, snapshots } = memoryStorage().open()
  Object.defineProperty(logs, 'durableAtOnce', { value: false })
  const reads = readsOf(logs)
  const transport = memoryNetwork({ clock: realClock }).transport({ name: 'a', role: 'peer' })
  const seams = { transport, logs, snapshots, clock: realClock, random: realRandom }
  const host = await openHost({ id: 'a', cluster: 'test', durable: false, ...seams })
  const client = createClient({ link: host.link, clock: realClock, random: realRandom, addresses: ['a'] })
  await host.createGroup('count', { machine: count, settings: { electionMs: 700 } })
  await client.value('count', count).add()
  await client.close()
  await host.close()
  expect(reads.count).toBe(0)
})
