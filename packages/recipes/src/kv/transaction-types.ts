/** Transactions as callers write them, and what they are answered. */
import type { KvEntry, KvPageOptions, KvRange } from './entry.ts'

/** A number that must be this one, or lie between others. */
export type KvNumber = number | { readonly above?: number | undefined; readonly below?: number | undefined }

/** All that is said must be so. */
export interface KvCondition<V = unknown> {
  readonly key: string
  readonly exists?: boolean | undefined
  /** 0 where the key isn't there; so are `created` and `version`. */
  readonly revision?: KvNumber | undefined
  readonly created?: KvNumber | undefined
  readonly version?: KvNumber | undefined
  /** Equal in content: property by property, in whatever order; those of a Map and a Set in theirs. */
  readonly value?: V
}

/** What a transaction does: a put, delete, touch or look at one key, or a range of them. */
export type KvOperation<V = unknown> =
  | {
      readonly op: 'put'
      readonly key: string
      readonly value: V
      readonly ttlMs?: number | 'keep' | undefined
      readonly lease?: number | undefined
      readonly previous?: boolean | undefined
    }
  | { readonly op: 'delete'; readonly key: string; readonly previous?: boolean | undefined }
  /** All of them, or the transaction is refused, `too-many`. */
  | { readonly op: 'deleteRange'; readonly range: KvRange }
  | { readonly op: 'touch'; readonly key: string; readonly ttlMs: number | null }
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'range'; readonly range: KvPageOptions }

/** What each kind of operation answers. */
export interface KvResults<V = unknown> {
  readonly put: { readonly op: 'put'; readonly previous?: KvEntry<V> | null }
  readonly delete: {
    readonly op: 'delete'
    readonly deleted: boolean
    readonly previous?: KvEntry<V> | null
  }
  readonly deleteRange: { readonly op: 'deleteRange'; readonly deleted: number }
  readonly touch: { readonly op: 'touch'; readonly touched: boolean }
  readonly get: { readonly op: 'get'; readonly entry: KvEntry<V> | null }
  readonly range: {
    readonly op: 'range'
    readonly entries: readonly KvEntry<V>[]
    readonly next: string | null
  }
}

/** What some operation answers. */
export type KvResult<V = unknown> = KvResults<V>[keyof KvResults]

/** Conditions, and what is done if they hold, or else. */
export interface KvTransaction<
  V = unknown,
  Then extends readonly KvOperation<V>[] = readonly KvOperation<V>[],
  Else extends readonly KvOperation<V>[] = readonly KvOperation<V>[],
> {
  /** All must hold. Default: none, which holds. */
  readonly if?: readonly KvCondition<V>[] | undefined
  /** What is done then, in this order, each seeing what those before have done; all of it at one revision. */
  readonly then?: Then | undefined
  /** What is done otherwise. */
  readonly else?: Else | undefined
}

type ResultsOf<V, Operations> = {
  readonly [At in keyof Operations]: Operations[At] extends { readonly op: infer Op extends keyof KvResults }
    ? KvResults<V>[Op]
    : never
}

/** A result for each operation, in their order. */
export type KvTransacted<
  V = unknown,
  Then extends readonly KvOperation<V>[] = readonly KvOperation<V>[],
  Else extends readonly KvOperation<V>[] = readonly KvOperation<V>[],
> =
  | { readonly succeeded: true; readonly revision: number; readonly results: ResultsOf<V, Then> }
  | { readonly succeeded: false; readonly revision: number; readonly results: ResultsOf<V, Else> }
