/** The run itself, at the clients' place of the network. Ends with 0 if it went well. */

import { SeededRandom } from '@rafted/testing'
import { endure } from '../endure/endurance.ts'
import { setupOf } from '../endure/programs.ts'
import { summaryOf } from '../endure/summary.ts'
import { Namespaces, type NamespacesData } from './namespaces.ts'
import { Proxies } from './proxies.ts'
import { Stormy } from './stormy.ts'

export interface RunSetup {
  readonly seconds: number
  readonly seed: number
  readonly hosts: number
  readonly verbose: boolean
  readonly staleReads: boolean
  readonly longestGapMs: number
  /** Null: through proxies. */
  readonly namespaces: NamespacesData | null
}

const { seconds, seed, hosts, verbose, staleReads, longestGapMs, namespaces } = setupOf<RunSetup>()
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort())
// Whoever started this removes the network when it is gone.
const gone = (): void => process.exit(1)
process.on('disconnect', gone)
if (!process.connected) process.exit(1)

const begun = performance.now()
const say = (line: string): void =>
  console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(7)} s  ${line}`)
const network = await make()
const result = await endure({
  seconds,
  seed,
  hosts,
  staleReads,
  longestGapMs,
  wires: network,
  trouble: (setting) => new Stormy(setting, network),
  signal: interrupted.signal,
  ...(verbose ? { say } : {}),
})
await network.close()
for (const line of summaryOf(result)) console.log(line)
process.exitCode = result.aborted || result.problems.length > 0 ? 1 : 0
process.off('disconnect', gone)
process.disconnect()

async function make(): Promise<Namespaces | Proxies> {
  if (namespaces === null) {
    const random = new SeededRandom(seed)
    return Proxies.make(hosts, () => random.number())
  }
  const made = new Namespaces(namespaces)
  await made.prepare()
  return made
}
