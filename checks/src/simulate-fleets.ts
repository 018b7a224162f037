/**
 * `npm run simulate-fleets -- --seeds N --from S`: runs whole fleets, one seed after the other, prints what went wrong, and lines of sums. `--hosts H --groups G`: so many, else by the
 * seed. `--minutes M`: as many seeds as fit. `--workers W`: seeds side by side. `--json FILE`: the sums, for programs. Each minute it says on the standard error how far it is.
 * `npm run simulate-fleets -- --seed X --trace`: runs one seed and prints all that happens in it. Ends with 1 if anything was wrong.
 */
import { parseArgs } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { type FleetSimulationResult, fleetTroubles, simulateFleet } from '@rafted/testing'
import { CommandLine } from './command-line.ts'
import { reported, type SeedReport, seedOptions, seedsOf } from './seed-command.ts'
import { runSeeds, serveSeeds, type Timed, timed } from './seeds.ts'

const options = { ...seedOptions, hosts: { type: 'string' }, groups: { type: 'string' } } as const
const commandLine = new CommandLine(
  'usage: npm run simulate-fleets -- [--seeds N] [--from S] [--minutes M] [--workers W] [--hosts H] [--groups G] [--json FILE] | --seed X [--trace]',
)

async function main(): Promise<void> {
  const values = commandLine.parsed(() => parseArgs({ options }).values)
  const seeds = seedsOf(commandLine, values)
  const order = {
    ...(values.hosts === undefined ? {} : { hosts: commandLine.natural('hosts', values.hosts) }),
    ...(values.groups === undefined ? {} : { groups: commandLine.natural('groups', values.groups) }),
  }
  const report = new Report(order)
  await reported(report, values.json, async () => {
    if (values.trace) {
      const print = (line: string): void => console.log(line)
      report.add(await timed(simulateFleet, { ...order, print, seed: seeds.from }))
    } else await runSeeds(import.meta.url, seeds, order, simulateFleet, (done) => report.add(done))
  })
}

/** Sums over all seeds. */
class Report implements SeedReport {
  /** Of each fleet, where that was given: part of what shows a seed again. */
  readonly #size: string
  readonly #sums = {
    seeds: 0,
    groups: 0,
    calls: 0,
    acknowledged: 0,
    virtualMs: 0,
    cpuMs: 0,
    longestRestMs: 0,
  }
  readonly #troubles = new Map<string, number>(fleetTroubles.map((kind) => [kind, 0]))
  readonly #failed: FleetSimulationResult[] = []
  violations = 0

  constructor(size: Readonly<Record<string, number>>) {
    this.#size = Object.entries(size)
      .map(([name, count]) => ` --${name} ${count}`)
      .join('')
  }

  add({ result, cpuMs }: Timed<FleetSimulationResult>): void {
    const sums = this.#sums
    sums.seeds++
    sums.groups += result.groups
    sums.calls += result.calls
    sums.acknowledged += result.acknowledged
    sums.virtualMs += result.virtualMs
    sums.cpuMs += cpuMs
    sums.longestRestMs = Math.max(sums.longestRestMs, result.restMs)
    for (const [kind, times] of result.troubles)
      this.#troubles.set(kind, (this.#troubles.get(kind) ?? 0) + times)
    this.violations += result.violations.length
    for (const violation of result.violations) console.log(`seed ${result.seed}: ${violation}`)
    if (result.violations.length === 0) return
    this.#failed.push(result)
    const again = `--seed ${result.seed}${this.#size} --trace`
    console.log(`  again, with all that happens: npm run simulate-fleets -- ${again}`)
  }

  get data(): object {
    const troubles = Object.fromEntries(this.#troubles)
    return { ...this.#sums, violations: this.violations, failed: this.#failed, troubles }
  }

  get progress(): string {
    return `${this.#sums.seeds} seeds so far, ${this.violations} violations`
  }

  print(): void {
    const { seeds, groups, calls, acknowledged, virtualMs, cpuMs, longestRestMs } = this.#sums
    for (const [kind, times] of this.#troubles) console.log(`${kind.padEnd(16)}${String(times).padStart(8)}`)
    console.log(`at rest     ${(longestRestMs / 1000).toFixed(0)} virtual seconds after all trouble, at most`)
    console.log(
      `speed       ${(virtualMs / 3_600_000).toFixed(1)} virtual hours, ${(virtualMs / cpuMs).toFixed(0)} times real time on one core`,
    )
    console.log(
      `seeds ${seeds}, groups ${groups}, calls ${calls}, acknowledged ${acknowledged}, violations ${this.violations}`,
    )
  }
}

Error.stackTraceLimit = 0
if (isMainThread) await main()
else serveSeeds(simulateFleet)
