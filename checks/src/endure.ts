/**
 * `npm run endure -- --seconds N [--seed S] [--hosts H] [--verbose]`: hosts in processes of their own, under load, killed and stopped at
 * random, and then audited. Ends with 0 if every acknowledged command took effect exactly once and nothing else went wrong.
 */
import { parseArgs } from 'node:util'
import { CommandLine } from './command-line.ts'
import { endure } from './endure/endurance.ts'
import { summaryOf } from './endure/summary.ts'

const options = {
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string' },
  hosts: { type: 'string', default: '3' },
  verbose: { type: 'boolean', default: false },
  /** Hosts that lie about durability: shows that a run can fail. */
  'forgetful-disks': { type: 'boolean', default: false },
} as const
const commandLine = new CommandLine(
  'usage: npm run endure -- [--seconds N] [--seed S] [--hosts 3 to 9] [--verbose] [--forgetful-disks]',
)
const values = commandLine.parsed(() => parseArgs({ options }).values)
const seconds = natural('seconds', values.seconds, 1, 1_000_000)
const hosts = natural('hosts', values.hosts, 3, 9)
const seed = natural('seed', values.seed ?? String(Math.floor(Math.random() * 1e9)), 0, 999_999_999)
const { verbose } = values

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort())

const begun = performance.now()
const say = (line: string): void =>
  console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(7)} s  ${line}`)
const result = await endure({
  seconds,
  seed,
  hosts,
  forgetful: values['forgetful-disks'],
  signal: interrupted.signal,
  ...(verbose ? { say } : {}),
})
for (const line of summaryOf(result)) console.log(line)
process.exitCode = result.aborted || result.problems.length > 0 ? 1 : 0

function natural(name: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (/^\d{1,9}$/.test(text) && number >= least && number <= most) return number
  return commandLine.stop(
    `--${name} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`,
  )
}
