import type { ConfigurationEntry, Member } from '@rafted/core'
import { expect, test } from 'vitest'
import { Addresses } from '../../src/simulation/addresses.ts'
import { whyNotInPlace } from '../../src/simulation/places.ts'
import { SeededRandom } from '../../src/simulation/seeded-random.ts'

const hosts = ['a', 'b', 'c']
const addresses = new Addresses(hosts)
const group = { hosts, learners: new Set(['c']) }

const on = (host: string, address = host): Member => ({
  id: `on ${host}`,
  host,
  address,
  durable: true,
  wire: [1, 1],
  machine: [1, 1],
})

const members = (
  voters: readonly Member[],
  learner: Member,
  outgoing: readonly Member[] | null = null,
): ConfigurationEntry => ({
  index: 7,
  configuration: { voters, outgoing, learners: [{ ...learner, promote: false }] },
})

test('a group whose members stand as planned is in order', () => {
  expect(whyNotInPlace(members([on('b'), on('a')], on('c')), group, addresses)).toBeNull()
})

test('as many voters and learners as planned are not enough: each has to be on its host', () => {
  expect(whyNotInPlace(members([on('a'), on('c')], on('b')), group, addresses)).toBe(
    'c is a voter, and another one the learner',
  )
})

test('a member too few, or a change under way, is told with the configuration', () => {
  expect(whyNotInPlace(null, group, addresses)).toMatch('the configuration is null')
  expect(whyNotInPlace(members([on('a')], on('c')), group, addresses)).toMatch(
    'the configuration is {"index":7,',
  )
  expect(whyNotInPlace(members([on('a'), on('b')], on('c'), [on('a')]), group, addresses)).toMatch(
    'the configuration is {"index":7,',
  )
})

test('a host that has moved has to be known where it is', () => {
  const moved = new Addresses(hosts)
  moved.move('a', new SeededRandom(1))
  const at = moved.of('a')
  expect(whyNotInPlace(members([on('a'), on('b')], on('c')), group, moved)).toBe(`a is at ${at}, not at a`)
  expect(whyNotInPlace(members([on('a', at), on('b')], on('c')), group, moved)).toBeNull()
})
