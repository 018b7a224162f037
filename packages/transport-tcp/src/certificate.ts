/**
 * Who a certificate says somebody is: URIs among its subject alternative names (RFC 5280 §4.2.1.6), `rafted://<cluster>/host/<id>` or
 * `rafted://<cluster>/client/<name>`, each part percent-encoded, since ids may be any text. What else it names (DNS, the subject) counts for nothing here.
 */
import type { Sender } from '@rafted/contracts'
import { invalidArgument, wrongCertificate } from './refusal.ts'

/** Somebody whom a certificate names. */
export interface Named {
  readonly cluster: string
  readonly role: Sender['role']
  readonly name: string
}

const KINDS: Readonly<Record<Sender['role'], 'host' | 'client'>> = { peer: 'host', client: 'client' }

/**
 * The URI that the certificate of this host or client must have among its alternative names.
 * @throws {RaftedError} `invalid-argument` for what can't be the name of one.
 */
export function certificateName(cluster: string, kind: 'host' | 'client', name: string): string {
  try {
    if (cluster !== '' && name !== '')
      return `rafted://${encodeURIComponent(cluster)}/${kind}/${encodeURIComponent(name)}`
  } catch (error) {
    if (!(error instanceof URIError)) throw error
  }
  const both = `${JSON.stringify(cluster)} and ${JSON.stringify(name)}`
  throw invalidArgument(`A cluster and its hosts and clients are named by text, not by ${both}.`)
}

export function uriOf({ cluster, role, name }: Named): string {
  return certificateName(cluster, KINDS[role], name)
}

/** One of the names in the text that Node.js makes of them: those with a comma or worse in them are in quotes, as JSON. */
const ALTERNATIVE = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y
const URI = /^rafted:\/\/([^/?#]+)\/(host|client)\/([^/?#]+)$/

/** @param alternatives as `subjectAltName` of Node.js has them. Text that isn't understood to its end names nobody. */
export function namesIn(alternatives: string | undefined): readonly Named[] {
  const names: Named[] = []
  const text = alternatives ?? ''
  for (ALTERNATIVE.lastIndex = 0; ALTERNATIVE.lastIndex < text.length; ) {
    const [, type, value] = ALTERNATIVE.exec(text) ?? []
    if (type === undefined || value === undefined) return []
    const named = type === 'URI' ? namedBy(value) : null
    if (named !== null) names.push(named)
  }
  return names
}

function namedBy(uri: string): Named | null {
  const [, cluster, kind, name] = URI.exec(uri) ?? []
  if (cluster === undefined || name === undefined) return null
  try {
    const role = kind === 'host' ? 'peer' : 'client'
    return { cluster: decodeURIComponent(cluster), role, name: decodeURIComponent(name) }
  } catch {
    // Not UTF-8.
    return null
  }
}

/** @throws {RaftedError} `wrong-certificate` unless one of the names is exactly who the other side says it is. */
export function checkNamed(names: readonly Named[], claimed: Named): void {
  const { cluster, role, name } = claimed
  const ofCluster = names.filter((one) => one.cluster === cluster)
  if (ofCluster.some((one) => one.role === role && one.name === name)) return
  const kind = KINDS[role]
  const says = `${kind} ${JSON.stringify(name)}`
  if (ofCluster.length > 0 && ofCluster.every((one) => one.role !== role))
    throw wrongCertificate(
      'wrong-role',
      `It says it is ${says}, and its certificate names no ${kind}, but ${listed(names)}.`,
    )
  throw wrongCertificate(
    'wrong-name',
    `It says it is ${says}, and its certificate names ${listed(names)}. It must name ${uriOf(claimed)}.`,
  )
}

/** @throws {RaftedError} `wrong-certificate` unless some host of the cluster is named: nothing is said to anybody else. */
export function checkNamesHost(names: readonly Named[], cluster: string): void {
  const ofCluster = names.filter((one) => one.cluster === cluster)
  if (ofCluster.some(({ role }) => role === 'peer')) return
  if (ofCluster.length > 0)
    throw wrongCertificate(
      'wrong-role',
      `What was dialled has the certificate of a client, ${listed(names)}.`,
    )
  throw wrongCertificate(
    'wrong-name',
    `What was dialled has a certificate that names ${listed(names)}, and no host of cluster ${JSON.stringify(cluster)}.`,
  )
}

/** For people: the first few. */
export function listed(names: readonly Named[]): string {
  return names.length === 0 ? 'nobody' : names.slice(0, 3).map(uriOf).join(', ')
}
