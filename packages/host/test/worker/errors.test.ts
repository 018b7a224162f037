/** Errors cross with their class, code and outcome, whatever hangs on them. */
import { CommandError, RaftedError } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { fromPlain, toPlain } from '../../src/worker/errors.ts'

const crossed = (error: unknown): unknown => fromPlain(structuredClone(toPlain(error)))

test('a RaftedError, with its details and causes', () => {
  const cause = Object.assign(new TypeError('deep'), { code: 'ENOENT', errno: -2 })
  const error = new RaftedError('too-large', 'What happened.', {
    outcome: 'unknown',
    details: { bytes: 3 },
    cause,
  })
  const got = crossed(error) as RaftedError
  expect(got).toBeInstanceOf(RaftedError)
  expect(got).toMatchObject({ code: 'too-large', outcome: 'unknown', details: { bytes: 3 } })
  expect([got.message, got.name, got.stack]).toEqual([error.message, error.name, error.stack])
  expect(got.cause).toBeInstanceOf(TypeError)
  expect(got.cause).toMatchObject({ message: 'deep', code: 'ENOENT', errno: -2 })
})

test('a CommandError', () => {
  const got = crossed(new CommandError('full', 'No room.', { left: 0 }))
  expect(got).toBeInstanceOf(CommandError)
  expect(got).toMatchObject({ reason: 'full', message: 'No room.', data: { left: 0 } })
})

test('classes of others become an Error of their name', () => {
  class Odd extends Error {
    override readonly name = 'Odd'
  }
  const got = crossed(new Odd('strange'))
  expect(got).toBeInstanceOf(Error)
  expect(got).toMatchObject({ name: 'Odd', message: 'strange' })
})

test('what is no error, and what can not be cloned', () => {
  expect(crossed('text')).toBe('text')
  expect(crossed(undefined)).toBe(undefined)
  expect(crossed({ a: [1] })).toEqual({ a: [1] })
  expect(crossed(Symbol('s'))).toBe('Symbol(s)')
  expect(crossed(() => 1)).toBe('() => 1')
  const details = { good: 1, run: () => 1 }
  const got = crossed(new RaftedError('timeout', 'm', { outcome: 'unknown', details })) as RaftedError
  expect(got.code).toBe('timeout')
})

test('what throws when it is looked at', () => {
  const trap = new Proxy(new Error('x'), {
    ownKeys: () => {
      throw new Error('no')
    },
    get: () => {
      throw new Error('no')
    },
  })
  expect(crossed(trap)).toBe('something that can neither be cloned nor shown')
})

test('a circle of causes ends', () => {
  const error = new Error('round')
  error.cause = error
  let depth = 0
  for (let at = crossed(error) as Error; at !== undefined; at = at.cause as Error) depth++
  expect(depth).toBe(9)
})
