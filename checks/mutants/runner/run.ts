/** Runs planted bugs one by one, some of them at a time, each in a workspace of its own. */
import type { Listed } from './catalogue.ts'
import { type Finding, find, type Search } from './find.ts'
import { Workspace } from './workspace.ts'

export interface Outcome extends Omit<Finding, 'status'> {
  readonly area: string
  readonly name: string
  readonly caughtBy: string
  readonly status: Finding['status'] | 'equivalent'
  readonly seconds: number
}

export interface RunOptions extends Search {
  /** At a time. */
  readonly jobs: number
  /** None is begun any more after this long, milliseconds. Default: all are. */
  readonly beginMs?: number
  /** Is told of each outcome, in the order of `mutants`. */
  done(outcome: Outcome): void
}

/** @returns the outcomes of those that were begun, in the order of `mutants`. */
export async function runMutants(
  mutants: readonly Listed[],
  { jobs, done, beginMs = Number.POSITIVE_INFINITY, ...search }: RunOptions,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const end = performance.now() + beginMs
  let next = 0
  let told = 0
  const work = async (): Promise<void> => {
    const workspace = new Workspace()
    try {
      while (next < mutants.length && performance.now() < end) {
        const at = next++
        outcomes[at] = await runOne(workspace, mutants[at]!, search)
        while (outcomes[told] !== undefined) done(outcomes[told++]!)
      }
    } finally {
      workspace.remove()
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, mutants.length) }, work))
  return outcomes
}

async function runOne(workspace: Workspace, mutant: Listed, search: Search): Promise<Outcome> {
  const { area, name, caughtBy, edits, equivalent } = mutant
  const head = { area, name, caughtBy }
  if (equivalent !== undefined)
    return { ...head, status: 'equivalent', what: equivalent, seeds: null, seconds: 0 }
  const began = performance.now()
  workspace.patch(edits)
  try {
    const finding = await find(workspace.path, caughtBy, search)
    return { ...head, ...finding, seconds: (performance.now() - began) / 1000 }
  } finally {
    workspace.restore()
  }
}
