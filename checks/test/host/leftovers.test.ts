/** What a former member has left behind is nothing to the one that comes after it. */
import { createClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
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

// Found by the simulator: the host was killed between forgetting the log and forgetting the snapshots. The snapshot that was left
// was newer than the leader's, so the store dropped the leader's, again and again.
test('a newer snapshot of a former member does not keep the leader’s out', async () => {
  const network = memoryNetwork({ clock: realClock })
  const settings = { snapshotMinBytes: 1000, snapshotFactor: 1, tailBytes: 500 }
  const open = async (
    id: string,
    { logs, snapshots }: ReturnType<ReturnType<typeof memoryStorage>['open']>,
  ) =>
    openHost({
      id,
      cluster: 'test',
      transport: network.transport({ name: id, role: 'peer' }),
      logs,
      snapshots,
      durable: true,
      clock: realClock,
      random: realRandom,
    })
  const stores = { a: memoryStorage().open(), b: memoryStorage().open() }
  const a = await open('a', stores.a)
  const client = createClient({ link: a.link, clock: realClock, random: realRandom, addresses: ['a'] })
  await a.createGroup('count', { machine: count, settings })
  const handle = client.value('count', count)
  for (let i = 0; i < 200; i++) await handle.add()
  while (a.status('count')!.snapshotIndex === 0) await handle.add()
  const [newest] = await stores.a.snapshots.list('count')
  await stores.b.snapshots.save('count', (async function* () {})(), () => ({
    ...newest!,
    index: newest!.index + 10_000,
    size: 0,
    checksum: 0,
  }))
  const b = await open('b', stores.b)
  await b.group('count', { machine: count, settings, join: ['a'] })
  while (b.status('count')?.configuration?.configuration.voters.length !== 2) await handle.current()
  expect(b.status('count')!.appliedIndex).toBeGreaterThan(200)
  await client.close()
  for (const host of [b, a]) await host.close()
})
