/** Redis, one process, every write flushed before it is answered: what one disk and one socket allow, without any copy elsewhere. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../free-ports.ts'
import { installClient, loadClient } from './client-packages.ts'
import type { Peer } from './peer.ts'
import { programPath, ServerProcess, versionOf } from './server-process.ts'

const client = { name: '@redis/client', version: '6.3.1' }

/** Of the client, what is called here. */
interface RedisClient {
  connect(): Promise<unknown>
  sendCommand(parts: readonly (string | Buffer)[]): Promise<unknown>
  destroy(): void
}

interface RedisModule {
  createClient(options: { readonly socket: { readonly host: string; readonly port: number } }): RedisClient
}

export const redis: Peer = {
  name: 'redis-1p',
  what: 'one process, not replicated; `SET … GET` of one key, which answers what was there',
  settings: '`appendonly yes`, `appendfsync always`, no snapshots; else as it comes',
  async find() {
    const path = programPath('redis-server')
    if (path === null) return { missing: 'redis-server is not installed' }
    const problem = installClient(client)
    if (problem !== null) return { missing: problem }
    return { versions: `redis-server ${versionOf(path, '--version')}, ${client.name} ${client.version}` }
  },
  async open() {
    const dir = await mkdtemp(join(tmpdir(), 'rafted-bench-redis-'))
    const [port] = (await freePorts(1)) as [number]
    const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir]
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
    const server = new ServerProcess(programPath('redis-server')!, [...place, ...durable])
    await server.listens(port)
    const caller = (loadClient(client) as RedisModule).createClient({ socket: { host: '127.0.0.1', port } })
    await caller.connect()
    return {
      command: (payload) => caller.sendCommand(['SET', 'cell', Buffer.from(payload), 'GET']),
      pids: [server.pid],
      close: async () => {
        caller.destroy()
        await server.kill()
        await rm(dir, { recursive: true })
      },
    }
  },
}
