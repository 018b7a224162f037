/** Backups of groups, taken while they serve, and groups that begin with them (F86a, F86b, F86c, F86d). */
import { createClient, openClient } from '@rafted/client'
import { defineValue, pureMachine } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type CreateGroupOptions, type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { expect, onTestFinished, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const list = defineValue({
  init: (): readonly string[] => [],
  commands: { add: (all, item: string) => [all.length + 1, [...all, item]] },
  queries: { all: (all) => all },
})
const seams = { clock: realClock, random: realRandom }
const settings = { heartbeatMs: 20, electionMs: 100 }

/** A cluster of its own, whose hosts have these names. */
function cluster(name: string) {
  const network = memoryNetwork({ clock: realClock })
  const open = async (id: string, storage = memoryStorage()): Promise<Host> => {
    const transport = network.transport({ name: id, role: 'peer' })
    const host = await openHost({
      id,
      cluster: name,
      transport,
      ...storage.open(),
      durable: true,
      ...seams,
    })
    onTestFinished(() => host.close())
    return host
  }
  /** A client that lives in no host. */
  const outside = async (...addresses: string[]) => {
    const transport = network.transport({ name: 'outside', role: 'client' })
    const client = await openClient({ transport, cluster: name, name: 'outside', addresses, ...seams })
    onTestFinished(() => client.close())
    return client
  }
  return { open, outside }
}

function client(host: Host) {
  const opened = createClient({ link: host.link, addresses: [host.id], ...seams })
  onTestFinished(() => opened.close())
  return opened
}

async function bytesOf(backup: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of backup) parts.push(part.slice())
  return Buffer.concat(parts)
}

