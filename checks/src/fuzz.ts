/**
 * `npm run fuzz -- --frames N [--transport tcp|nats] [--seed S] [--per-second R] [--json FILE]`: sends hosts N hostile frames while honest callers use them. Prints how
 * many of each kind have come to a member or a host, how much slower honest calls were, what is kept of it, and what went wrong. Ends with 1 if anything did.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CommandLine } from './command-line.ts'
import { type FuzzResult, fuzz } from './fuzz/fuzz.ts'
import { problemsOf, summaryOf } from './fuzz/summary.ts'
import { withoutServer } from './nats-server.ts'

const commandLine = new CommandLine(
  'usage: npm run fuzz -- [--frames N] [--transport tcp|nats] [--seed S] [--per-second R] [--json FILE]',
)
const options = {
  frames: { type: 'string', default: '50000' },
  transport: { type: 'string', default: 'tcp' },
  seed: { type: 'string' },
  'per-second': { type: 'string', default: '8000' },
  json: { type: 'string' },
} as const
const values = commandLine.parsed(() => parseArgs({ options }).values)
const frames = natural('frames', values.frames, 1)
const perSecond = natural('per-second', values['per-second'], 1)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : natural('seed', values.seed, 0)
const { transport } = values
if (transport !== 'tcp' && transport !== 'nats')
  commandLine.stop(`--transport takes tcp or nats, not "${transport}"`)
if (transport === 'nats' && withoutServer)
  commandLine.stop('There is no nats-server. Install it (2.9 or later), where PATH names it.')

// Errors are made by the thousand, and nobody reads where, but for the last few steps of one that nobody has caught.
Error.stackTraceLimit = 4

console.log(`fuzz over ${transport}, seed ${seed}`)
const say = (line: string): void => console.error(line)
const result: FuzzResult = await fuzz({
  frames,
  transport: transport as 'tcp' | 'nats',
  seed,
  perSecond,
  say,
})
const problems = [...result.problems, ...problemsOf(result)]
for (const line of summaryOf(result)) console.log(line)
for (const problem of problems) console.log(`problem: ${problem}`)
if (problems.length > 0)
  console.log(
    `  again: npm run fuzz -- --frames ${frames} --transport ${transport} --seed ${seed} --per-second ${perSecond}`,
  )
console.log(
  `frames ${result.frames}, batches ${result.batches}, readable ${result.readable}, problems ${problems.length}`,
)
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ ...result, problems }, null, 1)}\n`)
process.exit(problems.length === 0 ? 0 : 1)

function natural(name: string, text: string, least: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
  return commandLine.stop(`--${name} takes a whole number from ${least} on, not ${JSON.stringify(text)}`)
}
