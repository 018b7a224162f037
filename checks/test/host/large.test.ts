/** What fits in no batch is refused where it is given, and holds up nothing: neither the group nor who waits (F25). */
import { type Client, createClient } from '@rafted/client'
import { defineValue, isRaftedError, type RaftedEvent } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const seams = { clock: realClock, random: realRandom }
const BATCH = 32 * 1024

const texts = defineValue({
  init: () => [] as readonly string[],
  commands: {
    add: (list, text: string) => [list.length, [...list, text]],
    addAndAnswer: (list, text: string, bytes: number) => ['y'.repeat(bytes), [...list, text]],
  },
  queries: { count: (list) => list.length, show: (_, bytes: number) => 'z'.repeat(bytes) },
})

const opened: { close(): Promise<void> }[] = []
const events: RaftedEvent[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
  events.length = 0
})

interface Place {
  readonly host: Host
  readonly client: Client
}
let network: ReturnType<typeof memoryNetwork>
let places: Place[]

async function open(id: string): Promise<Place> {
  const transport = network.transport({ name: id, role: 'peer' })
  const observer = { event: (event: RaftedEvent) => void events.push(event) }
  const storage = memoryStorage().open()
  const host = await openHost({
    id,
    cluster: 'test',
    transport,
    ...storage,
    durable: false,
    observer,
    ...seams,
  })
  const client = createClient({ link: host.link, addresses: ['a', 'b', 'c'], ...seams })
  opened.push(client, host)
  return { host, client }
}

const settings = { snapshotMinBytes: 100_000, snapshotFactor: 1, tailBytes: 50_000, snapshotPartBytes: 1e6 }

beforeEach(async () => {
  network = memoryNetwork({ clock: realClock, maxBatchBytes: BATCH })
  places = [await open('a'), await open('b')]
  await places[0]!.host.createGroup('texts', { machine: texts, settings })
  await places[1]!.host.group('texts', { machine: texts, join: ['a'], settings })
  await until(() => places.every(({ host }) => voters(host) === 2))
})

const voters = (host: Host): number => host.status('texts')?.configuration?.configuration.voters.length ?? 0
const leads = ({ host }: Place): boolean => host.status('texts')?.role === 'leader'

test('a command of any size is done or refused as too large, from the leader’s host and from another', async () => {
  for (const place of places) {
    const handle = place.client.value('texts', texts).with({ timeoutMs: 5000 })
    let done = await handle.count()
    for (let bytes = BATCH - 3000; bytes <= BATCH + 500; bytes += 70) {
      const call = handle.add('x'.repeat(bytes)).then(
        (at) => expect(at).toBe(done++),
        (error: unknown) => {
          expect(isRaftedError(error, 'too-large') && error.outcome, String(error)).toBe('not-applied')
          expect(bytes).toBeGreaterThan(BATCH - 2500)
        },
      )
      await call
    }
    expect(await handle.count()).toBe(done)
  }
})

test('an answer that is too large is told as such, and says that the command may have been done', async () => {
  const other = places.find((place) => !leads(place))!
  const handle = other.client.value('texts', texts)
  await handle.add('first')
  await expect(handle.show(BATCH)).rejects.toMatchObject({ code: 'too-large', outcome: 'not-applied' })
  await expect(handle.addAndAnswer('second', BATCH)).rejects.toMatchObject({
    code: 'too-large',
    outcome: 'unknown',
  })
  expect(await handle.add('third')).toBe(2)
  // Within one process nothing has to fit.
  const local = places.find(leads)!.client.value('texts', texts)
  expect(await local.show(BATCH)).toHaveLength(BATCH)
})

test('a long history reaches one that joins, in batches of that size', async () => {
  const handle = places[0]!.client.value('texts', texts)
  for (let i = 0; i < 300; i++) await handle.add('x'.repeat(1000))
  const leader = places.find(leads)!.host
  await until(() => leader.status('texts')!.snapshotIndex > 0)
  const late = await open('c')
  await late.host.group('texts', { machine: texts, join: ['a', 'b'], settings })
  await until(() => voters(late.host) === 3)
  expect(await late.client.value('texts', texts).with({ read: 'stale' }).count()).toBe(300)
  expect(events.filter(({ kind }) => kind === 'transport')).toEqual([])
})

test('a transport for batches that are too small for the protocol is refused', async () => {
  const transport = memoryNetwork({ clock: realClock, maxBatchBytes: 1000 }).transport({
    name: 'z',
    role: 'peer',
  })
  const storage = memoryStorage().open()
  await expect(
    openHost({ id: 'z', cluster: 'test', transport, ...storage, durable: false, ...seams }),
  ).rejects.toMatchObject({ code: 'invalid-argument' })
})
