/** Groups that fall quiet while their users do nothing, and wake when they are asked for something or a host is lost. */
import { simulate } from '@rafted/testing'
import { expect, test } from 'vitest'

test('they keep what any group promises, and go on when they are needed (F131)', {
  timeout: 240_000,
}, async () => {
  let said = 0
  // The last two: a leader stops that nobody has heard since it woke, and one that a host is asked to join by whenever it has just fallen quiet (F131d, F131e, F37c).
  for (const seed of [7, 15, 19, 20, 24, 25, 27, 35, 39, 900000057, 900000021]) {
    const print = (line: string): void => {
      if (line.includes('→') && line.includes(' quiet term ')) said++
    }
    const { violations } = await simulate({ seed, profile: 'quiet', print })
    expect(violations, `seed ${seed}: npm run simulate -- --seed ${seed} --profile quiet --trace`).toEqual([])
  }
  expect(said).toBeGreaterThan(100)
})
