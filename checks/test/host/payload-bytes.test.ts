/** The bytes of a command on their way: made once at the leader, and at a follower those of the batch that came. Log, disk and machine are given the same ones. */
import { createClient } from '@rafted/client'
import { type Codec, defineValue, type LogStore } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { EntryKind } from '@rafted/core'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { valueCodec } from '@rafted/wire'
import { expect, onTestFinished, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'
import { delegated } from '../delegated-transport.ts'

const seams = { clock: realClock, random: realRandom }
const network = memoryNetwork(seams)
const ids = ['a', 'b', 'c']
const settings = { heartbeatMs: 20, electionMs: 400 }
/** Large enough to be told from everything else that travels. */
const ITEM = 'x'.repeat(50_000)

/** What a host had in hand of the large command, by where it was. */
interface Seen {
  readonly batches: Uint8Array[]
  readonly written: Uint8Array[]
  readonly decoded: Uint8Array[]
}

const isLarge = (bytes: Uint8Array): boolean => bytes.byteLength > ITEM.length

async function opened(id: string, seen: Seen): Promise<Host> {
  const stores = memoryStorage().open()
  const write: LogStore['write'] = (writes) => {
    for (const { write: one } of writes)
      for (const { kind, payload } of one.entries)
        if (kind === EntryKind.command && isLarge(payload)) seen.written.push(payload)
    return stores.logs.write(writes)
  }
  const transport = network.transport({ name: id, role: 'peer' })
  const watched = delegated(transport, {
    listen: (events) =>
      transport.listen({
        onBatch: (from, batch) => {
          if (isLarge(batch)) seen.batches.push(batch)
          events.onBatch(from, batch)
        },
        onPeer: (name, state) => events.onPeer(name, state),
        onUnreachable: (...why) => events.onUnreachable?.(...why),
      }),
  })
  const logs = new Proxy(stores.logs, {
    get: (target, name) => (name === 'write' ? write : bound(target, name)),
  })
  const host = await openHost({
    id,
    cluster: 'bytes',
    transport: watched,
    ...stores,
    logs,
    durable: false,
    ...seams,
  })
  onTestFinished(() => host.close({ transfer: false }))
  return host
}

function bound(target: LogStore, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}

test('no copy is made of them', async () => {
  const all = new Map<string, Seen>(ids.map((id) => [id, { batches: [], written: [], decoded: [] }]))
  const hosts: Host[] = []
  for (const id of ids) {
    const codec: Codec = {
      encode: (value) => valueCodec.encode(value),
      decode(bytes) {
        if (isLarge(bytes)) all.get(id)!.decoded.push(bytes)
        return valueCodec.decode(bytes)
      },
    }
    const list = defineValue({
      codec,
      init: () => 0,
      commands: { add: (n, _: string) => [n + 1, n + 1] },
      queries: { n: (n) => n },
    })
    const host = await opened(id, all.get(id)!)
    hosts.push(host)
    if (id === 'a') await host.createGroup('list', { machine: list, settings })
    else await host.group('list', { machine: list, settings, join: ['a'] })
  }
  const voters = () => hosts[0]!.status('list')?.configuration?.configuration.voters.length
  await until(() => voters() === ids.length)
  const client = createClient({ link: hosts[0]!.link, addresses: ids, ...seams })
  onTestFinished(() => client.close())
  await client.machine('list', { codec: valueCodec }).command(['add', ITEM])
  await until(() => [...all.values()].every(({ decoded }) => decoded.length > 0))
  for (const [id, { batches, written, decoded }] of all) {
    expect([written.length, decoded.length], id).toEqual([1, 1])
    const [inLog] = written
    const [given] = decoded
    // The command is a part of the entry's payload: not another one.
    expect(given!.buffer, id).toBe(inLog!.buffer)
    expect(given!.byteOffset, id).toBeGreaterThan(inLog!.byteOffset)
    if (id !== 'a')
      expect(
        batches.map(({ buffer }) => buffer),
        id,
      ).toContain(inLog!.buffer)
  }
})
