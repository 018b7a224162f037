import { describe, expect, test } from 'vitest'
import { CommandError, isRaftedError, RaftedError } from '../src/index.ts'

describe('a RaftedError', () => {
  test('says what, whether it could have happened, and why', () => {
    const cause = new Error('ECONNRESET')
    const error = new RaftedError('timeout', 'No answer in 5 s. Ask again.', {
      outcome: 'unknown',
      details: { timeoutMs: 5000 },
      cause,
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'RaftedError',
      code: 'timeout',
      outcome: 'unknown',
      details: { timeoutMs: 5000 },
      message: 'No answer in 5 s. Ask again.',
      cause,
    })
    expect(String(error)).toBe('RaftedError: No answer in 5 s. Ask again.')
  })

  test('without details has none, and without a cause has no such property', () => {
    const error = new RaftedError('closed', 'It is closed.', { outcome: 'not-applied' })
    expect(error.details).toEqual({})
    expect('cause' in error).toBe(false)
  })

  test('is told from other errors, and by its code', () => {
    const error = new RaftedError('closed', 'It is closed.', { outcome: 'not-applied' })
    expect(isRaftedError(error)).toBe(true)
    expect(isRaftedError(error, 'closed')).toBe(true)
    expect(isRaftedError(error, 'timeout')).toBe(false)
    for (const other of [
      new Error('closed'),
      new CommandError('closed', ''),
      { ...error },
      'closed',
      null,
      undefined,
    ])
      expect(isRaftedError(other)).toBe(false)
  })
})

describe('a CommandError', () => {
  test('has a reason of the machine’s own, and data', () => {
    const error = new CommandError('sold-out', 'There are none left.', { left: 0 })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'CommandError',
      reason: 'sold-out',
      message: 'There are none left.',
      data: { left: 0 },
    })
  })

  test('has null for data if none are given', () => {
    expect(new CommandError('sold-out', 'There are none left.').data).toBeNull()
  })
})
