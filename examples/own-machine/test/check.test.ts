import { expect, test } from 'vitest'
import { findingOf } from '../src/check.ts'
import { seats, seatsByWallClock } from '../src/seats.ts'

test('the machine that goes by replicated time is deterministic', async () => {
  for (let seed = 1; seed <= 5; seed++) expect(await findingOf(seats, seed)).toBeNull()
})

test('the one that goes by the clock of the host is not, and the finding says why', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const finding = await findingOf(seatsByWallClock, seed)
    expect(finding?.text).toContain('It looked at Date.now().')
    expect(finding?.command).toEqual(['hold', expect.any(String), expect.any(String), expect.any(Number)])
  }
})
