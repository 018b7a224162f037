/** What a watcher asks of members, and what it makes of their answers. */
import { pureMachine } from '@rafted/contracts'
import {
  type ChangesResponse,
  type ValuePiece,
  valueCodec,
  type WatchRequest,
  type WithoutId,
} from '@rafted/wire'
import { expect, test } from 'vitest'
import { done, error, located, type Reply } from './scripted-link.ts'
import { setting, watched } from './setting.ts'

const machine = pureMachine({
  init: () => '',
  command: (all: string, more: string) => [null, all + more] as const,
  query: (all: string) => all,
})

const answer = (upTo: number, indexes: readonly number[] = [], piece: ValuePiece | null = null) =>
  ({
    kind: 'changes',
    upTo,
    changes: indexes.map((index) => ({
      index,
      term: 1,
      time: index,
      command: valueCodec.encode(`c${index}`),
    })),
    piece,
  }) satisfies WithoutId<ChangesResponse>

/** Answers one after the other, then none. @returns what was asked of whom. */
function scripted(answers: readonly ((request: WatchRequest) => Reply)[]) {
  const all = setting()
  const asked: string[] = []
  const left = [...answers]
  all.link.script = (address, request) => {
    if (request.kind === 'locate') return located('a')
    if (request.kind === 'create-group') return { ...done, incarnation: 'beef' }
    if (request.kind !== 'watch') return 'hold'
    const { after, maxBytes, piece } = request
    asked.push(`${address} ${after} ${piece === null ? maxBytes : `piece ${piece.number}`}`)
    return left.shift()?.(request) ?? 'hold'
  }
  return { ...all, asked, handle: all.client.machine('queue', machine) }
}

test('it asks behind what it was told, of whoever answered last', async () => {
  const { clock, asked, handle } = scripted([
    () => answer(7),
    () => answer(9, [8, 9]),
    () => error('no-leader'),
    () => answer(12, [11]),
  ])
  const watch = handle.watch()
  const told: unknown[] = []
  const reading = (async () => {
    for await (const event of watch) told.push(event)
  })()
  await clock.advance(2000)
  expect(told).toMatchObject([8, 9, 11].map((index) => ({ kind: 'change', index, command: `c${index}` })))
  expect(asked.slice(0, 3)).toEqual(['a null 0', 'a 7 262144', 'a 9 262144'])
  expect(asked[3]).toMatch(/^[bc] 9 262144$/)
  expect(asked[4]).toBe(`${asked[3]![0]} 12 262144`)
  await watch.return!()
  await reading
})

test('a member that is behind does not take it back', async () => {
  const { clock, asked, handle } = scripted([
    () => answer(9, [9]),
    () => error('member-stopped'),
    () => answer(4),
    () => answer(10, [10]),
  ])
  const watch = handle.watch({ from: 6 })
  const told = watched(Promise.all([watch.next(), watch.next()]))
  await clock.advance(2000)
  expect(told.value).toMatchObject([{ value: { index: 9 } }, { value: { index: 10 } }])
  expect(asked.map((line) => line.slice(2, 4).trim())).toEqual(['5', '9', '9', '9'])
})

test('a value comes piece by piece; another member begins anew, with a newer one', async () => {
  const chunks = [...machine.create(valueCodec).snapshot()]
  const bytes = Buffer.concat(chunks)
  const piece = (transfer: number, index: number, number: number, from: number, to: number): ValuePiece => {
    const isLast = to === bytes.length
    return { transfer, number, isLast, index, term: 1, time: 3, version: 1, bytes: bytes.subarray(from, to) }
  }
  const { clock, asked, handle } = scripted([
    () => answer(20, [], piece(1, 20, 0, 0, 1)),
    () => answer(20, [], piece(1, 20, 1, 1, 2)),
    () => error('member-stopped'),
    () => answer(25, [], piece(2, 25, 0, 0, 1)),
    () => answer(25, [], piece(2, 25, 1, 1, bytes.length)),
    () => answer(26, [26]),
  ])
  const watch = handle.watch({ from: 3 })
  const told = watched(Promise.all([watch.next(), watch.next()]))
  await clock.advance(2000)
  expect(told.value).toMatchObject([
    { value: { kind: 'snapshot', index: 25, value: '' } },
    { value: { kind: 'change', index: 26 } },
  ])
  expect(asked.map((line) => line.slice(2))).toEqual([
    '2 262144',
    '20 piece 1',
    '20 piece 2',
    '20 piece 2',
    '25 piece 1',
    '25 262144',
  ])
})

test('indexes of another incarnation are others: it speaks to none but the first', async () => {
  const incarnations: (string | null)[] = []
  const note =
    (reply: Reply) =>
    ({ incarnation }: WatchRequest): Reply => {
      incarnations.push(incarnation)
      return reply
    }
  const { clock, client, handle } = scripted([note(answer(9, [9])), note(error('group-mismatch'))])
  const watch = handle.watch({ from: 5 })
  const first = watched(watch.next())
  await clock.advance(10)
  expect(first.value).toMatchObject({ value: { index: 9 } })
  const creating = watched(client.createGroup('queue', { at: 'a' }))
  await clock.advance(10)
  expect(creating.state).toBe('resolved')
  const second = watched(watch.next())
  await clock.advance(2000)
  expect(second.error).toMatchObject({ code: 'ambiguous-group' })
  expect(incarnations).toEqual(['f00d', 'f00d'])
})

test('commands that its codec can not read end it by name', async () => {
  const { clock, handle } = scripted([
    () => ({ ...answer(9, [9]), changes: [{ index: 9, term: 1, time: 1, command: Uint8Array.of(0xc1) }] }),
  ])
  const told = watched(handle.watch({ from: 5 }).next())
  await clock.advance(10)
  expect(told.error).toMatchObject({ code: 'bad-bytes', outcome: 'not-applied' })
})
