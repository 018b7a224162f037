/** What is wrong with what stands in a group at the end is seen. */
import { RaftedError } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { RoomHistory } from '../../src/fleet/rooms.ts'

/** Three things said one after the other, the third without an answer. */
async function history(third: 'unknown' | 'not-applied' = 'unknown'): Promise<RoomHistory> {
  const said = new RoomHistory('g.1')
  let now = 0
  const clock = (): number => ++now
  await said.say(async () => 1, clock)
  await said.say(async () => 2, clock)
  await said.say(async () => {
    throw new RaftedError('timeout', 'It took too long.', { outcome: third })
  }, clock)
  return said
}

test('what was acknowledged stands there once, where its answer says; what was not may, or may not', async () => {
  const said = await history()
  expect(said.acknowledged).toBe(2)
  expect(said.problem(['g.1 1', 'g.1 2'])).toBe(null)
  expect(said.problem(['g.1 1', 'g.1 2', 'g.1 3'])).toBe(null)
  expect(said.problem(['g.1 1'])).toMatch(/"g.1 2" was answered 2, and does not stand there/)
  expect(said.problem(['g.1 3', 'g.1 1', 'g.1 2'])).toMatch(/was answered 1, and does not stand there/)
  expect(said.problem(['g.1 1', 'g.1 2', 'g.1 2'])).toMatch(/twice/)
  expect(said.problem(['g.1 1', 'g.1 2', 'g.2 1'])).toMatch(/never said here/)
})

test('what was told not to have happened has not', async () => {
  const said = await history('not-applied')
  expect(said.problem(['g.1 1', 'g.1 2'])).toBe(null)
  expect(said.problem(['g.1 1', 'g.1 2', 'g.1 3'])).toMatch(/told that it was not applied/)
})

test('nothing overtakes what was answered before', async () => {
  const said = new RoomHistory('g.1')
  let now = 0
  const clock = (): number => ++now
  await said.say(async () => 2, clock)
  await said.say(async () => 1, clock)
  expect(said.problem(['g.1 2', 'g.1 1'])).toMatch(/overtook/)
})
