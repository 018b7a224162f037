/**
 * `npm run simulate -- --seeds N --from S`: runs seeds one after the other, prints what went wrong and a line of sums.
 * `npm run simulate -- --seed X --trace`: runs one seed and prints all that happens in it. Ends with 1 if anything was wrong.
 */
import { parseArgs } from 'node:util'
import { type SimulationResult, simulate } from '@rafted/testing'

const options = {
  seeds: { type: 'string', default: '100' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  trace: { type: 'boolean', default: false },
  'forgetful-disks': { type: 'boolean', default: false },
} as const
const values = parsed()

const from = natural('seed', values.seed ?? values.from)
const count = values.seed === undefined ? natural('seeds', values.seeds) : 1
// A run of nothing finds nothing wrong.
if (count === 0) stop('--seeds takes 1 or more')
const forgetfulDisks = values['forgetful-disks']
const sums = { steps: 0, faults: 0, operations: 0, violations: 0 }

for (let seed = from; seed < from + count; seed++) {
  const trace = values.trace ? { print: (line: string) => console.log(line) } : {}
  report(await simulate({ seed, forgetfulDisks, ...trace }))
}
const { steps, faults, operations, violations } = sums
console.log(
  `seeds ${count}, steps ${steps}, faults ${faults}, operations ${operations}, violations ${violations}`,
)
process.exitCode = violations === 0 ? 0 : 1

function report(result: SimulationResult): void {
  sums.steps += result.steps
  sums.faults += result.faults
  sums.operations += result.operations
  sums.violations += result.violations.length
  for (const violation of result.violations) console.log(`seed ${result.seed}: ${violation}`)
  if (result.violations.length > 0)
    console.log(`  again, with all that happens: npm run simulate -- --seed ${result.seed} --trace`)
  if (values.seed !== undefined)
    console.log(
      `seed ${result.seed}: hash ${result.hash}, ${(result.virtualMs / 1000).toFixed(1)} virtual seconds`,
    )
}

function parsed() {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error))
  }
}

function stop(problem: string): never {
  console.error(problem)
  console.error('usage: npm run simulate -- [--seeds N] [--from S] | --seed X [--trace]')
  process.exit(2)
}

function natural(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  return stop(`--${name} takes a whole number, not ${JSON.stringify(text)}`)
}
