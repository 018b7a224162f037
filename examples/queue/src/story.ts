/** `npm start -- [--memory | --nats URL] [--dashboard] [FILE]`: the story of a replicated queue, then every line of a file through it. See README.md. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Cluster } from './cluster.ts'
import { count, fileThroughQueue } from './file-through-queue.ts'
import { firstSteps } from './first-steps.ts'
import { MemoryCluster } from './memory-cluster.ts'
import { ProcessCluster } from './process-cluster.ts'
import { type Shown, showQueue } from './shown.ts'
import { overNats, overTcp } from './ways.ts'

const ids = ['host-1', 'host-2', 'host-3']
const say = (line: string): void => console.log(line)

/** Told to end what goes on behind the story; null while it is told. */
let goingOn: AbortController | null = null
const end = (code: number): void => (goingOn === null ? process.exit(code) : goingOn.abort())

// Both end a process without a word unless somebody listens; `exit` lets the cluster clear away what it has made.
process.once('SIGINT', () => end(130))
process.once('SIGTERM', () => end(143))

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.stack : error)
  process.exitCode = 1
}

async function main(): Promise<0 | 1> {
  const chosen = choices()
  if (chosen === null) return 1
  const { file, memory, nats, dashboard } = chosen
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    console.error(`${file} can't be read: ${error instanceof Error ? error.message : error}`)
    return 1
  }
  const cluster = memory
    ? new MemoryCluster(...ids)
    : new ProcessCluster(ids, { way: nats === undefined ? overTcp() : overNats(nats) })
  const shown: Shown[] = []
  try {
    const founded = async (): Promise<void> => {
      if (dashboard) shown.push(await show(cluster))
    }
    const code = await tell(cluster, file, bytes, founded)
    for (const one of shown) await goOn(one)
    return code
  } finally {
    for (const one of shown) await one.close()
    await cluster.close()
  }
}

interface Choices {
  readonly file: string
  readonly memory: boolean
  readonly nats: string | undefined
  readonly dashboard: boolean
}

/** Null if the arguments made no sense, and that was said. */
function choices(): Choices | null {
  const lockFile = fileURLToPath(new URL('../../../pnpm-lock.yaml', import.meta.url))
  try {
    const { values, positionals } = parseArgs({
      options: {
        memory: { type: 'boolean', default: false },
        nats: { type: 'string' },
        dashboard: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const { memory, nats, dashboard } = values
    if (positionals.length > 1) console.error('One file at a time.')
    else if (memory && nats !== undefined) console.error('Either in memory or over NATS.')
    else return { file: positionals[0] ?? lockFile, memory, nats, dashboard }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
  console.error('Usage: npm start -- [--memory | --nats URL] [--dashboard] [FILE]')
  return null
}

async function show(cluster: Cluster): Promise<Shown> {
  const shown = await showQueue(cluster)
  say(`All of it on a page: ${shown.dashboard.url}`)
  return shown
}

async function goOn(shown: Shown): Promise<void> {
  say('It goes on with some commands, to be looked at, until Ctrl-C')
  goingOn = new AbortController()
  await shown.goOn(goingOn.signal)
}

/** @param founded called once the group is there. */
async function tell(
  cluster: Cluster,
  file: string,
  bytes: Uint8Array,
  founded: () => Promise<void>,
): Promise<0 | 1> {
  const begun = performance.now()
  await firstSteps(cluster, say, founded)
  say(
    `Every line of ${file}, ${count(bytes.length)} bytes: 64 commands under way; the leader dies twice: ${cluster.death}`,
  )
  const { acknowledged, lost, duplicated, difference } = await fileThroughQueue(cluster, bytes, say)
  if (difference === null) say('  byte for byte the file')
  else say(`  not the file: ${difference}`)
  say(`Told in ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  say(`acknowledged ${acknowledged}, lost ${lost}, duplicated ${duplicated}`)
  return difference === null ? 0 : 1
}
