/** Runs against a patched workspace what is said to find the planted bug. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CaughtBy } from '../mutant.ts'
import { type Ended, runChild } from './child.ts'

export interface Search {
  /** The first seed of the simulator, and how many. */
  readonly from: number
  readonly seeds: number
  /** When to give up, milliseconds. */
  readonly limitMs: number
}

export interface Finding {
  /** Whether the planted bug has shown, and not merely that it was given up. */
  readonly status: 'found' | 'survived' | 'given up'
  /** What was seen. */
  readonly what: string
  /** Seeds of the simulator that were run; null where it was something else. */
  readonly seeds: number | null
}

/** A seed takes about a second; a script, or a test, a few. */
const SILENCE_MS = 90_000
const tsx = ['--import', 'tsx', '-C', '@rafted/source', '--max-old-space-size=1024']

export function find(workspace: string, caughtBy: CaughtBy, search: Search): Promise<Finding> {
  const [by, ...words] = caughtBy.split(' ')
  if (by === 'simulator') return simulator(workspace, search)
  if (by === 'scenario') return scenario(workspace, words, search)
  if (by === 'explore') return exploration(workspace, words, search)
  const [directory, file, ...name] = words
  const cwd = directory === 'checks' ? 'checks' : join('packages', directory!)
  return test(workspace, cwd, file!, name.join(' '), search)
}

async function simulator(workspace: string, { from, seeds, limitMs }: Search): Promise<Finding> {
  const args = [...tsx, 'checks/mutants/runner/seeds.ts', String(from), String(seeds)]
  const ended = await runChild({ cwd: workspace, args, silenceMs: SILENCE_MS, limitMs })
  const run = ended.lines.filter((line) => line.startsWith('seed ')).length
  const seed = `seed ${from + run - 1}`
  return { ...judged(ended, `${seed}: `), seeds: run }
}

async function scenario(workspace: string, names: readonly string[], { limitMs }: Search): Promise<Finding> {
  const args = [...tsx, 'checks/mutants/runner/scripts.ts', ...names]
  const ended = await runChild({ cwd: workspace, args, silenceMs: SILENCE_MS, limitMs })
  const missed = names.filter((name) => !ended.lines.some((line) => line.startsWith(`found ${name}: `)))
  if (ended.lines.length > 0 && missed.length > 0)
    return { status: 'survived', what: `not found by ${missed.join(' ')}`, seeds: null }
  return judged(ended, '')
}

async function exploration(
  workspace: string,
  options: readonly string[],
  { limitMs }: Search,
): Promise<Finding> {
  const args = [...tsx, 'checks/src/explore.ts', ...options]
  const ended = await runChild({ cwd: workspace, args, silenceMs: SILENCE_MS, limitMs })
  const broken = ended.lines.find((line) => line.startsWith('broken: '))
  return broken === undefined ? judged(ended, '') : { status: 'found', what: broken, seeds: null }
}

/** Of the report that Vitest writes, what matters here. */
interface Report {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

async function test(
  workspace: string,
  directory: string,
  file: string,
  name: string,
  { limitMs }: Search,
): Promise<Finding> {
  const cwd = join(workspace, directory)
  const report = join(cwd, 'test-results.json')
  rmSync(report, { force: true })
  const program = join(workspace, 'node_modules/vitest/vitest.mjs')
  const pattern = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const args = [program, 'run', file, '-t', pattern]
  const ended = await runChild({ cwd, args, silenceMs: SILENCE_MS, limitMs })
  if (ended.hung || ended.late) return judged(ended, '')
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const failed = tests.find(({ status }) => status === 'failed')
  if (failed !== undefined) return { status: 'found', what: failed.fullName.trim(), seeds: null }
  const ran = tests.some(({ status }) => status === 'passed')
  const crashed = ended.code !== 0 && testResults.some(({ message }) => message !== '')
  if (crashed)
    return { status: 'found', what: `crash: ${testResults[0]!.message.split('\n')[0]}`, seeds: null }
  return { status: 'survived', what: ran ? '' : 'there is no such test', seeds: null }
}

/** A crash or a hang is found as well, and said to be one. */
function judged({ code, lines, errors, hung, late }: Ended, prefix: string): Finding {
  const found = lines.findLast((line) => line.startsWith('found '))
  if (found !== undefined)
    return { status: 'found', what: `${prefix}${found.slice('found '.length)}`, seeds: null }
  if (hung) return { status: 'found', what: `${prefix}hang`, seeds: null }
  if (late) return { status: 'given up', what: 'its time was over', seeds: null }
  if (code === 0) return { status: 'survived', what: '', seeds: null }
  const reason = errors.split('\n').find((line) => /\w*Error\b|FATAL|Warning: Detected unsettled/.test(line))
  return { status: 'found', what: `${prefix}crash: ${reason ?? `code ${code}`}`, seeds: null }
}
