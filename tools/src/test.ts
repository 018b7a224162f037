// The whole of `npm test`: every step in turn, then what each took, then the sum of all checks.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { installShare, type Step, steps } from './steps.ts'
import {
  addTally,
  emptyTally,
  type Failure,
  failuresOf,
  formatTally,
  parseTally,
  type Tally,
  tallyVitest,
  type VitestReport,
} from './tally.ts'
import { listWorkspaces, repositoryRoot } from './workspaces.ts'

type Outcome = { name: string; tally: Tally | null; seconds: number; share: number }

/** Told once more at the end: where a log is cut, its end is what is kept. */
const failures: Failure[] = []

const uncounted = new Set(
  listWorkspaces().map(({ directory }) => join(repositoryRoot, directory, 'test-results.json')),
)

async function main(): Promise<void> {
  const began = performance.now()
  for (const report of uncounted) rmSync(report, { force: true })
  const installed = Number(process.env.INSTALL_SECONDS ?? 0)
  const outcomes: Outcome[] = [{ name: 'install', tally: null, seconds: installed, share: installShare }]
  for (const together of sideBySide(steps)) outcomes.push(...(await runAll(together)))
  const total = emptyTally()
  for (const { tally } of outcomes) if (tally) addTally(total, tally)
  process.stdout.write(
    `${failures.map(told).join('')}\n${table(outcomes, installed + (performance.now() - began) / 1000)}\n\n${formatTally(total)}\n`,
  )
  process.exitCode = total.failed > 0 ? 1 : 0
}

/** Cores to fill, of which each step that has others beside it takes one. */
const LANES = 2

/** Steps that may run at the same time, in the order of the steps. */
function sideBySide(all: readonly Step[]): Step[][] {
  const groups: Step[][] = []
  for (const step of all) {
    const last = groups.at(-1)
    if (step.beside && last?.[0]?.beside) last.push(step)
    else groups.push([step])
  }
  return groups
}

async function runAll(together: readonly Step[]): Promise<Outcome[]> {
  const outcomes = new Map<Step, Outcome>()
  const waiting = [...together]
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift())
      outcomes.set(step, await runStep(step, together.length === 1))
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return together.map((step) => outcomes.get(step)!)
}

/** @param isAlone shows what it prints as it comes, else when it has ended. */
async function runStep(step: Step, isAlone: boolean): Promise<Outcome> {
  const title = `\n== ${step.name}: ${step.run.join(' ')}\n`
  if (isAlone) process.stdout.write(title)
  const began = performance.now()
  const { ok, output } = await runCommand(step.run, isAlone)
  const seconds = (performance.now() - began) / 1000
  const tally = countStep(step, ok, output)
  if (!isAlone) process.stdout.write(title + output)
  process.stdout.write(`== ${step.name}: ${formatTally(tally)} in ${seconds.toFixed(1)} s\n`)
  return { name: step.name, tally, seconds, share: step.share }
}

function runCommand(
  [command, ...args]: string[],
  isShown: boolean,
): Promise<{ ok: boolean; output: string }> {
  const environment = {
    ...process.env,
    // With CI set, Vitest refuses a forgotten `.only`.
    CI: '1',
    NO_COLOR: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    // The first step compiles everything.
    RAFTED_COMPILED: '1',
    PATH: join(repositoryRoot, 'node_modules/.bin') + delimiter + process.env.PATH,
  }
  return new Promise((resolve) => {
    const child = spawn(command!, args, {
      cwd: repositoryRoot,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (isShown) process.stdout.write(text)
    })
    child.on('error', (error) => process.stderr.write(`${command}: ${error.message}\n`))
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}

function countStep(step: Step, ok: boolean, output: string): Tally {
  const tally = emptyTally()
  if (step.counts === 'last line') addTally(tally, parseTally(output) ?? { ...emptyTally(), failed: 1 })
  if (step.counts === 'test reports') addTally(tally, countReports())
  if (step.counts === 'step' && ok) tally.passed++
  // A step that ended badly never counts as nothing: a crash leaves no test to count.
  if (!ok && tally.failed === 0) tally.failed++
  return tally
}

/** What the step that just ended has reported: every report that no step before it had written. */
function countReports(): Tally {
  const tally = emptyTally()
  for (const report of uncounted) {
    if (!existsSync(report)) continue
    const read = JSON.parse(readFileSync(report, 'utf8')) as VitestReport
    addTally(tally, tallyVitest(read))
    failures.push(...failuresOf(read))
    uncounted.delete(report)
  }
  return tally
}

function told({ file, test, why }: Failure): string {
  return `\nfailed: ${relative(repositoryRoot, file)}: ${test}\n${why.replace(/^/gm, '  ')}\n`
}

/** @param seconds what all took, less than the sum where steps ran side by side. */
function table(outcomes: Outcome[], seconds: number): string {
  const rows = outcomes.map(({ name, tally, seconds, share }) => [
    name,
    tally ? formatTally(tally) : '',
    `${seconds.toFixed(1)} s`,
    `of ${share} s`,
  ])
  const share = outcomes.reduce((sum, outcome) => sum + outcome.share, 0)
  rows.push(['total', '', `${seconds.toFixed(1)} s`, `of ${share} s`])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map(([name, counts, took, share]) =>
      [
        name!.padEnd(widths[0]!),
        counts!.padEnd(widths[1]!),
        took!.padStart(widths[2]!),
        share!.padStart(widths[3]!),
      ].join('  '),
    )
    .join('\n')
}

await main()
