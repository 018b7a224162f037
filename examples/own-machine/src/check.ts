/** Checks both variants, alone and in a simulated group, and tells what it found. */
import { checkDeterminism, type DeterminismFinding, simulate } from '@rafted/testing'
import { seats, seatsByWallClock } from './seats.ts'
import { commandsOf, SeatsWorkload } from './workload.ts'

/** What is wrong with a machine when it is applied on its own; null if nothing is. */
export function findingOf(machine: typeof seats, seed: number): Promise<DeterminismFinding | null> {
  return checkDeterminism({
    machine,
    seed,
    commands: commandsOf(seed, 300),
    queries: [
      ['holder', 'A1'],
      ['holder', 'C1'],
    ],
  })
}

/** What goes wrong when a group of hosts runs it, with users, crashes, cut links and clocks that differ: as the seed has it. */
export async function violationsOf(machine: typeof seats, seed: number): Promise<readonly string[]> {
  const { violations } = await simulate({ seed, machine, workload: () => new SeatsWorkload() })
  return violations
}

async function told(name: string, machine: typeof seats): Promise<void> {
  const finding = await findingOf(machine, 1)
  console.log(finding === null ? `${name}: nothing found` : `${name}: ${finding.text}`)
  const violations = await violationsOf(machine, 1)
  console.log(
    violations.length === 0
      ? 'In a simulated group: nothing found'
      : `In a simulated group: ${violations[0]}`,
  )
}

if (import.meta.filename === process.argv[1]) {
  await told('by replicated time', seats)
  await told('by the clock of the host', seatsByWallClock)
}
