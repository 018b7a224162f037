/** What the attacker is told, and what it tells: the messages between the process that is attacked and the one that attacks. */

export const CLUSTER = 'shop'
export const SECRET = 'a secret of sixteen bytes and more'
/** A host that has the secret, or its rights on the NATS server, and is a member of no group. */
export const PEER = 'mallory'
/** The same of a client. */
export const CLIENT = 'trudy'
export const HOSTS = ['a', 'b', 'c'] as const

export interface KnownGroup {
  readonly name: string
  readonly incarnation: string
  /** In the order of the hosts; a host whose member isn't there yet has none. */
  readonly members: readonly string[]
  /** Address of the host that leads. */
  readonly leader: string
  readonly term: number
  readonly lastIndex: number
  readonly configurationIndex: number
}

export interface Knowledge {
  /** In the order of `HOSTS`. */
  readonly addresses: readonly string[]
  /** Nothing may happen to it. */
  readonly honest: KnownGroup
  /** The attacker may say whatever it likes to it, in the name of its members. Null while there is none. */
  readonly sacrificed: KnownGroup | null
  /** Two hosts wait for it, and nobody creates it. */
  readonly waiting: string
}

/** Where the attacker gets in. */
export type Way = { readonly over: 'tcp' } | { readonly over: 'nats'; readonly url: string }

export type Order =
  | { readonly kind: 'begin'; readonly way: Way; readonly seed: number; readonly knowledge: Knowledge }
  | { readonly kind: 'knowledge'; readonly knowledge: Knowledge }
  /** Frames `from` to `from + count − 1`, at so many a second; where `valid`, as many of the same sizes with which nothing is wrong. */
  | {
      readonly kind: 'send'
      readonly from: number
      readonly count: number
      readonly perSecond: number
      readonly valid: boolean
    }
  | { readonly kind: 'end' }

/** What has been sent of a block. */
export interface Sent {
  /** By sort. */
  readonly sorts: Readonly<Record<string, number>>
  readonly seconds: number
  /** Batches that the transport did not take. */
  readonly refused: number
}

export type Said = { readonly kind: 'ready' } | ({ readonly kind: 'sent' } & Sent)
