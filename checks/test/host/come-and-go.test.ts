/** One hour; `npm run test:long` runs a day. */
import { expect, test } from 'vitest'
import { comeAndGo } from './come-and-go.ts'

test('hosts go and come back, and nobody is elected but where the leader went (F3b)', async () => {
  const { departures, ofLeaders, terms } = await comeAndGo(1, 3_600_000)
  expect(Math.min(...Object.values(departures)), JSON.stringify(departures)).toBeGreaterThan(0)
  expect(ofLeaders).toBeGreaterThan(0)
  expect(terms).toBeGreaterThanOrEqual(ofLeaders)
}, 240_000)
