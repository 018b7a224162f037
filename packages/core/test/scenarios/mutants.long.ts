/** All scripts are run against each planted bug that one of them alone is to find. */
import { expect, test } from 'vitest'
import { failuresOf, isShownByOne, scripts } from './found.ts'
import { mutants } from './mutants.ts'

test.each(mutants.filter(isShownByOne))(
  '$name',
  async (mutant) => {
    const failed = await failuresOf(mutant, scripts)
    expect([...failed.keys()], [...failed.values()].join('\n')).toEqual([...mutant.caughtBy].sort())
  },
  60_000,
)
