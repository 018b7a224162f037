/** A backup that is taken over the network: whom it is asked of, piece by piece, and what becomes of it in trouble (F86d). */
import type { BackupRequest } from '@rafted/wire'
import { expect, test } from 'vitest'
import { error, located, type Reply } from './scripted-link.ts'
import { setting, watched } from './setting.ts'

const piece = (number: number, isLast: boolean, transfer = 5): Reply => ({
  kind: 'backup',
  transfer,
  number,
  isLast,
  bytes: Uint8Array.of(number),
})

async function allOf(backup: AsyncIterable<Uint8Array>): Promise<number[]> {
  const found: number[] = []
  for await (const bytes of backup) found.push(...bytes)
  return found
}

/** A backup of three pieces, where the request asks for what there is. */
const given = ({ piece: wanted }: BackupRequest): Reply => piece(wanted?.number ?? 0, wanted?.number === 2)

test('is asked of the leader, or of the host that is named, one piece after the other', async () => {
  const { clock, link, client } = setting()
  link.script = (_, request) => (request.kind === 'backup' ? given(request) : located('b'))
  const plain = watched(allOf(client.backup('list')))
  await clock.turn()
  expect(plain.value).toEqual([0, 1, 2])
  const named = watched(allOf(client.backup('list', { at: 'c', history: true })))
  await clock.turn()
  expect(named.value).toEqual([0, 1, 2])
  expect(
    link.requests('backup').map(({ address, request }) => [address, request.history, request.piece]),
  ).toEqual([
    ['b', false, null],
    ['b', false, { transfer: 5, number: 1 }],
    ['b', false, { transfer: 5, number: 2 }],
    ['c', true, null],
    ['c', true, { transfer: 5, number: 1 }],
    ['c', true, { transfer: 5, number: 2 }],
  ])
})

test('nothing is asked before it is read, nor ahead of the reader', async () => {
  const { clock, link, client } = setting()
  link.script = (_, request) => (request.kind === 'backup' ? given(request) : located('b'))
  const reading = client.backup('list')[Symbol.asyncIterator]()
  await clock.turn()
  expect(link.sent).toEqual([])
  const first = watched(reading.next())
  await clock.turn()
  expect(first.value).toEqual({ done: false, value: Uint8Array.of(0) })
  expect(link.requests('backup')).toHaveLength(1)
})

test('a piece that does not come is asked for again, of the same host', async () => {
  const { clock, link, client } = setting()
  const troubles: Reply[] = ['unreachable', error('overloaded'), 'hold']
  link.script = (_, request) => {
    if (request.kind !== 'backup') return located('b')
    return request.piece?.number === 1 ? (troubles.shift() ?? given(request)) : given(request)
  }
  const read = watched(allOf(client.backup('list')))
  await clock.advance(20_000)
  expect(read.value).toEqual([0, 1, 2])
  const asked = link
    .requests('backup')
    .map(({ address, request }) => `${address} ${request.piece?.number ?? 0}`)
  expect(asked).toEqual(['b 0', 'b 1', 'b 1', 'b 1', 'b 1', 'b 2'])
})

test('it ends with what the host says, with the time it may take, with its signal, and with the client', async () => {
  const { clock, link, client } = setting()
  let second: Reply = error('aborted', { message: 'given up' })
  link.script = (_, request) => {
    if (request.kind !== 'backup') return located('b')
    return request.piece === null ? given(request) : second
  }
  const given1 = watched(allOf(client.backup('list')))
  await clock.turn()
  expect(given1.error).toMatchObject({ code: 'aborted', outcome: 'not-applied', message: 'given up' })
  for (const wrong of [piece(0, false), piece(2, true)]) {
    second = wrong
    const other = watched(allOf(client.backup('list')))
    await clock.turn()
    expect(other.error).toMatchObject({ code: 'unreachable', outcome: 'not-applied' })
  }
  second = 'hold'
  const late = watched(allOf(client.backup('list', { timeoutMs: 4000 })))
  const controller = new AbortController()
  const stopped = watched(allOf(client.backup('list', { signal: controller.signal })))
  const closed = watched(allOf(client.backup('list')))
  await clock.advance(4000)
  expect(late.error).toMatchObject({ code: 'timeout', outcome: 'not-applied' })
  controller.abort()
  await clock.turn()
  expect(stopped.error).toMatchObject({ code: 'aborted', outcome: 'not-applied' })
  await client.close()
  await clock.turn()
  expect(closed.error).toMatchObject({ code: 'closed', outcome: 'not-applied' })
  expect(() => client.backup('list')).toThrow(expect.objectContaining({ code: 'closed' }))
})

test('nothing is put together of two backups', async () => {
  const { clock, link, client } = setting()
  link.script = (_, request) => {
    if (request.kind !== 'backup') return located('b')
    const { piece: wanted } = request
    // The host was started again meanwhile, and gives what is asked for of another one.
    return wanted === null ? given(request) : piece(wanted.number, wanted.number === 2, 6)
  }
  const read = watched(allOf(client.backup('list')))
  await clock.turn()
  expect(read.error).toMatchObject({ code: 'unreachable', outcome: 'not-applied' })
})

test('names that can not be are refused at once', () => {
  const { client } = setting()
  for (const call of [() => client.backup(''), () => client.backup('list', { at: '' })])
    expect(call).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})
