/** Which scripts find a planted bug. */
import type { Mutant } from './mutant.ts'
import { loadMutated } from './mutated.ts'
import { runScript, ScenarioError } from './runner/run.ts'
import type { Script } from './runner/script.ts'
import type { CoreModule } from './runner/world.ts'
import { readScript, scriptNames } from './scripts.ts'

export const scripts = scriptNames().map(readScript)

const isOnItsWay = (name: string): boolean =>
  /^(transfer|quiet|succession|swapped_when_caught_up|added_again|removed_candidate|late_leader_changes)/.test(
    name,
  )

/**
 * Whether one script shows the bug. Those of a transfer, of the succession to a lost leader, of a learner that catches up before it votes, of members that are removed and added again, of a candidate that is removed, of a late leader that changes them, and of groups that fall quiet and wake go through what
 * replication, elections and changes of members need: that they fail as well takes nothing from the script that is for it.
 */
export function isShownByOne({ caughtBy: [first, ...others] }: Mutant): boolean {
  return others.length === 0 || (!isOnItsWay(first!) && others.every(isOnItsWay))
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

/** @returns the names of those that fail, and what they say. */
export async function failuresOf({ edits }: Mutant, among: readonly Script[]): Promise<Map<string, string>> {
  return failures(await loadMutated(edits), among)
}
