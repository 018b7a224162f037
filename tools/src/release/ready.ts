import { git } from '../command.ts'
import { type Check, check, compileCheck, packedChecks, treeCheck } from './checks.ts'
import { identityProblems } from './identity.ts'
import { planOf } from './plan.ts'

/**
 * Whether what is committed in `root` may be published as it is, with its versions: nothing that can be checked speaks
 * against it. Compiles the packages from nothing, so what was checked is what is published.
 * @param tell is told of each check when it is done.
 */
export async function isReady(
  root: string,
  env: NodeJS.ProcessEnv,
  tell: (done: Check) => void,
): Promise<boolean> {
  let ready = true
  const ask = (done: Check): void => {
    tell(done)
    ready &&= done.problems.length === 0
  }
  ask(check('it is known who publishes what', identityProblems(env, await git(root, 'rev-parse', 'HEAD'))))
  ask(await treeCheck(root))
  const plan = await planOf(root)
  const waiting = `changesets wait (${plan.changesets}): \`npm run release -- --version\` makes versions of them, to be committed`
  const untold = plan.changesets > 0 ? [waiting] : plan.problems
  ask(check('the change logs tell of these versions', untold))
  if (ready) ask(await compileCheck(root))
  if (ready) for (const one of (await packedChecks(root, plan)).checks) ask(one)
  return ready
}
