/** The key-value store of NATS JetStream, three processes, three copies, called at the server that leads its stream. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type KV, type NatsConnection } from 'nats'
import { freePorts } from '../free-ports.ts'
import { until } from '../until.ts'
import type { Peer } from './peer.ts'
import { programPath, ServerProcess, versionOf } from './server-process.ts'

const BUCKET = 'bench'

const { version } = createRequire(import.meta.url)('nats/package.json') as { readonly version: string }

export const natsKv: Peer = {
  name: 'nats-kv-3p',
  what: 'three processes, three copies on files; a put of one key that answers its revision',
  settings:
    'as it comes: it flushes on its own, every two minutes (`sync_interval`, which versions from 2.10 on take)',
  async find() {
    const path = programPath('nats-server')
    if (path === null) return { missing: 'nats-server is not installed' }
    return { versions: `nats-server ${versionOf(path, '--version')}, nats ${version}` }
  },
  async open() {
    const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-nats-'))
    const ports = await freePorts(6)
    const names = ['a', 'b', 'c']
    const routes = names.map((_, i) => `nats://127.0.0.1:${ports[names.length + i]!}`)
    const servers = await Promise.all(
      names.map(async (name, i) => {
        const file = join(directory, `${name}.conf`)
        await writeFile(
          file,
          `server_name: ${name}
listen: 127.0.0.1:${ports[i]!}
jetstream { store_dir: ${JSON.stringify(join(directory, name))} }
cluster { name: bench, listen: 127.0.0.1:${ports[names.length + i]!}, routes: [${routes.join(', ')}] }
`,
        )
        return new ServerProcess(programPath('nats-server')!, ['-c', file])
      }),
    )
    await Promise.all(servers.map((server, i) => server.listens(ports[i]!)))
    const urls = names.map((_, i) => `127.0.0.1:${ports[i]!}`)
    const { connection, kv } = await bucketAtLeader(urls, names)
    return {
      command: (payload) => kv.put('cell', payload),
      pids: servers.map(({ pid }) => pid),
      close: async () => {
        await connection.close()
        await Promise.all(servers.map((server) => server.kill()))
        await rm(directory, { recursive: true })
      },
    }
  },
}

async function bucketAtLeader(
  urls: readonly string[],
  names: readonly string[],
): Promise<{ connection: NatsConnection; kv: KV }> {
  const first = await connect({ servers: urls[0]! })
  const options = { replicas: names.length, history: 1 }
  // The servers have to agree on one that leads all of them before any stream can be made.
  await until(async () => {
    try {
      await first.jetstream().views.kv(BUCKET, options)
      return true
    } catch {
      return false
    }
  })
  const manager = await first.jetstreamManager()
  let leader: string | undefined
  await until(async () => {
    leader = (await manager.streams.info(`KV_${BUCKET}`)).cluster?.leader
    return leader !== undefined && leader !== ''
  })
  await first.close()
  const connection = await connect({ servers: urls[names.indexOf(leader!)]! })
  return { connection, kv: await connection.jetstream().views.kv(BUCKET, options) }
}
