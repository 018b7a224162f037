/** Where a group is looked for, if that changes (F99d). */
import type { RaftedEvent } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { JoinAddresses } from '../src/join-addresses.ts'

test('a list is what it is, and one with nobody in it looks for nobody', () => {
  const of = (join: readonly string[]) => new JoinAddresses(join, 'g', () => expect.fail('an event'))
  expect(of(['a', 'b']).now()).toEqual(['a', 'b'])
  expect([of(['a']).areWanted, of([]).areWanted]).toEqual([true, false])
  expect(() => new JoinAddresses(['a', 7] as never, 'g', () => {})).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  )
})

test('a function is asked each time; where it fails, or gives no list, that is told once and what it gave last stays', () => {
  const events: RaftedEvent[] = []
  let answer = (_: string): unknown => ['a']
  const join = new JoinAddresses(
    (group) => answer(group) as string[],
    'g',
    (event) => events.push(event),
  )
  expect(join.areWanted).toBe(true)
  expect(join.now()).toEqual(['a'])
  answer = (group) => [group]
  expect(join.now()).toEqual(['g'])
  for (const wrong of [() => null, () => ['a', ''], () => Promise.resolve(['b'])]) {
    events.length = 0
    answer = wrong
    expect([join.now(), join.now()]).toEqual([['g'], ['g']])
    expect(events).toMatchObject([{ kind: 'join', level: 'error', group: 'g', what: 'failed' }])
    answer = () => ['g']
    join.now()
  }
})
