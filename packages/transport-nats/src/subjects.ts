/**
 * The subjects of a cluster. A batch goes to
 *
 *     rafted.CLUSTER.TO-ROLE.FROM-ROLE.LANE.TO.FROM
 *
 * so that the right to publish binds who sends, and the right to subscribe who reads: both name a token at a fixed place. Roles are
 * `host` and `client`, lanes `urgent` and `bulk`; names are written as `tokenOf` does. The server answers to
 *
 *     rafted.CLUSTER.absent.FROM-ROLE.FROM.TRANSPORT.LINK.ROUND
 *
 * when nobody listens where something was sent. Who looks for hosts asks on the first of these, and each of them answers on the second:
 *
 *     rafted.CLUSTER.who
 *     rafted.CLUSTER.here.QUESTION.HOST
 */
import type { Lane, Sender } from '@rafted/contracts'
import { nameOf, tokenOf } from './token.ts'

type Role = Sender['role']

const PREFIX = 'rafted'
const words = { peer: 'host', client: 'client' } as const satisfies Record<Role, string>
const roles: Readonly<Record<string, Role>> = { host: 'peer', client: 'client' }

/** Who somebody is, as subjects say it. */
export interface Party {
  readonly role: Role
  readonly name: string
}

/** What `*` stands for in rights and subscriptions. */
type Any = '*'

const tokenOrAny = (name: string | null): string => (name === null ? '*' : tokenOf(name))
const wordOf = (role: Role | Any): string => (role === '*' ? '*' : words[role])

/** The subject of batches, or with null for a name and `*` for the rest a pattern of them. */
export function batchSubject(
  cluster: string,
  lane: Lane | Any,
  to: { readonly role: Role | Any; readonly name: string | null },
  from: { readonly role: Role | Any; readonly name: string | null },
): string {
  const names = `${tokenOrAny(to.name)}.${tokenOrAny(from.name)}`
  return `${PREFIX}.${tokenOf(cluster)}.${wordOf(to.role)}.${wordOf(from.role)}.${lane}.${names}`
}

/** Where a transport is told that nobody listens, up to what tells its messages apart. */
export function absentSubject(cluster: string, { role, name }: { role: Role; name: string | null }): string {
  return `${PREFIX}.${tokenOf(cluster)}.absent.${words[role]}.${tokenOrAny(name)}`
}

/** Where all hosts of a cluster are asked who is there. */
export function whoSubject(cluster: string): string {
  return `${PREFIX}.${tokenOf(cluster)}.who`
}

/** Where they answer: with null for the host all answers to a question, for the question all of a host, or of all. */
export function hereSubject(cluster: string, question: string | null, host: string | null): string {
  return `${PREFIX}.${tokenOf(cluster)}.here.${question ?? '*'}.${tokenOrAny(host)}`
}

/** @returns who has published to this subject; null if it is not that of a batch. */
export function senderOf(subject: string): Party | null {
  const tokens = subject.split('.')
  if (tokens.length !== 7) return null
  const [, , , word, lane, , token] = tokens as [string, string, string, string, string, string, string]
  const role = Object.hasOwn(roles, word) ? roles[word] : undefined
  const name = nameOf(token)
  if (role === undefined || name === null || (lane !== 'urgent' && lane !== 'bulk')) return null
  return { role, name }
}
