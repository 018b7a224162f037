/** zmq-raft, the other Raft for Node.js that keeps its log on files: three processes, called at the one that leads. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'
import { freePorts } from '../free-ports.ts'
import { moduleHere } from '../here.ts'
import { type ClientPackage, installClient, loadClient } from './client-packages.ts'
import type { Peer } from './peer.ts'

/**
 * Its binding to ØMQ is compiled when it is installed. What that would download is not needed where the system has the library (Debian:
 * `libzmq3-dev`), and the headers of Node.js 20 need a newer `nan` than the binding names. It uses `debug`
 * without naming it.
 */
export const zmqRaftPackage: ClientPackage = {
  name: 'zmq-raft',
  version: '0.5.0',
  manifest: {
    allowScripts: { zeromq: true },
    overrides: { nan: '^2.22.0' },
    dependencies: { debug: '4.4.3' },
  },
  env: { npm_config_zmq_external: 'true' },
}

const SECRET = 'bench'

/** Of the package, what is used here and in `zmq-raft-host.ts`. */
export interface ZmqRaftModule {
  readonly client: {
    readonly ZmqRaftClient: new (
      urls: readonly string[],
      options: { readonly secret: string; readonly timeout: number },
    ) => {
      requestUpdate(id: Buffer, data: Buffer): Promise<number>
      close(): unknown
    }
  }
  readonly server: { readonly builder: { build(options: ZmqRaftOptions): Promise<unknown> } }
}

export interface ZmqRaftOptions {
  readonly id: string
  readonly secret: string
  readonly peers: readonly { readonly id: string; readonly url: string }[]
  readonly data: { readonly path: string }
  readonly router: { readonly bind: string }
  readonly broadcast: { readonly url: string }
}

export const zmqRaft: Peer = {
  name: 'zmq-raft-3p',
  what: 'three processes of Node.js; an update of its log that answers its index',
  settings: 'as it comes; the client waits 10 s for an answer, so that a full queue is no lost one',
  async find() {
    const problem = installClient(zmqRaftPackage)
    if (problem !== null) return { missing: `${problem} (its binding needs libzmq3-dev and a compiler)` }
    return {
      versions: `${zmqRaftPackage.name} ${zmqRaftPackage.version} on zeromq 5 with the system's libzmq`,
    }
  },
  async open() {
    const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-zmq-'))
    const ports = await freePorts(6)
    const names = ['a', 'b', 'c']
    const peers = names.map((id, i) => ({ id, url: `tcp://127.0.0.1:${ports[i]!}` }))
    const hosts = peers.map(({ id, url }, i) => {
      const options: ZmqRaftOptions = {
        id,
        secret: SECRET,
        peers,
        data: { path: join(directory, id) },
        router: { bind: url },
        broadcast: { url: `tcp://127.0.0.1:${ports[names.length + i]!}` },
      }
      return new ChildHost({ program: moduleHere('peers/zmq-raft-host'), args: [JSON.stringify(options)] })
    })
    await Promise.all(hosts.map((host) => host.ask('ready')))
    const { ZmqRaftClient } = (loadClient(zmqRaftPackage) as ZmqRaftModule).client
    const urls = peers.map(({ url }) => url)
    const caller = new ZmqRaftClient(urls, { secret: SECRET, timeout: 10_000 })
    return {
      command: (payload) => caller.requestUpdate(freshId(), Buffer.from(payload)),
      pids: hosts.map(({ pid }) => pid),
      close: async () => {
        caller.close()
        await Promise.all(hosts.map((host) => host.kill()))
        await rm(directory, { recursive: true })
      },
    }
  },
}

/** Twelve bytes, of which the first four are the time in seconds: requests that are too old are refused. */
function freshId(): Buffer {
  const id = randomBytes(12)
  id.writeUInt32BE(Math.floor(Date.now() / 1000))
  return id
}