/** In pieces of this length. */
async function* streamed(bytes: Uint8Array, length = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const items = (count: number): string[] => Array.from({ length: count }, (_, i) => `item ${i}`)

async function withItems(count: number, more: object = {}): Promise<Host> {
  const host = await cluster('one').open('a')
  await host.createGroup('list', { machine: list, settings: { ...settings, ...more } })
  const handle = client(host).value('list', list)
  for (const item of items(count)) await handle.add(item)
  return host
}

async function begun(
  from: AsyncIterable<Uint8Array>,
  options: Partial<CreateGroupOptions> = {},
): Promise<Host> {
  const host = await cluster('two').open('x')
  await host.createGroup('list', { machine: list, settings, from, ...options })
  return host
}

const allOf = (host: Host): Promise<readonly string[]> => client(host).value('list', list).all()

for (const history of [false, true])
  test(`a new cluster begins with all that was acknowledged${history ? ', log and all' : ''}`, async () => {
    const host = await withItems(20)
    const { incarnation, member, appliedIndex } = host.status('list')!
    const backup = await bytesOf(host.backup('list', { history }))
    const restored = await begun(streamed(backup))
    expect(await allOf(restored)).toEqual(items(20))
    const status = restored.status('list')!
    expect(status.incarnation).not.toBe(incarnation)
    expect(status.member).not.toBe(member)
    expect(status.configuration!.configuration.voters.map(({ host }) => host)).toEqual(['x'])
    // It goes on behind the index of the backup.
    expect(status.lastIndex).toBeGreaterThan(appliedIndex)
    await client(restored).value('list', list).add('more')
    expect(await allOf(restored)).toEqual([...items(20), 'more'])
  })

test('a group begins with the value as it was at an index, from the snapshot of the backup on', async () => {
  const host = await withItems(4)
  const handle = client(host).value('list', list)
  await handle.add('item 4')
  const { appliedIndex } = host.status('list')!
  // It stands in the very next entry.
  await handle.add('too much')
  const backup = await bytesOf(host.backup('list', { history: true }))
  expect(await allOf(await begun(streamed(backup), { upTo: appliedIndex }))).toEqual(items(5))
  expect(await allOf(await begun(streamed(backup)))).toEqual([...items(5), 'too much'])
  const { lastIndex } = host.status('list')!
  for (const upTo of [lastIndex + 1, 0, 1.5])
    await expect(begun(streamed(backup), { upTo })).rejects.toMatchObject({ code: 'invalid-argument' })
  // Without the log there is one index.
  const alone = await bytesOf(host.backup('list'))
  await expect(begun(streamed(alone), { upTo: appliedIndex })).rejects.toMatchObject({
    code: 'invalid-argument',
  })
})

test('with its log a backup begins with the newest snapshot that is kept', async () => {
  const host = await withItems(0, { snapshotMinBytes: 1000, snapshotFactor: 1 })
  const handle = client(host).value('list', list)
  for (const item of items(200)) await handle.add(item)
  await until(() => host.status('list')!.snapshot !== null)
  const backup = await bytesOf(host.backup('list', { history: true }))
  expect(await allOf(await begun(streamed(backup, 100_000)))).toEqual(items(200))
  await expect(begun(streamed(backup), { upTo: 1 })).rejects.toThrow('begins with a snapshot')
})

test('a backup of any member holds what was acknowledged elsewhere', async () => {
  const { open } = cluster('one')
  const [a, b] = [await open('a'), await open('b')]
  await a.createGroup('list', { machine: list, settings })
  await b.group('list', { machine: list, settings, join: ['a'] })
  await until(() => b.status('list')?.configuration?.configuration.voters.length === 2)
  const handle = client(a).value('list', list)
  for (const item of items(10)) await handle.add(item)
  const follower = a.status('list')!.role === 'leader' ? b : a
  expect(await allOf(await begun(follower.backup('list')))).toEqual(items(10))
})

test('every byte counts: one that is changed, and an end that is missing, are refused, and nothing is created', async () => {
  const host = await withItems(3)
  for (const history of [false, true]) {
    const backup = await bytesOf(host.backup('list', { history }))
    const target = await cluster('two').open('x')
    const options = { machine: list, settings }
    const refused = async (bytes: Uint8Array): Promise<void> => {
      const made = target.createGroup('list', { ...options, from: streamed(bytes, 64) })
      await expect(made).rejects.toMatchObject({ outcome: 'not-applied' })
    }
    for (let at = 0; at < backup.length; at++) {
      const bytes = Buffer.from(backup)
      bytes[at] = bytes[at]! ^ (1 << (at % 8))
      await refused(bytes)
      if (at % 5 === 0) await refused(backup.subarray(0, at))
    }
    await refused(Buffer.concat([backup, Buffer.from([0])]))
    expect(target.status('list')).toBeNull()
    // It is still free for a sound one.
    await target.createGroup('list', { ...options, from: streamed(backup) })
    expect(await allOf(target)).toEqual(items(3))
  }
})

test('a command that was retried takes effect once, also where a backup goes through the log again', async () => {
  const host = await withItems(2)
  const answered = client(host).value('list', list).with({ key: 'mine' })
  const first = await answered.add('once')
  // Another process asks again, with the same key.
  expect(await client(host).value('list', list).with({ key: 'mine' }).add('once')).toBe(first)
  // A session's command that stands twice in the log, as after a lost answer.
  const open = { kind: 'open-session', group: 'list', incarnation: null, timeoutMs: 1000, window: 1 } as const
  const session = await host.link.call(null, open as never, 2000)
  expect(session.kind).toBe('session')
  const id = (session as unknown as { session: number }).session
  const { valueCodec } = await import('@rafted/wire')
  const payload = valueCodec.encode(['add', 'twice'])
  const command = {
    kind: 'command',
    group: 'list',
    incarnation: null,
    session: id,
    sequence: 1,
    acknowledged: 1,
    key: null,
    payload,
  }
  await host.link.call(null, command as never, 2000)
  await host.link.call(null, command as never, 2000)
  const expected = [...items(2), 'once', 'twice']
  for (const history of [false, true]) {
    const restored = await begun(streamed(await bytesOf(host.backup('list', { history }))))
    expect(await allOf(restored)).toEqual(expected)
    expect(await client(restored).value('list', list).with({ key: 'mine' }).add('once')).toBe(first)
    // A client of the former group is of another incarnation, whatever its session is.
    const stranger = { ...command, incarnation: host.status('list')!.incarnation }
    expect(await restored.link.call(null, stranger as never, 2000)).toMatchObject({ code: 'group-mismatch' })
    // And its session is nobody's.
    expect(await restored.link.call(null, command as never, 2000)).toMatchObject({
      kind: 'error',
      code: 'session-expired',
    })
    expect(await allOf(restored)).toEqual(expected)
  }
})

test('the group that is backed up goes on meanwhile, and the backup holds one moment of it', async () => {
  const host = await withItems(50)
  const handle = client(host).value('list', list)
  const parts: Uint8Array[] = []
  let added = 0
  for await (const part of host.backup('list')) {
    parts.push(part.slice())
    await handle.add(`later ${added++}`)
  }
  expect(await allOf(await begun(streamed(Buffer.concat(parts))))).toEqual(items(50))
  expect(await handle.all()).toHaveLength(50 + added)
})

for (const history of [false, true])
  test(`a client takes the same over the network, of the leader or of another member${history ? ', log and all' : ''} (F86d)`, async () => {
    const { open, outside } = cluster('one')
    const [a, b] = [await open('a'), await open('b')]
    await a.createGroup('list', { machine: list, settings })
    await b.group('list', { machine: list, settings, join: ['a'] })
    await until(() => b.status('list')?.configuration?.configuration.voters.length === 2)
    const web = await outside('a')
    // Of several pieces.
    const large = [...items(20), 'x'.repeat(700_000)]
    for (const item of large) await web.value('list', list).add(item)
    for (const at of [undefined, 'b']) {
      const backup = await bytesOf(web.backup('list', { at, history }))
      expect(backup.length).toBeGreaterThan(700_000)
      expect(await allOf(await begun(streamed(backup, 100_000)))).toEqual(large)
    }
    await expect(bytesOf(web.backup('list', { at: 'nobody', timeoutMs: 300 }))).rejects.toMatchObject({
      code: 'timeout',
      outcome: 'not-applied',
    })
    await expect(bytesOf(web.backup('other'))).rejects.toMatchObject({ code: 'no-such-group' })
  })

test('a host that is started again does not go on with the backup of before (F86d)', async () => {
  const { open, outside } = cluster('one')
  const storage = memoryStorage()
  const a = await open('a', storage)
  await a.createGroup('list', { machine: list, settings })
  const web = await outside('a')
  await web.value('list', list).add('x'.repeat(700_000))
  const reading = web.backup('list', { at: 'a' })[Symbol.asyncIterator]()
  expect((await reading.next()).done).toBe(false)
  await a.close()
  await (await open('a', storage)).group('list', { machine: list, settings })
  await expect(reading.next()).rejects.toMatchObject({ code: 'aborted', outcome: 'not-applied' })
})

test('one that is broken off lets go of the view that it reads', async () => {
  let ended = 0
  const counting = {
    ...pureMachine({ init: () => 0, command: (n: number) => [n, n + 1] as const, query: (n: number) => n }),
    create: () => ({
      apply: () => 0,
      query: () => 0,
      *snapshot() {
        try {
          for (;;) yield new Uint8Array(1000)
        } finally {
          ended++
        }
      },
    }),
  }
  const host = await cluster('one').open('a')
  await host.createGroup('count', { machine: counting, settings })
  await until(() => host.status('count')?.role === 'leader')
  let parts = 0
  for await (const _ of host.backup('count')) if (++parts === 5) break
  expect(ended).toBe(1)
})

test('one that is refused is let go of: its file is closed', async () => {
  let closed = 0
  async function* broken() {
    try {
      for (;;) yield Buffer.from('no backup at all')
    } finally {
      closed++
    }
  }
  const host = await cluster('two').open('x')
  await expect(host.createGroup('list', { machine: list, from: broken() })).rejects.toMatchObject({
    code: 'damaged-storage',
  })
  expect(closed).toBe(1)
})

test('without a leader there is no backup, and none of a group that does not run here', async () => {
  const { open } = cluster('one')
  const [a, b] = [await open('a'), await open('b')]
  await a.createGroup('list', { machine: list, settings })
  await b.group('list', { machine: list, settings, join: ['a'] })
  await until(() => b.status('list')?.configuration?.configuration.voters.length === 2)
  await a.close()
  await expect(bytesOf(b.backup('list', { timeoutMs: 300 }))).rejects.toMatchObject({
    outcome: 'not-applied',
  })
  expect(() => b.backup('other')).toThrow(expect.objectContaining({ code: 'no-such-group' }))
})

test('what is no backup, and an index without one, are refused', async () => {
  const host = await cluster('two').open('x')
  const options = { machine: list, settings }
  for (const wrong of [
    { from: 'orders.backup' },
    { from: null },
    { upTo: 3 },
    { from: streamed(Buffer.from('no backup at all')) },
  ])
    await expect(host.createGroup('list', { ...options, ...(wrong as object) })).rejects.toMatchObject({
      code:
        'from' in wrong && typeof wrong.from === 'object' && wrong.from !== null
          ? 'damaged-storage'
          : 'invalid-argument',
    })
  expect(host.status('list')).toBeNull()
})
