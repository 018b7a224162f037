/** Each planted bug is found by the scripts that are named for it, and each script finds one that no other finds. */
import { describe, expect, test } from 'vitest'
import { mutants } from './mutants.ts'
import { loadMutated } from './mutated.ts'
import { runScript, ScenarioError } from './runner/run.ts'
import type { Script } from './runner/script.ts'
import type { CoreModule } from './runner/world.ts'
import { readScript, scriptNames } from './scripts.ts'

const scripts = scriptNames().map(readScript)

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
    async ({ edits, caughtBy }) => {
      // That one script alone finds a bug shows only when all of them were run.
      const among = caughtBy.length === 1 ? scripts : scripts.filter(({ name }) => caughtBy.includes(name))
      const failed = failures(await loadMutated(edits), among)
      expect([...failed.keys()], [...failed.values()].join('\n')).toEqual([...caughtBy].sort())
    },
    60_000,
  )
})

describe('scripts', () => {
  test.each(scripts)('$name alone catches what it says', ({ name, catches }) => {
    const alone = mutants.filter(({ caughtBy }) => caughtBy.length === 1 && caughtBy[0] === name)
    expect(catches).toEqual(alone.map((mutant) => mutant.name))
    expect(catches).not.toEqual([])
  })
})
