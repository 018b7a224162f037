/** Each planted bug is found by the scripts that are named for it, and each script finds one that no other finds. */
import { describe, expect, test } from 'vitest'
import { failuresOf, isShownByOne, scripts } from './found.ts'
import type { Mutant } from './mutant.ts'
import { mutants } from './mutants.ts'
import type { Script } from './runner/script.ts'

/**
 * That one script alone finds a bug shows only when all of them were run. In turn: an eighth of the bugs each day, so that each change waits for its part
 * only; `npm run test:long` asks them of all.
 */
function scriptsFor(mutant: Mutant, turn: number): readonly Script[] {
  const { caughtBy } = mutant
  const isAsked = isShownByOne(mutant) && mutants.indexOf(mutant) % 8 === turn % 8
  return isAsked ? scripts : scripts.filter(({ name }) => caughtBy.includes(name))
}

const today = Math.floor(Date.now() / 86_400_000)

describe('planted bugs', () => {
  test.each(mutants)(
    '$name',
    async (mutant) => {
      const { caughtBy } = mutant
      const failed = await failuresOf(mutant, scriptsFor(mutant, today))
      expect([...failed.keys()], [...failed.values()].join('\n')).toEqual([...caughtBy].sort())
    },
    60_000,
  )
})

describe('scripts', () => {
  test.each(scripts)('$name alone catches what it says', ({ name, catches }) => {
    const alone = mutants.filter((mutant) => isShownByOne(mutant) && mutant.caughtBy[0] === name)
    expect(catches).toEqual(alone.map((mutant) => mutant.name))
    expect(catches).not.toEqual([])
  })
})
