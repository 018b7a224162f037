/** What is between the hosts, where each is a process: TCP, or a NATS server. All else about them is the same. */
import { connect, type NatsConnection } from 'nats'
import { type Client, createClient } from 'rafted'
import { createClient as createNatsClient } from 'rafted-nats'
import { freePorts } from './free-ports.ts'

export interface Way {
  readonly name: string
  /** What a host runs. */
  readonly program: URL
  /** What it is told besides who and where it is. */
  readonly env: Readonly<Record<string, string>>
  /** Where these hosts are to be reached. */
  addresses(ids: readonly string[]): Promise<string[]>
  /** A client that lives in none of the hosts. */
  client(addresses: readonly string[]): Promise<Client>
  close(): Promise<void>
}

const cluster = 'example'

/** @param ports chooses so many. Default: free ones. */
export function overTcp(ports: (count: number) => Promise<number[]> = freePorts): Way {
  return {
    name: 'TCP',
    program: programOf('host'),
    env: {},
    addresses: async ({ length }) => (await ports(length)).map((port) => `127.0.0.1:${port}`),
    client: (addresses) => createClient({ cluster, addresses }),
    close: async () => {},
  }
}

/** @param servers where the NATS server is. */
export function overNats(servers: string): Way {
  const connections: NatsConnection[] = []
  return {
    name: `NATS at ${servers}`,
    program: programOf('nats-host'),
    env: { NATS_URL: servers },
    addresses: async (ids) => [...ids],
    client: async (addresses) => {
      const nats = await connect({ servers, maxReconnectAttempts: -1 })
      connections.push(nats)
      return createNatsClient({ cluster, addresses, nats })
    },
    close: async () => {
      await Promise.all(connections.splice(0).map((nats) => nats.close()))
    },
  }
}

/** Beside this module: the source of the program, or what that was compiled to. */
function programOf(name: string): URL {
  return new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}
