/** What this side proves itself by with TLS, and whom it believes. Asked for anew as connections are made, so that it can be changed while all runs. */
import { constants, createHash, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { type Clock, isRaftedError, type RaftedError } from '@rafted/contracts'
import { listed, type Named, namesIn, uriOf } from './certificate.ts'
import { invalidArgument } from './refusal.ts'
import type { Pem, Tls, TlsCredentials } from './tls-options.ts'

/** How long what was given counts as new. */
export const ASKED_EVERY_MS = 1000

interface Loaded {
  /** Changes when what was given does. */
  readonly digest: string
  readonly options: SecureContextOptions
  readonly context: SecureContext
}

export type Refreshed = 'same' | 'changed' | RaftedError

export class Credentials {
  readonly #tls: Tls
  readonly #self: Named
  readonly #clock: Clock
  #loaded: Loaded
  #askedAt: number

  /** @throws {RaftedError} `invalid-argument` for what can't be used, or doesn't name this side. */
  constructor(tls: Tls, self: Named, clock: Clock) {
    this.#tls = tls
    this.#self = self
    this.#clock = clock
    this.#loaded = load(given(tls), self, null)
    this.#askedAt = clock.now()
  }

  /** For a server, which makes its own context. */
  get options(): SecureContextOptions {
    return this.#loaded.options
  }

  get context(): SecureContext {
    return this.#loaded.context
  }

  /** Asks for them again, unless that was just done. @returns an error if they can't be used: those before stay. */
  refresh(): Refreshed {
    const now = this.#clock.now()
    if (typeof this.#tls !== 'function' || now - this.#askedAt < ASKED_EVERY_MS) return 'same'
    this.#askedAt = now
    try {
      const before = this.#loaded
      this.#loaded = load(given(this.#tls), this.#self, before)
      return this.#loaded === before ? 'same' : 'changed'
    } catch (error) {
      if (isRaftedError(error)) return error
      throw error
    }
  }
}

function given(tls: Tls): TlsCredentials {
  if (typeof tls !== 'function') return tls
  try {
    return tls()
  } catch (cause) {
    throw invalidArgument(`What \`tls\` is asked for could not be given: ${String(cause)}`, cause)
  }
}

/** @returns `before` if nothing has changed. */
function load(tls: TlsCredentials, self: Named, before: Loaded | null): Loaded {
  const { key, cert, ca } = tls ?? {}
  const authorities = Array.isArray(ca) ? (ca as readonly Pem[]) : [ca as Pem]
  for (const [name, pem] of [['key', key], ['cert', cert], ...authorities.map((one) => ['ca', one])] as const)
    if (!(typeof pem === 'string' || pem instanceof Uint8Array) || pem.length === 0)
      throw invalidArgument(`\`tls.${name}\` is no PEM. Give the text of the file: readFileSync('…/tls.crt')`)
  // Without one of these, everybody's whom the system trusts would be accepted.
  if (authorities.length === 0) throw invalidArgument('`tls.ca` is empty. Give the authority of the cluster.')
  const digest = digestOf([key, cert, ...authorities])
  if (digest === before?.digest) return before
  for (const authority of authorities) certificateIn('ca', authority)
  const names = namesIn(certificateIn('cert', cert).subjectAltName)
  if (!names.some((one) => uriOf(one) === uriOf(self)))
    throw invalidArgument(
      `The certificate names ${listed(names)}. Make one for this side, with the alternative name URI:${uriOf(self)}`,
    )
  const options: SecureContextOptions = {
    key: bufferOf(key),
    cert: bufferOf(cert),
    ca: authorities.map(bufferOf),
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    // A session that is taken up again would show no certificate.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
  try {
    return { digest, options, context: createSecureContext(options) }
  } catch (cause) {
    throw invalidArgument(
      `\`tls\` can't be used: ${(cause as Error).message}. Do key and cert belong together?`,
      cause,
    )
  }
}

function certificateIn(name: 'cert' | 'ca', pem: Pem): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw invalidArgument(
      `\`tls.${name}\` holds no certificate that can be read: ${(cause as Error).message}`,
      cause,
    )
  }
}

function digestOf(all: readonly Pem[]): string {
  const hash = createHash('sha256')
  for (const pem of all) hash.update(`${Buffer.byteLength(pem)} `).update(pem)
  return hash.digest('hex')
}

function bufferOf(pem: Pem): Buffer {
  return typeof pem === 'string' ? Buffer.from(pem) : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength)
}
