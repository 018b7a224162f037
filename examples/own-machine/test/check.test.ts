import { expect, test } from 'vitest'
import { findingOf, violationsOf } from '../src/check.ts'
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

test('a simulated group that goes by replicated time keeps what it has promised', {
  timeout: 60_000,
}, async () => {
  for (let seed = 1; seed <= 3; seed++) expect(await violationsOf(seats, seed)).toEqual([])
})

test('one that goes by the clocks of its hosts is found out, and the first command is named', {
  timeout: 60_000,
}, async () => {
  const [first] = await violationsOf(seatsByWallClock, 1)
  expect(first).toMatch(/^group: at [a-g]#\d+: The command \[ 'hold', .* gave different results/)
  expect(first).toContain('It looked at Date.now().')
})
