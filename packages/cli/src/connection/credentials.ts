/** The secret and the certificates of a cluster, as files or the environment have them: never the command line, where other users of the machine can read it. */
import { X509Certificate } from 'node:crypto'
import { WrongUse } from '../command.ts'
import { type Place, readText } from '../files.ts'
import type { Terminal } from '../terminal.ts'

export interface TlsFiles {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

/** Names of files; null where there is none. */
export interface CredentialFiles {
  readonly secretFile: string | null
  readonly tls: TlsFiles | null
}

export interface TlsTexts {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

/** As hosts and clients take them. */
export interface Credentials {
  readonly secret: readonly [string, string?] | undefined
  readonly tls: TlsTexts | undefined
}

/** @param given values of the options, null where they are not given. @throws {WrongUse} where one is given and another one lacks. */
export function tlsFilesOf(
  given: {
    readonly [File in keyof TlsFiles]: string | null
  },
): TlsFiles | null {
  const { key, cert, ca } = given
  if (key !== null && cert !== null && ca !== null) return { key, cert, ca }
  const missing = (['key', 'cert', 'ca'] as const).filter((file) => given[file] === null)
  if (missing.length === 3) return null
  throw new WrongUse(
    `TLS takes a key, its certificate and an authority: ${missing.map((file) => `--tls-${file}`).join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
  )
}

/** Reads them. @throws {RaftedError} `invalid-argument`; {@link WrongUse}. */
export async function readCredentials(
  terminal: Pick<Terminal, 'directory' | 'files' | 'environment'>,
  { secretFile, tls }: CredentialFiles,
): Promise<Credentials> {
  return {
    secret: await secretOf(terminal, secretFile),
    tls: tls === null ? undefined : await readTls(terminal, tls),
  }
}

async function secretOf(
  terminal: Pick<Terminal, 'directory' | 'files' | 'environment'>,
  file: string | null,
): Promise<readonly [string, string?] | undefined> {
  const { RAFTED_SECRET: own } = terminal.environment
  if (file === null) return own === undefined || own === '' ? undefined : [own]
  const text = await readText(terminal, file, 'The file of the secret')
  const [first, second, ...more] = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  if (first === undefined || more.length > 0)
    throw new WrongUse(
      `${file} has a secret in its first line and, while that is changed, another one in its second.`,
    )
  return second === undefined ? [first] : [first, second]
}

/** @throws {RaftedError} `invalid-argument`. */
export async function readTls(place: Place, { key, cert, ca }: TlsFiles): Promise<TlsTexts> {
  return {
    key: await readText(place, key, 'The private key'),
    cert: await readText(place, cert, 'The certificate'),
    ca: await readText(place, ca, 'The authority'),
  }
}

/** @returns the name that a certificate gives a client of the cluster, or null: it is no such certificate, which whoever uses it is told by then. */
export function clientNamed(cert: string, cluster: string): string | null {
  try {
    const names = new X509Certificate(cert).subjectAltName?.split(', ') ?? []
    const start = `URI:rafted://${encodeURIComponent(cluster)}/client/`
    const uri = names.find((name) => name.startsWith(start))
    return uri === undefined ? null : decodeURIComponent(uri.slice(start.length))
  } catch {
    return null
  }
}

const HERE = /^(localhost|127(\.\d{1,3}){3}|\[::1\]):\d+$/i

/** @throws {WrongUse} for what nobody could dial, like the name of a host. */
export function checkAddress(address: string): void {
  if (!/^.+:\d{1,5}$/.test(address))
    throw new WrongUse(`"${address}" is no address. Write it like this: a:7000, or [::1]:7000.`)
}

/** What others than this machine can reach, or be, is guarded. @throws {WrongUse} also for what is no address. */
export function checkGuarded(address: string, { secret, tls }: Credentials): void {
  checkAddress(address)
  if (secret !== undefined || tls !== undefined || HERE.test(address)) return
  throw new WrongUse(
    `${address} may be reached from other machines, so it takes a secret or certificates: --secret-file FILE (or RAFTED_SECRET), or --tls-key, --tls-cert and --tls-ca.`,
  )
}
