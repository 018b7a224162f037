/** The account tells what went wrong. */
import { expect, test } from 'vitest'
import { accountOf } from '../src/account.ts'
import type { Message } from '../src/room.ts'

type Participant = Parameters<typeof accountOf>[0][number]

const messages: Message[] = ['one', 'two', 'three'].map((text, i) => ({
  index: i + 1,
  who: 'ann',
  text,
  sentAt: 0,
}))
const [one, two, three] = messages as [Message, Message, Message]
const participants = (bobHeard: readonly Message[]): Participant[] =>
  [
    { who: 'ann', said: ['one', 'two', 'three'], heard: messages },
    { who: 'bob', said: [], heard: bobHeard },
  ] as unknown as Participant[]

test.each([
  ['all is well', [one, two, three], { said: 3, lost: 0, twice: 0, inOrder: true }],
  ['one is lost', [one, three], { said: 3, lost: 1, twice: 0, inOrder: false }],
  ['one comes twice', [one, two, two, three], { said: 3, lost: 0, twice: 1, inOrder: false }],
  ['two change places', [one, three, two], { said: 3, lost: 0, twice: 0, inOrder: false }],
])('%s', (_, bobHeard, account) => {
  expect(accountOf(participants(bobHeard))).toEqual(account)
})

test('what was said in another order than it was called', () => {
  const both = participants([]).map((one) => ({ ...one, heard: [two, messages[0], three] }))
  expect(accountOf(both as unknown as Participant[]).inOrder).toBe(false)
})
