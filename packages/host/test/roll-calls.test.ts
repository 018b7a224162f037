/** What a host answers to one that names the groups of which it relies on members here (F131e). */
import type { ConfigurationEntry, Standing } from '@rafted/core'
import { expect, test } from 'vitest'
import { type Counterpart, missingOf } from '../src/roll-calls.ts'
import { configurationOf } from './log-entries.ts'

/** Members `a`, `b` and `c`, each each on a host of its own; here is that of `b`. */
const configuration = { index: 1, configuration: configurationOf('a', 'b', 'c') } as ConfigurationEntry

function answer(
  standing: Partial<Standing>,
  term: number,
  host: string,
  { ended = null as unknown, absent = '' } = {},
): boolean {
  const peers = () => ['a', 'b', 'c'].map((id) => ({ id, isAbsent: id === absent }))
  const core = { standing: { configuration, term: 3, leader: null, ...standing } as Standing, peers }
  const member = { id: 'b', ended, core } as unknown as Counterpart
  const call = { kind: 'roll-call', groups: [{ incarnation: 'one', term }] } as const
  return missingOf(call, `host-${host}`, () => member).length === 0
}

test('a member that leads those that ask is there, in the term in which they rest', () => {
  expect(answer({ leader: 'b' }, 3, 'a')).toBe(true)
  expect(answer({ leader: 'b' }, 2, 'a')).toBe(false)
  expect(answer({ leader: 'b' }, 4, 'a')).toBe(false)
})

test('one that leads, and rests without the member of the host that asks, is not there for that', () => {
  expect(answer({ leader: 'b' }, 3, 'a', { absent: 'a' })).toBe(false)
  expect(answer({ leader: 'b' }, 3, 'a', { absent: 'c' })).toBe(true)
})

test('one that follows the member of the host that asks is there; one that follows another, or nobody, is not', () => {
  expect(answer({ leader: 'a' }, 3, 'a')).toBe(true)
  expect(answer({ leader: 'c' }, 3, 'a')).toBe(false)
  expect(answer({}, 3, 'a')).toBe(false)
})

test('nobody is there for a host that has no member in the configuration any more', () => {
  expect(answer({ leader: 'b' }, 3, 'd')).toBe(false)
  expect(answer({ leader: 'b', configuration: null }, 3, 'a')).toBe(false)
})

test('one that has ended is not there, nor is one that never was; each group is answered for itself', () => {
  expect(answer({ leader: 'b' }, 3, 'a', { ended: new Error('it has stopped') })).toBe(false)
  const groups = [
    { incarnation: 'one', term: 3 },
    { incarnation: 'two', term: 1 },
  ]
  expect(missingOf({ kind: 'roll-call', groups }, 'a', () => undefined)).toEqual(groups)
})
