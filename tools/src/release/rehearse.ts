import type { PackedPackage } from '../packed/packed-package.ts'
import { makeVersions } from './changesets.ts'
import { type Check, check, compileCheck, packedChecks, tidyCheck, treeCheck } from './checks.ts'
import { type Plan, planOf } from './plan.ts'
import { closeStage, openStage } from './stage.ts'

export type Rehearsal = { plan: Plan; packages: PackedPackage[] }

/**
 * Does all that a release of what is committed in `root` would do, in a copy and without a registry, and publishes
 * nothing: makes the versions, compiles, packs.
 * @param tell is told of each check when it is done.
 */
export async function rehearse(root: string, tell: (done: Check) => void): Promise<Rehearsal> {
  tell(await treeCheck(root))
  const stage = await openStage(root)
  try {
    const plan = await planOf(stage)
    tell(check(nameOf(plan), plan.problems))
    if (plan.changesets > 0)
      tell(check('changesets become versions and change logs', await makeVersions(stage)))
    const compiled = await compileCheck(stage)
    tell(compiled)
    tell(tidyCheck(stage))
    if (compiled.problems.length > 0) return { plan, packages: [] }
    const { packages, checks } = await packedChecks(stage, plan)
    for (const one of checks) tell(one)
    return { plan, packages }
  } finally {
    closeStage(stage)
  }
}

function nameOf({ changesets: count }: Plan): string {
  return count > 0 ? `${count} changesets tell what changes` : 'the change logs tell of these versions'
}
