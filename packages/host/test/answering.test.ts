/** What a caller is told of a command: whether it could have happened is never understated. */
import { FIRST_SETTINGS, type Response } from '@rafted/wire'
import { expect, test } from 'vitest'
import { answerApplied } from '../src/answering.ts'
import type { ReplyStatus } from '../src/replies.ts'

function told(status: ReplyStatus, kind: 'command' | 'resolve' = 'command'): string {
  let said = ''
  const answers = {
    answer: (_: unknown, response: Response) => {
      said = response.kind === 'result' ? response.status : response.kind
    },
    refuse: (_: unknown, code: string, outcome: string) => {
      said = `${code} ${outcome}`
    },
  }
  const waiter = { kind, id: 1, replyTo: null, index: 7, term: 2, traced: null } as const
  answerApplied(
    answers,
    waiter,
    { status, index: 7, term: 2, payload: new Uint8Array(0) },
    'one',
    FIRST_SETTINGS,
  )
  return said
}

test.each([
  ['ok', 'ok'],
  ['refused', 'refused'],
  ['failed', 'failed'],
  ['expired', 'session-expired not-applied'],
  ['gap', 'sequence-gap not-applied'],
  ['forgotten', 'session-expired unknown'],
  ['overtaken', 'settings-changed not-applied'],
  ['withdrawn', 'withdrawn not-applied'],
] as const)('%s: %s', (status, expected) => {
  expect(told(status)).toBe(expected)
})

// What is asked for is another command than the question: that the question changed nothing says nothing of it.
test.each([
  ['ok', 'ok'],
  ['refused', 'refused'],
  ['failed', 'failed'],
  ['expired', 'session-expired unknown'],
  ['forgotten', 'forgotten unknown'],
  ['key-forgotten', 'forgotten unknown'],
  ['full', 'overloaded unknown'],
  ['withdrawn', 'withdrawn not-applied'],
] as const)('asked what became of a command, %s: %s', (status, expected) => {
  expect(told(status, 'resolve')).toBe(expected)
})
