/**
 * `npm run cuts -- [--minutes M] [--seed S] [--hosts H] [--network namespaces|proxies] [--verbose]`: hosts in processes of their own, on a network
 * that is cut one way and both ways, loses, delays, repeats and reorders what they send, under load; and then audited as `npm run endure` does. The
 * network is one of namespaces where that is allowed, else one of proxies.
 */
import { parseArgs } from 'node:util'
import { ChildHost } from '@rafted/testing'
import { CommandLine } from './command-line.ts'
import { Namespaces, type NamespacesData } from './cuts/namespaces.ts'
import type { RunSetup } from './cuts/run-program.ts'

const options = {
  minutes: { type: 'string', default: '1' },
  seed: { type: 'string' },
  hosts: { type: 'string', default: '3' },
  network: { type: 'string' },
  /** Seconds that nothing may be acknowledged while a majority could serve. */
  patience: { type: 'string', default: '20' },
  verbose: { type: 'boolean', default: false },
  /** Clients that are content with stale reads: shows that a run can fail. */
  'stale-reads': { type: 'boolean', default: false },
} as const
const commandLine = new CommandLine(
  'usage: npm run cuts -- [--minutes M] [--seed S] [--hosts 3 to 9] [--network namespaces|proxies] [--patience SECONDS] [--verbose] [--stale-reads]',
)
const values = commandLine.parsed(() => parseArgs({ options }).values)
const minutes = number('minutes', values.minutes, 0.05, 10_000)
const hosts = whole('hosts', values.hosts, 3, 9)
const seed = whole('seed', values.seed ?? String(Math.floor(Math.random() * 1e9)), 0, 999_999_999)
const { network, verbose } = values
if (network !== undefined && network !== 'namespaces' && network !== 'proxies')
  commandLine.stop(`--network takes namespaces or proxies, not ${JSON.stringify(network)}`)

console.log(`seed ${seed}`)
const namespaces = network === 'proxies' ? null : await makeNamespaces()
const seconds = Math.round(minutes * 60)
const setup: RunSetup = {
  seconds,
  seed,
  hosts,
  verbose,
  staleReads: values['stale-reads'],
  longestGapMs: 1000 * number('patience', values.patience, 1, 1000),
  namespaces,
}
const run = new ChildHost({
  program: new URL('cuts/run-program.js', import.meta.url),
  args: [JSON.stringify(setup)],
  execArgv: [],
  through: namespaces === null ? [] : ['ip', 'netns', 'exec', namespaces.names.at(-1)!],
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => run.signal('SIGTERM'))
process.exitCode = (await run.exited) ?? 1
if (namespaces !== null) await Namespaces.remove(namespaces)

async function makeNamespaces(): Promise<NamespacesData | null> {
  try {
    return await Namespaces.make(hosts)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (network === 'namespaces') {
      console.error(`there can be no namespaces here: ${why}`)
      process.exit(1)
    }
    console.log(`through proxies, since there can be no namespaces here: ${why}`)
    return null
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text) && value >= least && value <= most) return value
  return commandLine.stop(`--${name} takes a number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = number(name, text, least, most)
  if (Number.isInteger(value)) return value
  return commandLine.stop(`--${name} takes a whole number, not ${JSON.stringify(text)}`)
}
