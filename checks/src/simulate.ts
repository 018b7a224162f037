/**
 * `npm run simulate -- --seeds N --from S`: runs seeds one after the other, prints what went wrong, which faults have hit what, and a line of sums.
 * Each minute it says on the standard error how far it is. `--minutes M`: as many seeds as fit. `--profile P`: one mixture of troubles. `--json FILE`: the results, for programs. `--workers W`: seeds side by side.
 * `npm run simulate -- --seed X --trace`: runs one seed and prints all that happens in it. `--seed X --record FILE`: writes what happens in one of its groups, the first or
 * the one that `--group` names, for the playground. Ends with 1 if anything was wrong.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import {
  Coverage,
  GroupRecorder,
  type ProfileName,
  profiles,
  type SimulationResult,
  simulate,
} from '@rafted/testing'
import { CommandLine } from './command-line.ts'
import { reported, type SeedReport, seedOptions, seedsOf } from './seed-command.ts'
import { runSeeds, serveSeeds, type Timed, timed } from './seeds.ts'

const options = {
  ...seedOptions,
  profile: { type: 'string' },
  hosts: { type: 'string' },
  record: { type: 'string' },
  group: { type: 'string' },
  'forgetful-disks': { type: 'boolean', default: false },
} as const
const commandLine = new CommandLine(
  'usage: npm run simulate -- [--seeds N] [--from S] [--minutes M] [--workers W] [--profile P] [--hosts H] [--json FILE] | --seed X [--trace] [--record FILE [--group G]]',
)

async function main(): Promise<void> {
  const values = commandLine.parsed(() => parseArgs({ options }).values)
  const seeds = seedsOf(commandLine, values)
  const isOne = values.seed !== undefined
  const order = {
    forgetfulDisks: values['forgetful-disks'],
    ...(values.profile === undefined ? {} : { profile: profileNamed(values.profile) }),
    ...(values.hosts === undefined ? {} : { hosts: commandLine.natural('hosts', values.hosts) }),
  }
  if (values.record !== undefined && !isOne) commandLine.stop('--record takes one seed: name it with --seed')
  if (values.group !== undefined && values.record === undefined)
    commandLine.stop('--group says which group --record is about')
  const report = new Report(isOne)
  const recorder = values.record === undefined ? null : new GroupRecorder()
  await reported(report, values.json, async () => {
    if (values.trace || recorder !== null) {
      const print = values.trace ? { print: (line: string) => console.log(line) } : {}
      const watch = recorder === null ? {} : { watch: recorder.watch }
      report.add(await timed(simulate, { ...order, ...print, ...watch, seed: seeds.from }))
      if (recorder !== null) record(recorder, values.record!, seeds.from, values.group ?? null)
    } else await runSeeds(import.meta.url, seeds, order, simulate, (done) => report.add(done))
  })
}

/** Writes what the playground takes. */
function record(recorder: GroupRecorder, file: string, seed: number, wanted: string | null): void {
  const { groups } = recorder
  const group = wanted ?? groups[0] ?? ''
  if (!groups.includes(group))
    commandLine.stop(`seed ${seed} has the groups ${groups.join(', ')}, not ${JSON.stringify(group)}`)
  const recording = recorder.recording(group, `Seed ${seed} of the simulator, ${group}`)
  writeFileSync(file, `${JSON.stringify(recording)}\n`)
  console.log(
    `${recording.events.length} events of ${group} are in ${file}: open it in the playground (npm run playground)`,
  )
}

/** Sums over all seeds. */
class Report implements SeedReport {
  readonly #isOne: boolean
  readonly #coverage = new Coverage()
  readonly #faults: number[] = []
  readonly #failed: SimulationResult[] = []
  readonly #sums = {
    seeds: 0,
    steps: 0,
    faults: 0,
    operations: 0,
    virtualMs: 0,
    cpuMs: 0,
    kills: 0,
    elections: 0,
  }
  readonly #least = { faults: Number.POSITIVE_INFINITY, operations: Number.POSITIVE_INFINITY }
  violations = 0

  constructor(isOne: boolean) {
    this.#isOne = isOne
  }

  add({ result, cpuMs }: Timed<SimulationResult>): void {
    const sums = this.#sums
    sums.seeds++
    sums.steps += result.steps
    sums.faults += result.faults
    sums.operations += result.operations
    sums.virtualMs += result.virtualMs
    sums.cpuMs += cpuMs
    sums.kills += result.kills
    sums.elections += result.elections
    this.#faults.push(result.faults)
    this.#least.faults = Math.min(this.#least.faults, result.faults)
    this.#least.operations = Math.min(this.#least.operations, result.operations)
    this.#coverage.add(result)
    this.violations += result.violations.length
    for (const violation of result.violations) console.log(`seed ${result.seed}: ${violation}`)
    if (result.violations.length > 0) {
      this.#failed.push(result)
      console.log(`  again, with all that happens: npm run simulate -- --seed ${result.seed} --trace`)
    }
    if (this.#isOne)
      console.log(
        `seed ${result.seed}: hash ${result.hash}, ${(result.virtualMs / 1000).toFixed(1)} virtual seconds`,
      )
  }

  /** Of the faults that hit in one seed, so many or fewer in this part of the seeds. */
  #quantile(part: number): number {
    const sorted = this.#faults.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
  }

  get data(): object {
    const { empty, hits } = this.#coverage
    return { ...this.#sums, violations: this.violations, failed: this.#failed, hits, empty }
  }

  get progress(): string {
    return `${this.#sums.seeds} seeds so far, ${this.violations} violations`
  }

  print(): void {
    const { seeds, steps, faults, operations, virtualMs, cpuMs, kills, elections } = this.#sums
    const { empty, text } = this.#coverage
    if (!this.#isOne) {
      console.log(`${text}\n`)
      console.log(`cells that could be hit and were not: ${empty.length === 0 ? 'none' : empty.length}`)
      if (empty.length <= 60) for (const cell of empty) console.log(`  ${cell}`)
      console.log(
        `per seed    faults median ${this.#quantile(0.5)}, least ${this.#least.faults}, 95 % up to ${this.#quantile(0.95)}; operations least ${this.#least.operations}; kills ${(kills / seeds).toFixed(1)}, elections ${(elections / seeds).toFixed(1)}`,
      )
      console.log(
        `speed       ${(virtualMs / 3_600_000).toFixed(1)} virtual hours, ${(virtualMs / cpuMs).toFixed(0)} times real time on one core`,
      )
    }
    console.log(
      `seeds ${seeds}, steps ${steps}, faults ${faults}, operations ${operations}, violations ${this.violations}`,
    )
  }
}

function profileNamed(name: string): ProfileName {
  if (Object.hasOwn(profiles, name)) return name as ProfileName
  return commandLine.stop(
    `--profile takes one of ${Object.keys(profiles).join(', ')}, not ${JSON.stringify(name)}`,
  )
}

// Errors are made by the thousand, and nobody reads where: only what they say.
Error.stackTraceLimit = 0
if (isMainThread) await main()
else serveSeeds(simulate)
