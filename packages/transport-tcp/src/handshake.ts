/**
 * Who is there: hello, challenge, proof, accepted. The dialler proves itself first, so that a stranger gets nothing out of a
 * listener that it could try secrets on.
 */
import type { Lane, Sender } from '@rafted/contracts'
import { RaftedError } from '@rafted/contracts'
import { parseAddress } from './address.ts'
import { checkNamed } from './certificate.ts'
import {
  type Challenge,
  decodeChallenge,
  decodeHello,
  encodeChallenge,
  encodeHello,
  encodeMessage,
  type Hello,
  type Introduction,
  Kind,
  type Message,
  Refused,
  VERSIONS,
} from './greeting.ts'
import { isProof, type Prover, proofOf } from './proof.ts'
import { badBytes, refusal, wrongCertificate } from './refusal.ts'
import { type BothSeals, sealsOf } from './seals.ts'
import type { Certified } from './wires.ts'

/** What this side is, and a nonce that it has never used before. */
export interface Self {
  readonly introduction: Introduction
  readonly role: Sender['role']
  /** The first is what it proves itself by; the others are accepted as well. None where there is no secret. */
  readonly secrets: readonly Uint8Array[]
  /** Whom the other side's certificate names; null without TLS. */
  readonly certified: Certified
}

/** The other side, as it has proved to be. */
export interface Remote {
  readonly name: string
  readonly role: Sender['role']
  readonly lane: Lane
  /** Where it says it is dialled; empty for a client. */
  readonly address: string
  readonly instance: string
  /** The largest batch it takes, bytes. */
  readonly largest: number
}

export interface Answer {
  readonly send: Uint8Array | null
  /** Known once the handshake has succeeded. */
  readonly opened: Opened | null
}

export interface Opened {
  readonly remote: Remote
  /** Of the frames to come; null without a secret, and over TLS, which does that by itself. */
  readonly seals: BothSeals | null
}

export interface Handshake {
  /** What this side begins with. */
  readonly first: Uint8Array | null
  /** @throws {RaftedError} if the handshake has failed. */
  take(message: Message): Answer
}

export class DiallerHandshake implements Handshake {
  readonly first: Uint8Array
  readonly #self: Self
  readonly #lane: Lane
  /** What the listener has to prove, once it has introduced itself. */
  #expected: { readonly proof: Uint8Array; readonly opened: Opened; readonly before: Message } | null = null

  constructor(self: Self, lane: Lane) {
    this.#self = self
    this.#lane = lane
    this.first = encodeHello({ ...self.introduction, lane, role: self.role })
  }

