/** What a dashboard is told, looked at. */
import { type Clock, RaftedError, type Random } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import type { DashboardClient, DashboardFleet, DashboardHost } from './sources.ts'

/** Where a dashboard is served, and what it may do. */
export interface DashboardOptions {
  /** Where it listens. Default 0: any port that is free. */
  readonly port?: number | undefined
  /** The interface it listens on. Default `127.0.0.1`: nobody on another machine reaches it. There is no encryption: for others put a proxy with TLS before it. */
  readonly address?: string | undefined
  /** Names besides those of this machine by which browsers may call it, as they stand in the bar of addresses: `ops.example` or `ops.example:8443`. At most 16. Default: none. */
  readonly names?: readonly string[] | undefined
  /** Whether the page may act: hand over leadership, remove members, empty this host. Default false: it only shows. */
  readonly actions?: boolean | undefined
  /** The fleet of the host: then the page has its groups by their own names, and where its members are placed. */
  readonly fleet?: DashboardFleet | undefined
  /** How members on other hosts are asked. Default: the host's own client, or the fleet's. */
  readonly client?: DashboardClient | undefined
  /** Milliseconds between two looks at the members here, 250 to 60,000. Default 1000. */
  readonly everyMs?: number | undefined
  /** Default: that of Node.js. */
  readonly clock?: Clock | undefined
  /** Where its token comes from. Default: that of Node.js. */
  readonly random?: Random | undefined
}

/** The options, all there. */
export interface Settings {
  readonly port: number
  readonly address: string
  readonly names: readonly string[]
  readonly actions: boolean
  readonly fleet: DashboardFleet | null
  readonly client: DashboardClient
  readonly everyMs: number
  readonly clock: Clock
  readonly random: Random
}

/** @throws {RaftedError} `invalid-argument`. */
export function settingsOf(host: DashboardHost, options: DashboardOptions): Settings {
  if (typeof host?.groups !== 'function' || typeof host.status !== 'function' || typeof host.id !== 'string')
    throw invalid('What is shown must be a host: it has an id, groups and a status.')
  if (typeof options !== 'object' || options === null) throw invalid('The options are an object.')
  const { port = 0, address = '127.0.0.1', names = [], actions = false, everyMs = 1000 } = options
  const { fleet = null, clock = realClock, random = realRandom } = options
  const client = options.client ?? host.client ?? fleet?.client
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalid(`A port is a whole number from 0 to 65535, not ${port}.`)
  if (typeof address !== 'string' || address === '')
    throw invalid('`address` is that of an interface, as 127.0.0.1.')
  if (!Array.isArray(names) || names.length > 16 || !names.every(isName))
    throw invalid('`names` are at most 16 names of hosts, each with or without a port: "ops.example:8443".')
  if (typeof actions !== 'boolean') throw invalid('`actions` is true or false.')
  if (!(everyMs >= 250 && everyMs <= 60_000))
    throw invalid(`\`everyMs\` is a number of milliseconds from 250 to 60,000, not ${everyMs}.`)
  if (typeof client?.status !== 'function')
    throw invalid('Members on other hosts are asked through a client: give one as `client`.')
  return {
    port,
    address,
    names: names.map((name) => name.toLowerCase()),
    actions,
    fleet,
    client,
    everyMs,
    clock,
    random,
  }
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(name)
}

export function invalid(message: string): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}
