/** A host comes back with a member of a group that was founded anew under its name: it is no member of that one (F84). */
import { createClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { SeededRandom } from '@rafted/testing'
import { memoryNetwork } from '@rafted/transport-memory'
import { expect, test } from 'vitest'
import { SteppedClock } from '../../src/stepped-clock.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

test('it takes nothing of the present group, gives it nothing, and keeps what it has', async () => {
  const clock = new SteppedClock()
  const random = new SeededRandom(1)
  const network = memoryNetwork({ clock })
  const open = (id: string, storage: ReturnType<typeof memoryStorage>): Promise<Host> => {
    const transport = network.transport({ name: id, role: 'peer' })
    return openHost({ id, cluster: 'test', durable: true, transport, ...storage.open(), clock, random })
  }
  const done = async <T>(promise: Promise<T>): Promise<T> => {
    await clock.pass(2000)
    return await promise
  }
  const add = async (host: Host, item: string): Promise<void> => {
    const client = createClient({ link: host.link, addresses: [host.id], clock, random })
    await done(client.value('list', list).add(item))
    await done(client.close())
  }
  const kept = memoryStorage()
  const formerA = await open('a', memoryStorage())
  const formerB = await open('b', kept)
  await formerA.createGroup('list', { machine: list })
  await formerB.group('list', { machine: list, join: ['a'] })
  await clock.pass(5000)
  for (const item of ['x', 'y', 'z']) await add(formerA, item)
  const before = formerB.status('list')!
  await done(formerB.close({ transfer: false }))
  await done(formerA.close({ transfer: false }))

  const a = await open('a', memoryStorage())
  await a.createGroup('list', { machine: list })
  await add(a, 'new')
  const b = await open('b', kept)
  await b.group('list', { machine: list, join: ['a'] })
  await clock.pass(30_000)
  const { incarnation, member, lastIndex, commitIndex } = before
  expect(b.status('list')).toMatchObject({ incarnation, member, lastIndex, leader: null, stopped: null })
  expect(b.status('list')!.commitIndex).toBeLessThanOrEqual(commitIndex)
  const present = a.status('list')!
  expect(present.incarnation).not.toBe(incarnation)
  expect(present.configuration!.configuration.voters.map(({ host }) => host)).toEqual(['a'])
  // Who sees both is told so, and not answered by the one or the other.
  const client = createClient({ link: b.link, addresses: ['a', 'b'], clock, random })
  const asked = client.value('list', list).with({ timeoutMs: 5000 }).all()
  asked.catch(() => {})
  await clock.pass(10_000)
  await expect(asked).rejects.toMatchObject({ code: 'ambiguous-group' })
  await done(client.close())
  await done(a.close({ transfer: false }))
  await done(b.close({ transfer: false }))
})
