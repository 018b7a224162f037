/** Calls on their way into the log: each is answered, whatever becomes of the member, and those that wait are bounded (F94p). */
import type { Core } from '@rafted/core'
import { expect, test } from 'vitest'
import { MAX_UNANSWERED, Proposals, type ProposingRequest } from '../src/proposals.ts'
import { LogTail } from '../src/tail.ts'

/** Takes whatever it is given, as a leader does whose followers are quick and whose machine is not. */
function takingCore(): Core {
  let last = 0
  return {
    step: ({ count }: { count: number }) => {
      last += count
      return { taken: true, index: last - count + 1, term: 1, time: 0, count }
    },
  } as unknown as Core
}

/** Calls, and what is told of those that are refused. */
function setting() {
  const refused: [number, string, string][] = []
  const answers = {
    answer: () => {},
    refuse: ({ id }: { id: number }, code: string, outcome: string) => void refused.push([id, code, outcome]),
  }
  return { proposals: new Proposals(answers, 1000, () => null), refused }
}

test('a call that came in the turn in which its member stopped is answered: it was never proposed', () => {
  const refused: unknown[] = []
  const answers = {
    answer: () => {},
    refuse: ({ id }: { readonly id: number }, code: string, outcome: string) =>
      refused.push([id, code, outcome]),
  }
  const proposals = new Proposals(answers, 1024, () => null)
  const request = { kind: 'open-session', id: 1, group: 'g', incarnation: null } as const
  proposals.add(request, null, 0)
  proposals.abandon('member-stopped', 'It has stopped.')
  expect(refused).toEqual([[1, 'member-stopped', 'not-applied']])
  proposals.abandon('member-stopped', 'It has stopped.')
  expect(refused).toHaveLength(1)
})

test('beyond so many that are not applied, calls are refused, and taken again as those are answered', () => {
  const { proposals, refused } = setting()
  const core = takingCore()
  const tail = new LogTail(0)
  let id = 0
  const call = () => {
    const request = {
      kind: 'keep-session',
      id: ++id,
      group: 'g',
      incarnation: null,
      session: 1,
      acknowledged: 0,
    }
    proposals.add(request as ProposingRequest, null, 0)
  }
  while (id < MAX_UNANSWERED) {
    call()
    if (id % 1000 === 0) proposals.propose(core, tail, 0)
  }
  proposals.propose(core, tail, 0)
  expect(refused).toEqual([])
  expect(proposals.waiters.size).toBe(MAX_UNANSWERED)
  call()
  expect(refused).toEqual([[id, 'overloaded', 'not-applied']])
  expect(proposals.waiters.take(1)).toBeDefined()
  call()
  expect(refused).toHaveLength(1)
})

test('one turn takes so many and no more', () => {
  let refused = 0
  const proposals = new Proposals({ answer: () => {}, refuse: () => void refused++ }, 1000, () => null)
  const request = {
    kind: 'keep-session',
    group: 'g',
    incarnation: null,
    session: 1,
    acknowledged: 0,
  } as const
  for (let id = 1; id <= 16_384 + 10; id++) proposals.add({ ...request, id }, null, 0)
  expect(refused).toBe(10)
})

test('a command that fits in no batch is refused before it is appended (F25)', () => {
  const refused: unknown[] = []
  const answers = { answer: () => {}, refuse: (...said: unknown[]) => void refused.push(said.slice(0, 3)) }
  const proposals = new Proposals(answers, 1000, () => null)
  const request = {
    kind: 'command',
    group: 'g',
    incarnation: null,
    session: 1,
    sequence: 1,
    acknowledged: 0,
  } as const
  const add = (id: number, bytes: number) =>
    proposals.add({ ...request, id, key: null, trace: null, payload: new Uint8Array(bytes) }, null, 0)
  add(1, 1001)
  expect(refused).toEqual([[{ id: 1, replyTo: null }, 'too-large', 'not-applied']])
  add(2, 900)
  expect(refused).toHaveLength(1)
})

test('where the storage has little room left, calls are refused before it is full, and change nothing (F81)', () => {
  const { proposals, refused } = setting()
  const core = takingCore()
  const tail = new LogTail(0)
  const request = { kind: 'open-session', id: 1, group: 'g', incarnation: null } as const
  proposals.add(request, null, 0)
  const noRoom = { step: () => ({ taken: false, reason: 'no-room' }) } as unknown as Core
  proposals.propose(noRoom, tail, 0)
  expect(refused).toEqual([[1, 'overloaded', 'not-applied']])
  proposals.add({ ...request, id: 2 }, null, 0)
  proposals.propose(core, tail, 0)
  expect(refused).toHaveLength(1)
})

test('who waits for an answer holds none of what was proposed: answered ones stay in a queue for a while', () => {
  const { proposals } = setting()
  const request = { kind: 'open-session', id: 1, group: 'g', incarnation: null } as const
  proposals.add(request, 'a', 0)
  proposals.propose(takingCore(), new LogTail(0), 0)
  const waiter = { kind: 'open-session', id: 1, replyTo: 'a', index: 1, term: 1, traced: null }
  expect(proposals.waiters.take(1)).toEqual(waiter)
})
