/** The next version that `npm run compat` mixes with can still be made. */
import { expect, test } from 'vitest'
import { missing } from '../src/builds/next.ts'

test('each text that is changed for it stands where it is looked for, once', () => {
  expect(missing()).toEqual([])
})
