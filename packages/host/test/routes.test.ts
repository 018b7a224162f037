/** Where members are reached: who they are is one thing, where they are another (F42). */
import type { Configuration } from '@rafted/core'
import { expect, test } from 'vitest'
import { Routes } from '../src/routes.ts'
import { configurationOf } from './log-entries.ts'

function follow(routes: Routes, addresses: Readonly<Record<string, string>>): void {
  const { voters, ...others } = configurationOf(...Object.keys(addresses))
  const placed = voters.map((voter) => ({ ...voter, address: addresses[voter.id]! }))
  routes.follow({ ...others, voters: placed } satisfies Configuration)
}

test('a member is dialled where the configuration says, until its host is heard from elsewhere', () => {
  const routes = new Routes()
  follow(routes, { a: 'a1', b: 'b1' })
  expect(routes.addressOf('b')).toBe('b1')
  routes.heard('b', 'host-b', 'b2')
  expect(routes.addressOf('b')).toBe('b2')
  expect(routes.addresses).toEqual(['a1', 'b2'])
})

// Whoever listens at the old address may be another host, and may hold a member itself.
test('what another host says in the name of a member tells nothing of where that is (F42c)', () => {
  const routes = new Routes()
  follow(routes, { a: 'a1', b: 'b1' })
  routes.heard('b', 'host-a', 'a1')
  expect(routes.addressOf('b')).toBe('b1')
})

test('a change of others leaves it where it was heard; a change of its address is the newer word', () => {
  const routes = new Routes()
  follow(routes, { a: 'a1', b: 'b1' })
  routes.heard('b', 'host-b', 'b2')
  follow(routes, { a: 'a9', b: 'b1' })
  expect([routes.addressOf('a'), routes.addressOf('b')]).toEqual(['a9', 'b2'])
  follow(routes, { a: 'a9', b: 'b3' })
  expect(routes.addressOf('b')).toBe('b3')
})

test('one that is no member yet is answered where it was heard, and so many are remembered', () => {
  const routes = new Routes()
  follow(routes, { a: 'a1' })
  for (let i = 0; i < 65; i++) routes.heard(`x${i}`, `host-${i}`, `at-${i}`)
  expect(routes.addressOf('x0')).toBeNull()
  expect(routes.addressOf('x64')).toBe('at-64')
})
