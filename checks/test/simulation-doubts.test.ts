/** Callers who ask what became of commands that ended in doubt: what they are told goes into the history that is checked. */
import { simulate } from '@rafted/testing'
import { expect, test } from 'vitest'

test('what they are told is true, and stays so (F58b)', { timeout: 240_000 }, async () => {
  const told = { applied: 0, 'not-applied': 0 }
  for (const seed of [17, 35, 43, 79, 88, 90]) {
    const print = (line: string): void => {
      const outcome = /"outcome":"(applied|not-applied)"/.exec(line)?.[1]
      if (line.includes(' resolved ')) told[outcome as keyof typeof told]++
    }
    const { violations } = await simulate({ seed, profile: 'doubts', print })
    expect(violations, `seed ${seed}: npm run simulate -- --seed ${seed} --profile doubts --trace`).toEqual(
      [],
    )
  }
  expect(Math.min(told.applied, told['not-applied'])).toBeGreaterThan(5)
})
