/**
 * What a host pays for each of its idle members: bytes of the heap, and of buffers beside it, after a collection.
 *
 * Whoever makes it less writes the lower number here, so that the gain is kept; whoever makes it more says in the commit what that buys.
 */
import { expect, test } from 'vitest'
import { memberBytes } from '../src/fleet/member-memory.ts'

test.each([
  { kept: 'files', stated: 9_200 },
  { kept: 'memory', stated: 11_500 },
] as const)('an idle member weighs as much as is stated: $kept', async ({ kept, stated }) => {
  const found = await memberBytes(kept, 400)
  expect(found).toBeLessThan(stated * 1.15)
  expect(found).toBeGreaterThan(stated * 0.7)
})
