/** What commands have in common that run seeds: which seeds are asked for, and what is told of them. */
import { writeFileSync } from 'node:fs'
import type { CommandLine } from './command-line.ts'
import type { Seeds } from './seeds.ts'

export const seedOptions = {
  seeds: { type: 'string' },
  from: { type: 'string', default: '1' },
  minutes: { type: 'string' },
  seed: { type: 'string' },
  workers: { type: 'string', default: '1' },
  json: { type: 'string' },
  trace: { type: 'boolean', default: false },
} as const

/** As they were given. */
export interface SeedValues {
  readonly seeds?: string | undefined
  readonly from: string
  readonly minutes?: string | undefined
  readonly seed?: string | undefined
  readonly workers: string
}

/** What is told of the seeds that were run. */
export interface SeedReport {
  readonly violations: number
  /** For those who wait. */
  readonly progress: string
  /** For programs. */
  readonly data: object
  print(): void
}

/** A seed that is named is the only one. */
export function seedsOf(commandLine: CommandLine, values: SeedValues): Seeds {
  const from = commandLine.natural('seed', values.seed ?? values.from)
  const minutes = values.minutes === undefined ? null : commandLine.positive('minutes', values.minutes)
  const wanted = values.seeds ?? (minutes === null ? '100' : '999999999')
  const count = values.seed === undefined ? commandLine.natural('seeds', wanted) : 1
  // A run of nothing finds nothing wrong.
  if (count === 0) commandLine.stop('--seeds takes 1 or more')
  const end = minutes === null ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000
  return { from, count, end, workers: commandLine.natural('workers', values.workers) }
}

/** Says each minute how far it is while `run` runs, then what came of it. The process ends with 1 if anything was wrong. */
export async function reported(
  report: SeedReport,
  json: string | undefined,
  run: () => Promise<void>,
): Promise<void> {
  const progress = setInterval(() => console.error(report.progress), 60_000)
  await run()
  clearInterval(progress)
  report.print()
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report.data, null, 1)}\n`)
  process.exitCode = report.violations === 0 ? 0 : 1
}
