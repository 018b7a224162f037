import { parseDocument } from 'yaml'
import type { Problem, Repository } from './repository.ts'

type Step = { run?: string; uses?: string; with?: Record<string, unknown> }
type Job = { steps?: Step[]; uses?: string; 'timeout-minutes'?: number }
type Workflow = { permissions?: unknown; jobs?: Record<string, Job> }

/** What the forge is told: it can be read, calls what there is, and runs nobody's code but that which was looked at. */
export function checkWorkflows(repository: Repository): Problem[] {
  return repository.paths
    .filter((path) => /^\.github\/.*\.ya?ml$/.test(path))
    .flatMap((path) => {
      const document = parseDocument(repository.read(path))
      const errors = document.errors.map(({ message, linePos }) => ({
        path,
        ...(linePos ? { line: linePos[0].line } : {}),
        message: message.split('\n')[0]!,
      }))
      if (errors.length > 0 || !path.startsWith('.github/workflows/')) return errors
      return workflowProblems(document.toJS() as Workflow, repository).map((message) => ({ path, message }))
    })
}

function workflowProblems({ permissions, jobs = {} }: Workflow, repository: Repository): string[] {
  const problems: string[] = []
  if (permissions === undefined) problems.push('it does not say what it may do: permissions')
  for (const [name, job] of Object.entries(jobs)) {
    if (job.uses === undefined && job['timeout-minutes'] === undefined)
      problems.push(`${name} may hang for hours: timeout-minutes`)
    const steps = job.steps ?? []
    const used = [job.uses, ...steps.map((step) => step.uses)].filter((action) => action !== undefined)
    const called = steps.flatMap(commandsOf)
    problems.push(...used.flatMap((action) => actionProblem(action, repository)))
    problems.push(...called.flatMap((command) => commandProblem(command, repository)))
  }
  return problems
}

/** A tag can be moved to another commit by whoever owns the action; a commit can't be. */
function actionProblem(action: string, { paths }: Repository): string[] {
  if (action.startsWith('./'))
    return paths.includes(action.slice(2)) ? [] : [`${action} is not in this repository`]
  return /@[0-9a-f]{40}$/.test(action) ? [] : [`${action} should name a commit, by its whole hash`]
}

/** What a step runs itself, or has the action for Changesets run. */
function commandsOf(step: Step): string[] {
  const { version, publish } = step.uses?.startsWith('changesets/action@') ? (step.with ?? {}) : {}
  return [step.run, version, publish]
    .filter((text) => typeof text === 'string')
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

function commandProblem(command: string, repository: Repository): string[] {
  const [program, script] = command.replace(/^npm (?:run )?/, 'npm ').split(/\s+/)
  if (program !== 'npm')
    return repository.paths.includes(program!) ? [] : [`${program} is no file of this repository`]
  const { scripts = {} } = JSON.parse(repository.read('package.json')) as { scripts?: object }
  return script! in scripts ? [] : [`package.json has no script "${script}"`]
}
