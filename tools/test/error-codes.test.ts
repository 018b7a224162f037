import { expect, test } from 'vitest'
import { checkErrorCodes } from '../src/tidy/error-codes.ts'
import { problemsOf } from './made-up.ts'

const errors = "export type ErrorCode =\n  | 'not-leader'\n  | 'timeout'\n"

test('a docstring names error codes that there are', () => {
  const source =
    '/**\n * Asks.\n * @throws {RaftedError} `not-leader`, `timeout`;\n * `no-leader` for `a-b`. With the reason `not-mine`, `nor-mine`. @param x `other-things` */'
  expect(
    problemsOf(checkErrorCodes, {
      'packages/contracts/src/errors.ts': errors,
      'packages/client/src/ask.ts': `${source}\n/** Not \`an-error\`. */`,
      'packages/client/test/ask.test.ts': source,
    }),
  ).toEqual([
    'packages/client/src/ask.ts:4: "no-leader" is no code of an error: packages/contracts/src/errors.ts has them all',
    'packages/client/src/ask.ts:4: "a-b" is no code of an error: packages/contracts/src/errors.ts has them all',
  ])
})
