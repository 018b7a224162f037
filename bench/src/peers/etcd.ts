/** etcd, three processes, called by gRPC at the one that leads. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../free-ports.ts'
import { until } from '../until.ts'
import { installClient, loadClient } from './client-packages.ts'
import type { Peer } from './peer.ts'
import { programPath, ServerProcess, versionOf } from './server-process.ts'

const client = { name: 'etcd3', version: '1.1.2' }

/** Of the client, what is called here. */
interface EtcdClient {
  put(key: string): { value(value: Buffer): { getPrevious(): Promise<unknown> } }
  readonly maintenance: {
    status(): Promise<{ readonly leader: string; readonly header: { readonly member_id: string } }>
  }
  close(): void
}

interface EtcdModule {
  readonly Etcd3: new (options: { readonly hosts: string }) => EtcdClient
}

export const etcd: Peer = {
  name: 'etcd-3p',
  what: 'three processes, called at the leader over gRPC; a put of one key that answers what was there',
  settings: 'as it comes',
  async find() {
    const path = programPath('etcd')
    if (path === null) return { missing: 'etcd is not installed (Debian: etcd-server)' }
    const problem = installClient(client)
    if (problem !== null) return { missing: problem }
    return { versions: `etcd ${versionOf(path, '--version')}, ${client.name} ${client.version}` }
  },
  async open() {
    const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-etcd-'))
    const ports = await freePorts(6)
    const names = ['a', 'b', 'c']
    const clientUrl = (i: number): string => `http://127.0.0.1:${ports[i]!}`
    const peerUrl = (i: number): string => `http://127.0.0.1:${ports[names.length + i]!}`
    const cluster = names.map((name, i) => `${name}=${peerUrl(i)}`).join(',')
    const servers = names.map((name, i) => {
      const own = ['--name', name, '--data-dir', join(directory, name), '--log-level', 'error']
      const clients = ['--listen-client-urls', clientUrl(i), '--advertise-client-urls', clientUrl(i)]
      const peers = ['--listen-peer-urls', peerUrl(i), '--initial-advertise-peer-urls', peerUrl(i)]
      const start = ['--initial-cluster', cluster, '--initial-cluster-state', 'new', '--logger', 'zap']
      return new ServerProcess(programPath('etcd')!, [...own, ...clients, ...peers, ...start])
    })
    await Promise.all(servers.map((server, i) => server.listens(ports[i]!)))
    const caller = await clientOfLeader(names.map((_, i) => clientUrl(i)))
    return {
      command: (payload) => caller.put('cell').value(Buffer.from(payload)).getPrevious(),
      pids: servers.map(({ pid }) => pid),
      close: async () => {
        caller.close()
        await Promise.all(servers.map((server) => server.kill()))
        await rm(directory, { recursive: true })
      },
    }
  },
}

async function clientOfLeader(urls: readonly string[]): Promise<EtcdClient> {
  const { Etcd3 } = loadClient(client) as EtcdModule
  let found: EtcdClient | null = null
  await until(async () => {
    for (const hosts of urls) {
      const one = new Etcd3({ hosts })
      const status = await one.maintenance.status().catch(() => null)
      if (found === null && status !== null && status.leader === status.header.member_id) found = one
      else one.close()
    }
    return found !== null
  })
  return found!
}
