/** What TypeScript knows of errors. */
import { expectTypeOf, test } from 'vitest'
import { type ErrorCode, isRaftedError, type RaftedError } from '../src/index.ts'

test('a switch over the codes is known to be complete, or not to be', () => {
  const some = (code: 'timeout' | 'closed'): string => {
    switch (code) {
      case 'timeout':
        return 'late'
      case 'closed':
        return 'over'
    }
  }
  // @ts-expect-error there are more codes: not each of them returns
  const all = (error: RaftedError): string => {
    switch (error.code) {
      case 'timeout':
        return 'late'
    }
  }
  const wrong = (error: RaftedError): boolean => {
    switch (error.code) {
      // @ts-expect-error there is no such code
      case 'time-out':
        return true
      default:
        return false
    }
  }
  const left = (error: RaftedError & { readonly code: 'timeout' | 'closed' | 'aborted' }): void => {
    if (error.code === 'timeout' || error.code === 'closed') return
    expectTypeOf(error.code).toEqualTypeOf<'aborted'>()
  }
  expectTypeOf([some, all, wrong, left]).toBeArray()
})

test('isRaftedError tells the code it was asked for', () => {
  const look = (error: unknown): void => {
    if (isRaftedError(error, 'timeout')) expectTypeOf(error.code).toEqualTypeOf<'timeout'>()
    if (isRaftedError(error)) expectTypeOf(error.code).toEqualTypeOf<ErrorCode>()
  }
  expectTypeOf(look).toBeFunction()
})
