/** Hosts that are found by DNS, for `discover`. */
import { Resolver } from 'node:dns/promises'
import type { Find } from '@rafted/contracts'
import { formatAddress } from './address.ts'

/** What is needed of a `Resolver` of `node:dns/promises`. */
export interface DnsResolver {
  /** IPv4 addresses of a name. */
  resolve4(name: string): Promise<readonly string[]>
  /** IPv6 addresses of a name. */
  resolve6(name: string): Promise<readonly string[]>
  /** SRV records of a name: the hosts that they name, with their ports. */
  resolveSrv(name: string): Promise<readonly { readonly name: string; readonly port: number }[]>
}

/** Who is asked. */
export interface DnsOptions {
  /** Default: one that asks the name servers of this machine. */
  readonly resolver?: DnsResolver
}

/** What a name has none of. */
const NONE: ReadonlySet<unknown> = new Set(['ENODATA', 'ENOTFOUND'])

/**
 * All addresses of this name, with this port: those of a headless service of Kubernetes, for instance. None for a name that isn't there; looking rejects
 * with the resolver's other errors.
 */
export function dnsHosts(name: string, port: number, { resolver = new Resolver() }: DnsOptions = {}): Find {
  return async () => {
    const found = await Promise.all([
      noneIsEmpty(resolver.resolve4(name)),
      noneIsEmpty(resolver.resolve6(name)),
    ])
    return found.flat().map((host) => formatAddress({ host, port }))
  }
}

/** The targets and ports of the SRV records of this name, `_rafted._tcp.shop.example` for instance. Priorities and weights are of no meaning: all are asked. As `dnsHosts` where there are none. */
export function dnsService(name: string, { resolver = new Resolver() }: DnsOptions = {}): Find {
  return async () => {
    const records = await noneIsEmpty(resolver.resolveSrv(name))
    return records.map((record) => formatAddress({ host: record.name, port: record.port }))
  }
}

async function noneIsEmpty<T>(found: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await found
  } catch (error) {
    if (NONE.has((error as { code?: unknown }).code)) return []
    throw error
  }
}
