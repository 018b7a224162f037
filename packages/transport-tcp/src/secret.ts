/** The cluster's secret, and where one can do without it and without TLS: on this machine only. */
import type { RaftedError } from '@rafted/contracts'
import { type Endpoint, formatAddress, isLoopback, parseAddress } from './address.ts'
import { invalidArgument } from './refusal.ts'
import type { Tls } from './tls-options.ts'

/** Shorter ones can be guessed. */
const LEAST_BYTES = 16

/** One, or two while it is changed. */
export type Secrets = string | Uint8Array | readonly [string | Uint8Array, (string | Uint8Array)?]

/** @throws {RaftedError} `invalid-argument` if one is too short, or there are too many. */
export function checkSecrets(secrets: Secrets | undefined): readonly Uint8Array[] {
  if (secrets === undefined) return []
  const all = typeof secrets === 'string' || secrets instanceof Uint8Array ? [secrets] : secrets
  if (!Array.isArray(all) || all.length < 1 || all.length > 2)
    throw invalidArgument('Give one secret, or two while it is changed: [the one in use, the other].')
  return all.filter((secret) => secret !== undefined).map(checkSecret)
}

function checkSecret(secret: string | Uint8Array): Uint8Array {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : new Uint8Array(secret)
  if (bytes.byteLength < LEAST_BYTES)
    throw invalidArgument(
      `The secret has ${bytes.byteLength} bytes, and at least ${LEAST_BYTES} are needed. Make one: openssl rand -hex 32`,
    )
  return bytes
}

/** @throws {RaftedError} `invalid-argument` unless the endpoint is on this machine. */
export function needsSecret(endpoint: Endpoint, what: 'listen' | 'dial'): void {
  if (isLoopback(endpoint.host)) return
  throw invalidArgument(
    `${what === 'listen' ? 'Listening on' : 'Dialling'} ${formatAddress(endpoint)} needs \`tls\` or a secret, since others can reach it. Add: secret: process.env.RAFTED_SECRET`,
  )
}

/**
 * Whether `address` could be sent to by a transport with this secret, or TLS. `send` answers false where this throws: ask before, to
 * tell a person why.
 * @throws {RaftedError} `invalid-argument` if it is no address, or not on this machine while there is neither.
 */
export function checkAddress(
  address: string,
  { secret, tls }: { readonly secret?: Secrets | undefined; readonly tls?: Tls | undefined },
): void {
  const endpoint = parseAddress(address)
  if (endpoint === null) throw noAddress(address)
  if (checkSecrets(secret).length === 0 && tls === undefined) needsSecret(endpoint, 'dial')
}

export function noAddress(address: string): RaftedError {
  return invalidArgument(`"${address}" is no address to dial. Write it like this: 'a:7000', '[::1]:7000'`)
}
