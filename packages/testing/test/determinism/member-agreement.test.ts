/** Members that hold different values after the same commands are found at the first index that shows it (F94k). */
import { defineValue, type StateMachine } from '@rafted/contracts'
import { valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { MemberAgreement, watchedForDeterminism } from '../../src/index.ts'

test('members that hold the same agree, in whatever order they are told of', () => {
  const agreement = new MemberAgreement()
  for (const member of ['a', 'b', 'c'])
    for (let index = 1; index <= 100; index++)
      expect(agreement.note(member, index, index * 7, ['put', index])).toBeNull()
  expect([agreement.first, agreement.compared]).toEqual([null, 200])
})

test('the first index is named, with the command, the members, and where they agreed last', () => {
  const agreement = new MemberAgreement()
  for (let index = 1; index <= 9; index++) agreement.note('a', index, index, ['put', index])
  for (let index = 1; index <= 5; index++)
    expect(agreement.note('b', index, index, ['put', index])).toBeNull()
  expect(agreement.note('b', 6, 60, ['put', 6])).toEqual({
    index: 6,
    command: ['put', 6],
    members: ['a', 'b'],
    agreedAt: 5,
    text: "b and a hold different values, as of index 6, the command [ 'put', 6 ]. They agreed at index 5.",
  })
  expect(agreement.note('b', 7, 70, ['put', 7])).toBeNull()
  // A member that comes later may show that it began earlier.
  expect(agreement.note('c', 3, 30, ['put', 3])).toMatchObject({ index: 3, members: ['a', 'c'], agreedAt: 0 })
  expect(agreement.first?.index).toBe(3)
})

test('a member that applies again after a restart holds what it held before', () => {
  const agreement = new MemberAgreement()
  for (let index = 1; index <= 3; index++) agreement.note('a', index, index, null)
  expect(agreement.note('a', 2, 2, null)).toBeNull()
  expect(agreement.note('a', 3, 4, ['roll'])?.text).toBe(
    "a holds something else than it held before, after the same commands, as of index 3, the command [ 'roll' ].",
  )
})

test('memory is bounded: who is too far behind is not compared', () => {
  const agreement = new MemberAgreement({ remembered: 10 })
  for (let index = 1; index <= 1_000_000; index += 1000) agreement.note('a', index, 1, null)
  expect(agreement.note('b', 1001, 2, null)).toBeNull()
  expect(agreement.compared).toBe(0)
  expect(agreement.note('b', 999_001, 2, null)?.index).toBe(999_001)
})

test('a member that was restored from a snapshot differs from one that was not, and is found', async () => {
  // A copy would find it, too; here it is the other members that do.
  const machine = defineValue({
    create: () => ({ names: new Set<string>() }),
    snapshot: (state) => [...state.names].sort(),
    restore: (state, name: string) => void state.names.add(name),
    commands: {
      add: (state, name: string) => void state.names.add(name),
      dropFirst: (state) => void state.names.delete(state.names.values().next().value ?? ''),
    },
    queries: {},
  })
  const agreement = new MemberAgreement()
  const of = (member: string) =>
    watchedForDeterminism(machine, {
      tell: () => {},
      holds: (index, hash, command) => void agreement.note(member, index, hash, command),
    })
  const apply = (instance: StateMachine, index: number, ...command: unknown[]): unknown =>
    instance.apply(command, { index, term: 1, time: 0, version: 1 })
  const first = of('a').create(valueCodec)
  apply(first, 1, 'add', 'z')
  apply(first, 2, 'add', 'y')
  const chunks = [...first.snapshot()]
  const second = await of('b').restore(
    (async function* () {
      yield* chunks
    })(),
    valueCodec,
  )
  for (const instance of [first, second]) apply(instance, 3, 'add', 'x')
  expect(agreement.first).toBeNull()
  for (const instance of [first, second]) apply(instance, 4, 'dropFirst')
  expect(agreement.first).toMatchObject({
    index: 4,
    command: ['dropFirst'],
    members: ['a', 'b'],
    agreedAt: 3,
  })
})
