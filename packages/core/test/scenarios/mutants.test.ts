/** Each planted bug is found by the scripts that are named for it, and each script finds one that no other finds. */
import { describe, expect, test } from 'vitest'
import { type Mutant, mutants } from './mutants.ts'
import { loadMutated } from './mutated.ts'
import { runScript, ScenarioError } from './runner/run.ts'
import type { Script } from './runner/script.ts'
import type { CoreModule } from './runner/world.ts'
import { readScript, scriptNames } from './scripts.ts'

const scripts = scriptNames().map(readScript)

const isOfTransfer = (name: string): boolean => name.startsWith('transfer')

/**
 * Whether one script shows the bug. Those of a transfer go through what replication and changes of members need: that they fail as well takes
 * nothing from the script that is for it.
 */
function isShownByOne({ caughtBy: [first, ...others] }: Mutant): boolean {
  return others.length === 0 || (!isOfTransfer(first!) && others.every(isOfTransfer))
}

/** The first lines of what each failing script says. */
function failures(module: CoreModule, among: readonly Script[]): Map<string, string> {
  const failed = new Map<string, string>()
  for (const script of among) {
    try {
      runScript(script, module, true)
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error
      failed.set(script.name, error.message.split('\n').slice(0, 2).join('\n'))
    }
  }
  return failed
}

describe('planted bugs', () => {
  test.each(mutants)(
    '$name',
    async (mutant) => {
      const { edits, caughtBy } = mutant
      // That one script alone finds a bug shows only when all of them were run.
      const among = isShownByOne(mutant) ? scripts : scripts.filter(({ name }) => caughtBy.includes(name))
      const failed = failures(await loadMutated(edits), among)
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
