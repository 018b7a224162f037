/** `npm start -- [--memory | --nats URL] [FILE]`: the story of a replicated queue, then every line of a file through it. See README.md. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Cluster } from './cluster.ts'
import { count, fileThroughQueue } from './file-through-queue.ts'
import { firstSteps } from './first-steps.ts'
import { MemoryCluster } from './memory-cluster.ts'
import { ProcessCluster } from './process-cluster.ts'
import { overNats, overTcp } from './ways.ts'

const ids = ['host-1', 'host-2', 'host-3']
const say = (line: string): void => console.log(line)

// Both end a process without a word unless somebody listens; `exit` lets the cluster clear away what it has made.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.stack : error)
  process.exitCode = 1
}

async function main(): Promise<0 | 1> {
  const chosen = choices()
  if (chosen === null) return 1
  const { file, memory, nats } = chosen
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
  try {
    return await tell(cluster, file, bytes)
  } finally {
    await cluster.close()
  }
}

interface Choices {
  readonly file: string
  readonly memory: boolean
  readonly nats: string | undefined
}

/** Null if the arguments made no sense, and that was said. */
function choices(): Choices | null {
  const lockFile = fileURLToPath(new URL('../../../pnpm-lock.yaml', import.meta.url))
  try {
    const { values, positionals } = parseArgs({
      options: { memory: { type: 'boolean', default: false }, nats: { type: 'string' } },
      allowPositionals: true,
    })
    const { memory, nats } = values
    if (positionals.length > 1) console.error('One file at a time.')
    else if (memory && nats !== undefined) console.error('Either in memory or over NATS.')
    else return { file: positionals[0] ?? lockFile, memory, nats }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
  console.error('Usage: npm start -- [--memory | --nats URL] [FILE]')
  return null
}

async function tell(cluster: Cluster, file: string, bytes: Uint8Array): Promise<0 | 1> {
  const begun = performance.now()
  await firstSteps(cluster, say)
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
