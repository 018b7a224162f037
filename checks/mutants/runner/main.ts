/**
 * `npm run mutants -- [--only NAME]… [--area AREA]… [--sample DAY] [--from SEED] [--seeds N] [--minutes M] [--jobs N] [--json FILE] [--list]`: plants
 * each bug in a copy of the sources, and sees whether it is found. Ends with 1 if one has survived.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CommandLine } from '../../src/command-line.ts'
import { allMutants, type Listed } from './catalogue.ts'
import { type Outcome, runMutants } from './run.ts'
import { SAMPLE, sampleOf } from './sample.ts'

const usage =
  'usage: npm run mutants -- [--only NAME]… [--area AREA]… [--sample DAY] [--from SEED] [--seeds N] [--minutes M] [--jobs N] [--json FILE] [--list]'
const options = {
  only: { type: 'string', multiple: true },
  area: { type: 'string', multiple: true },
  sample: { type: 'string' },
  from: { type: 'string', default: '1' },
  seeds: { type: 'string', default: '1000' },
  minutes: { type: 'string', default: '60' },
  jobs: { type: 'string', default: '2' },
  json: { type: 'string' },
  list: { type: 'boolean', default: false },
} as const
const commandLine = new CommandLine(usage)

// What runs is ended, and the copies are removed, by those who have started and made them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const values = commandLine.parsed(() => parseArgs({ options }).values)
const all = await allMutants()
const mutants = chosen(all)
if (values.list) for (const { area, name, schedule } of mutants) console.log(`${area}  ${name}: ${schedule}`)
else await run(mutants)

async function run(mutants: readonly Listed[]): Promise<void> {
  const widths = [
    longest(({ area }) => area),
    longest(({ name }) => name),
    longest(({ caughtBy }) => kind(caughtBy)),
  ]
  const outcomes = await runMutants(mutants, {
    from: natural('from', values.from),
    seeds: natural('seeds', values.seeds),
    limitMs: natural('minutes', values.minutes) * 60_000,
    jobs: natural('jobs', values.jobs),
    done: (outcome) => console.log(lineOf(outcome, widths)),
  })
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(outcomes, null, 2)}\n`)
  const survived = outcomes.filter(({ status }) => status === 'survived' || status === 'given up')
  const equivalent = outcomes.filter(({ status }) => status === 'equivalent').length
  for (const { name } of survived) console.log(`survived: npm run mutants -- --only ${name}`)
  console.log(
    `mutants ${outcomes.length}, survived ${survived.length}${equivalent > 0 ? `, equivalent ${equivalent}` : ''}`,
  )
  process.exitCode = survived.length === 0 ? 0 : 1
}

function lineOf(
  { area, name, caughtBy, status, what, seeds, seconds }: Outcome,
  widths: readonly number[],
): string {
  const cells = [area, name, kind(caughtBy)].map((cell, at) => cell.padEnd(widths[at]!))
  const ran = seeds === null ? '' : `${seeds} seed${seeds === 1 ? '' : 's'}`
  return [
    ...cells,
    status.padEnd('equivalent'.length),
    ran.padStart(10),
    `${seconds.toFixed(1)} s`.padStart(8),
    what,
  ]
    .join('  ')
    .trimEnd()
    .slice(0, 240)
}

function kind(caughtBy: string): string {
  return caughtBy.split(' ')[0]!
}

function longest(of: (mutant: Listed) => string): number {
  return mutants.reduce((length, mutant) => Math.max(length, of(mutant).length), 0)
}

function chosen(all: readonly Listed[]): readonly Listed[] {
  const { only = [], area = [], sample } = values
  if (sample !== undefined) {
    if (!/^\d{4}-\d\d-\d\d$/.test(sample))
      commandLine.stop(`--sample takes a day, as in 2026-01-31, not ${JSON.stringify(sample)}`)
    return sampleOf(all, sample, SAMPLE)
  }
  const unknown =
    only.find((name) => !all.some((mutant) => mutant.name === name)) ??
    area.find((name) => !all.some((mutant) => mutant.area === name))
  if (unknown !== undefined)
    commandLine.stop(`there is no planted bug, or area of them, named ${JSON.stringify(unknown)}`)
  return all.filter(
    (mutant) =>
      (only.length === 0 || only.includes(mutant.name)) && (area.length === 0 || area.includes(mutant.area)),
  )
}

function natural(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  return commandLine.stop(`--${name} takes a whole number from 1 on, not ${JSON.stringify(text)}`)
}
