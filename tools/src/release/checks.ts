import { git } from '../command.ts'
import { compileAnew } from '../packed/compile.ts'
import { type PackedPackage, packAll } from '../packed/packed-package.ts'
import { type Shape, shapesOf } from '../packed/shape.ts'
import { sizeProblems } from '../sizes/drift.ts'
import { sizesPage } from '../sizes/page.ts'
import { formatProblem, openRepository } from '../tidy/repository.ts'
import { rules } from '../tidy/rules.ts'
import type { Plan } from './plan.ts'

/** One thing that has to be so before anything is published, and why it is not. */
export type Check = Shape

/** How many lines of what is wrong are shown of one check. */
const SHOWN = 20

export function check(name: string, problems: string[]): Check {
  const hidden = problems.length - SHOWN
  return { name, problems: hidden > 0 ? [...problems.slice(0, SHOWN), `and ${hidden} more`] : problems }
}

/** What is published is what is committed: nothing else lies in the tree. */
export async function treeCheck(root: string): Promise<Check> {
  const changed = await git(root, 'status', '--porcelain')
  return check('nothing is changed that is not committed', changed === '' ? [] : changed.split('\n'))
}

export async function compileCheck(root: string): Promise<Check> {
  return check('every package compiles', await compileAnew(root))
}

/** The rules of the repository, which hold with the versions and change logs of the release as well. */
export function tidyCheck(root: string): Check {
  const repository = openRepository(root)
  const problems = rules.flatMap((rule) => rule.check(repository).map(formatProblem))
  return check('the repository is tidy', problems)
}

/** Every compiled package as it would be published, and what is wrong with each. */
export async function packedChecks(
  root: string,
  { releases }: Plan,
): Promise<{ packages: PackedPackage[]; checks: Check[] }> {
  const packages = await packAll(root)
  const versions = new Map(releases.map(({ name, to }) => [name, to]))
  const shapes = await shapesOf(root, packages, { versions, isRelease: true })
  const checks = shapes.map(({ name, problems }) => check(name, problems))
  return { packages, checks: [...checks, check(sizesPage, await sizeProblems(root, packages))] }
}
