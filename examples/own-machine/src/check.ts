/** Checks both variants and tells what it found. */
import { checkDeterminism, type DeterminismFinding } from '@rafted/testing'
import { seats, seatsByWallClock } from './seats.ts'
import { commandsOf } from './workload.ts'

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

/** Checks the machine on its own. A simulated group that uses it, `simulate({ seed, machine, workload })`, would follow here. */
async function told(name: string, machine: typeof seats): Promise<void> {
  const finding = await findingOf(machine, 1)
  console.log(finding === null ? `${name}: nothing found` : `${name}: ${finding.text}`)
}

if (import.meta.filename === process.argv[1]) {
  await told('by replicated time', seats)
  await told('by the clock of the host', seatsByWallClock)
}
