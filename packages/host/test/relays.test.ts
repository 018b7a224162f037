/** Requests that are passed on to another host, for clients that can't reach it (F107b). */
import { errorResponse, type RelayRequest, type Request, type Response, type WithoutId } from '@rafted/wire'
import { expect, test } from 'vitest'
import { Requests } from '../src/requests.ts'
import { type Authorise, Rights } from '../src/rights.ts'

const web = { name: 'web', role: 'client', reply: 'web:9' } as const

function setUp(authorise?: Authorise) {
  const answers: [to: string | null, response: Response][] = []
  const called: { to: string; request: WithoutId<Request>; timeoutMs: number }[] = []
  const waiting: ((response: Response) => void)[] = []
  const asked: string[] = []
  const observer = { event: () => {}, count: () => {} }
  const requests = new Requests({
    hostId: 'b',
    rights: authorise === undefined ? null : new Rights({ authorise, clock: { now: () => 0 }, observer }),
    address: () => 'b:1',
    addresses: () => ['a:1', 'b:1', 'c:1'],
    call: (to, request, timeoutMs) => {
      called.push({ to, request, timeoutMs })
      return new Promise((resolve) => waiting.push(resolve))
    },
    backups: { take: () => {} },
    seat: (group) => {
      asked.push(group)
      return undefined
    },
    answer: (to, response) => answers.push([to, response]),
  })
  const answered = async (response: Response): Promise<void> => {
    waiting.shift()!(response)
    await null
  }
  return { requests, answers, called, asked, answered }
}

const head = { id: 7, group: 'queue', incarnation: 'f00d' }
const relay = (over: Partial<RelayRequest> = {}): RelayRequest => {
  const request = { kind: 'status', ...head, id: over.id ?? head.id } as const
  return { kind: 'relay', to: 'a:1', timeoutMs: 500, request, ...head, ...over }
}

test('it goes to the host it is meant for, and the answer, whatever it is, to who has asked', async () => {
  const { requests, answers, called, answered } = setUp()
  requests.of(relay(), web)
  requests.of(relay({ id: 8, timeoutMs: 1e9 }), web)
  expect(called).toMatchObject([
    { to: 'a:1', request: { kind: 'status', group: 'queue', incarnation: 'f00d' }, timeoutMs: 500 },
    { to: 'a:1', timeoutMs: 60_000 },
  ])
  await answered({ kind: 'done', id: 301, incarnation: 'f00d', configuration: null })
  await answered(errorResponse('not-leader', 'not-applied', 'c leads', { id: 302, leader: 'c:1', term: 4 }))
  expect(answers).toMatchObject([
    ['web:9', { kind: 'done', id: 7, incarnation: 'f00d' }],
    ['web:9', { kind: 'error', id: 8, code: 'not-leader', leader: 'c:1', term: 4 }],
  ])
})

test('no host is asked that is none of the group’s: nobody is dialled because a client says so', () => {
  const { requests, answers, called } = setUp()
  requests.of(relay({ to: 'intranet:22' }), web)
  expect(called).toEqual([])
  expect(answers).toMatchObject([['web:9', { id: 7, code: 'unreachable', outcome: 'not-applied' }]])
})

test('a copy asks nobody twice, and is not answered in place of the first (F60c)', async () => {
  const { requests, answers, called, answered } = setUp()
  requests.of(relay(), web)
  requests.of(relay(), web)
  await answered({ kind: 'done', id: 1, incarnation: 'f00d', configuration: null })
  requests.of(relay(), web)
  expect([called.length, answers.length]).toEqual([1, 1])
})

test('what has come to where it was to go is done there', () => {
  const { requests, asked, called, answers } = setUp()
  requests.of(relay({ to: 'b:1' }), web)
  expect([asked, called]).toEqual([['queue'], []])
  expect(answers).toMatchObject([['web:9', { id: 7, code: 'no-such-group' }]])
})

test('a client is let do through others what it may do itself, and no more', () => {
  const rights: string[] = []
  const { requests, called, answers } = setUp((client, group, right) => {
    rights.push(`${client.name} ${group} ${right}`)
    return right === 'locate'
  })
  requests.of(relay(), web)
  expect([rights, called]).toEqual([['web queue status'], []])
  expect(answers).toMatchObject([['web:9', { code: 'not-allowed', outcome: 'not-applied' }]])
})

test('so many at a time', async () => {
  const { requests, answers, called, answered } = setUp()
  for (let id = 1; id <= 5000; id++) requests.of(relay({ id }), web)
  expect(called.length).toBe(4096)
  expect(answers.length).toBe(5000 - 4096)
  expect(answers[0]).toMatchObject(['web:9', { code: 'overloaded', outcome: 'not-applied' }])
  await answered({ kind: 'done', id: 1, incarnation: 'f00d', configuration: null })
  requests.of(relay({ id: 5001 }), web)
  expect(called.length).toBe(4097)
})
