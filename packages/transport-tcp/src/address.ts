/** Addresses as text: `host:port`, an IPv6 host in brackets. */
import { isIP } from 'node:net'

/** Where something listens. */
export interface Endpoint {
  /** A name or an IP address, without brackets. */
  readonly host: string
  /** 1 to 65,535; 0, for whoever listens, for any that is free. */
  readonly port: number
}

/** DNS allows 253 characters, and so does the handshake. */
const NAME = /^(?=.{1,240}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/
const ADDRESS = /^(?:\[([^\]]+)\]|([^:[\]]+)):(0|[1-9][0-9]{0,4})$/

/** @returns what the text says, or null if it is no address. Port 0 is one only for whoever listens. */
export function parseAddress(text: string, lowestPort: 0 | 1 = 1): Endpoint | null {
  const [, bracketed, plain, digits] = ADDRESS.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port < lowestPort || port > 65_535) return null
  if (bracketed !== undefined ? isIP(host) !== 6 : isIP(host) !== 4 && !isHostName(host)) return null
  return { host, port }
}

export function formatAddress({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** @returns whether `text` can stand for a host in an address. */
export function isHostName(text: string): boolean {
  return NAME.test(text)
}

/** @returns whether the host is this machine and nothing else: nobody elsewhere can reach it or be reached by it. */
export function isLoopback(host: string): boolean {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(host)?.[1] ?? host
  if (isIP(mapped) === 4) return mapped.startsWith('127.')
  return host === '::1' || host.toLowerCase() === 'localhost'
}

/** @returns whether listening there means every interface, so that it is no address to dial. */
export function isEveryInterface(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
