/** Code that is replaced in simulated clusters: whose members are told apart, and that it comes to what it is there for (F112, F112c). */
import { valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { HostCodes } from '../../src/simulation/host-codes.ts'
import { register, registerOf } from '../../src/simulation/register.ts'
import { simulate } from '../../src/simulation/simulate.ts'

const old = { code: 'machine-too-old' }

test('codes differ in what members hold and not in what users see; old code that goes on is told by it', () => {
  const applied = (newest: number, version: number) => {
    const instance = registerOf(newest).create(valueCodec)
    const result = instance.apply(['write', 7], { index: 1, term: 1, time: 0, version })
    return { result, read: instance.query(['read']), digest: (instance.value as { digest: number }).digest }
  }
  expect(applied(2, 1)).toEqual(applied(1, 1))
  expect(applied(3, 2)).toEqual(applied(2, 2))
  expect(applied(2, 2)).toMatchObject({ result: 0, read: 7 })
  expect(applied(2, 2).digest).not.toBe(applied(1, 1).digest)
  expect(applied(1, 2).digest).not.toBe(applied(2, 2).digest)
})

test('a host may say that its code is too old if others have newer, and never else', () => {
  const codes = new HostCodes()
  expect(codes.isTooOld('a', old)).toBe(false)
  codes.replace('a', 2)
  expect(codes.isTooOld('a', old)).toBe(false)
  expect(codes.isTooOld('b', old)).toBe(true)
  expect(codes.isTooOld('b', new Error('another'))).toBe(false)
  codes.replace('a', 1)
  expect(codes.isTooOld('a', old)).toBe(true)
})

test('only the register has several codes; machines of others stay as they are', () => {
  const codes = new HostCodes()
  const own = { ...register }
  codes.replace('a', 3)
  expect(codes.definitionOf('a', { definition: own })).toBe(own)
  expect(codes.definitionOf('a', { definition: register }).version).toBe(3)
  expect(codes.definitionOf('b', { definition: register })).toBe(register)
})

test('versions rise in runs, old code is refused there, and members never differ', async () => {
  const seen = new Set<string>()
  const print = (line: string): void => {
    if (line.includes('machine-version')) seen.add('risen')
    if (line.includes('machine-too-old') || line.includes('the code there knows')) seen.add('refused')
  }
  for (let seed = 21; seed <= 60 && seen.size < 2; seed++)
    expect((await simulate({ seed, print })).violations, `seed ${seed}`).toEqual([])
  expect([...seen].sort()).toEqual(['refused', 'risen'])
}, 120_000)