  take(message: Message): Answer {
    if (message.kind === Kind.refused) throw refusedBy(message, this.#self)
    if (this.#expected === null) return this.#challenged(message)
    const { proof, opened, before } = this.#expected
    if (message.kind !== Kind.accepted || !isOfOneSide(before, message)) throw outOfTurn(message)
    if (!isProof(proof, message.body)) throw wrongSecret('The host that was dialled has another secret.')
    return { send: null, opened }
  }

  #challenged(message: Message): Answer {
    if (message.kind !== Kind.challenge) throw outOfTurn(message)
    const challenge = decodeChallenge(message)
    const { secrets, introduction } = this.#self
    const secret = secrets[0] ?? null
    if (challenge.version < VERSIONS[0] || challenge.version > VERSIONS[1]) throw noVersion(message)
    if (challenge.cluster !== introduction.cluster) throw wrongCluster(introduction, challenge)
    checkCertified(this.#self, challenge, 'peer')
    checkWithSecret(secret, challenge)
    const said = [this.first, message.bytes] as const
    this.#expected = {
      proof: proofOf(secret, 'listener', ...said),
      opened: {
        remote: remoteOf(challenge, 'peer', this.#lane),
        seals: sealsFor(this.#self, secret, 'dialler', said),
      },
      before: message,
    }
    return { send: encodeMessage(Kind.proof, proofOf(secret, 'dialler', ...said)), opened: null }
  }
}

export class ListenerHandshake implements Handshake {
  readonly first = null
  readonly #self: Self
  #greeting: { readonly hello: Message; readonly remote: Remote; readonly challenge: Uint8Array } | null =
    null

  constructor(self: Self) {
    this.#self = self
  }

  take(message: Message): Answer {
    if (message.kind === Kind.refused) throw refusedBy(message, this.#self)
    if (this.#greeting === null) return this.#greeted(message)
    const { hello, remote, challenge } = this.#greeting
    if (message.kind !== Kind.proof || !isOfOneSide(hello, message)) throw outOfTurn(message)
    const said = [hello.bytes, challenge] as const
    const { secrets } = this.#self
    const known: readonly (Uint8Array | null)[] = secrets.length === 0 ? [null] : secrets
    const secret = known.find((one) => isProof(proofOf(one, 'dialler', ...said), message.body))
    if (secret === undefined) throw wrongSecret(`${JSON.stringify(remote.name)} dialled with another secret.`)
    const opened = { remote, seals: sealsFor(this.#self, secret, 'listener', said) }
    return { send: encodeMessage(Kind.accepted, proofOf(secret, 'listener', ...said)), opened }
  }

  #greeted(message: Message): Answer {
    if (message.kind !== Kind.hello) throw outOfTurn(message)
    const version = Math.min(message.versions[1], VERSIONS[1])
    if (version < Math.max(message.versions[0], VERSIONS[0])) throw noVersion(message)
    const hello = decodeHello(message)
    const { secrets, introduction } = this.#self
    if (hello.cluster !== introduction.cluster) throw wrongCluster(introduction, hello)
    checkCertified(this.#self, hello, hello.role)
    checkWithSecret(secrets[0] ?? null, hello)
    const challenge = encodeChallenge({ ...introduction, version })
    this.#greeting = { hello: message, remote: remoteOf(hello, hello.role, hello.lane), challenge }
    return { send: challenge, opened: null }
  }
}

/** A side that speaks certain versions speaks them in all it says: proofs cover the first head, and by this the others. */
function isOfOneSide(before: Message, message: Message): boolean {
  return before.versions.every((version, i) => version === message.versions[i])
}

function remoteOf(of: Hello | Challenge, role: Sender['role'], lane: Lane): Remote {
  const { name, address, largest } = of
  if (name === '') throw badBytes('The other side has no name.')
  if (role === 'peer' ? parseAddress(address) === null : address !== '')
    throw badBytes(`${role} ${JSON.stringify(name)} says it is dialled at ${JSON.stringify(address)}.`)
  return { name, role, lane, address, largest, instance: Buffer.from(of.instance).toString('hex') }
}

/** Over TLS, what a side says of itself must be what its certificate says: the cluster, whether it is a host, and its name. */
function checkCertified({ certified }: Self, { cluster, name }: Introduction, role: Sender['role']): void {
  if (certified !== null) checkNamed(certified, { cluster, role, name })
}

function sealsFor(
  { certified }: Self,
  secret: Uint8Array | null,
  side: Prover,
  said: readonly [hello: Uint8Array, challenge: Uint8Array],
): BothSeals | null {
  return certified === null ? sealsOf(secret, side, ...said) : null
}

/** A side with a secret talks to no side without one, or whoever takes the secret's place away would be in. */
function checkWithSecret(secret: Uint8Array | null, other: Introduction): void {
  if (other.withSecret === (secret !== null)) return
  throw wrongSecret(
    secret === null
      ? `${JSON.stringify(other.name)} has a secret and this side has none.`
      : `${JSON.stringify(other.name)} has no secret.`,
  )
}

function wrongSecret(what: string): RaftedError {
  return refusal('wrong-secret', `${what} Give every host and client of the cluster the same one.`)
}

function wrongCluster(self: Introduction, other: Introduction): RaftedError {
  return refusal(
    'wrong-cluster',
    `${JSON.stringify(other.name)} belongs to cluster ${JSON.stringify(other.cluster)}, this side to "${self.cluster}". Correct the address or the cluster.`,
  )
}

function noVersion({ versions }: Message): RaftedError {
  return refusal(
    'version-mismatch',
    `The other side speaks versions ${versions.join(' to ')} of this protocol, this side ${VERSIONS.join(' to ')}. Upgrade the older one.`,
  )
}

function outOfTurn({ kind }: Message): RaftedError {
  return badBytes(`A message of kind ${kind} came out of turn.`)
}

const REFUSALS: readonly (readonly [number, RaftedError['code']])[] = [
  [Refused.version, 'version-mismatch'],
  [Refused.cluster, 'wrong-cluster'],
  [Refused.secret, 'wrong-secret'],
  [Refused.busy, 'overloaded'],
  [Refused.certificate, 'wrong-certificate'],
]

/** What the dialler is told, or null if the listener has nothing to say to somebody like that. */
export function refusalMessage(error: unknown): Uint8Array | null {
  if (!(error instanceof RaftedError)) return null
  const reason = REFUSALS.find(([, code]) => code === error.code)?.[0]
  return reason === undefined ? null : encodeMessage(Kind.refused, Uint8Array.of(reason))
}

/** Nobody has signed it: it explains a failure, and decides nothing. */
function refusedBy(message: Message, { introduction }: Self): RaftedError {
  const code = REFUSALS.find(([reason]) => reason === message.body[0])?.[1]
  switch (code) {
    case 'version-mismatch':
      return noVersion(message)
    case 'wrong-cluster':
      return refusal(code, `The other side doesn't belong to cluster "${introduction.cluster}".`)
    case 'wrong-secret':
      return wrongSecret('The other side has another secret, or none.')
    case 'overloaded':
      return refusal(code, 'The other side has too many connections.')
    case 'wrong-certificate':
      return wrongCertificate(
        'refused',
        'The other side refuses the certificate of this one. What it tells its observer (`handshake-failed`) says why.',
      )
    default:
      return badBytes('The other side refuses, for no reason that is known here.')
  }
}
