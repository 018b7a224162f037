/** What a key-value store holds, and what it tells. */

/** A key, what stands there, and what has become of it. Never changed: a put makes another one. */
export interface KvEntry<V = unknown> {
  readonly key: string
  readonly value: V
  /** Index of the log entry that put it last. Revisions grow from change to change, over all keys. A key that isn't there has revision 0. */
  readonly revision: number
  /** Revision of the put since which it has been there. */
  readonly created: number
  /** How often it has been put since: 1, 2, … */
  readonly version: number
  /** Replicated time at which it goes, milliseconds, or null: it stays. That of its lease, if it has one. */
  readonly expiresAt: number | null
  /** The lease with which it goes, or null. */
  readonly lease: number | null
}

/** What has become of one key. `expire`: its time was over, or that of its lease. */
export type KvEvent<V = unknown> =
  | { readonly kind: 'put'; readonly entry: KvEntry<V> }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'expire'; readonly key: string }

/** All that was changed at one revision: by one put, by one transaction, or as the time of some keys was over. */
export interface KvChanges<V = unknown> {
  readonly kind: 'changes'
  /** Watching goes on from `from: revision + 1`. */
  readonly revision: number
  /** Replicated time, milliseconds. */
  readonly time: number
  /** In the order in which it was done, of the keys that are watched: never none. */
  readonly events: readonly KvEvent<V>[]
}

/** All entries that are watched, as changes up to `revision` have left them, in place of those changes: the store no longer remembers them. Whoever keeps a copy begins anew with it. */
export interface KvSnapshot<V = unknown> {
  readonly kind: 'snapshot'
  readonly revision: number
  /** In the order of their keys. */
  readonly entries: readonly KvEntry<V>[]
}

/** What a watcher is told: what was changed or, where that is not remembered any more, all there is. */
export type KvWatchEvent<V = unknown> = KvChanges<V> | KvSnapshot<V>

/** Which keys, in the order of their UTF-16 units. All, unless it is bounded; at most one bound on each side, beside a prefix. */
export interface KvRange {
  /** Only keys that begin so. Default: any. */
  readonly prefix?: string | undefined
  /** The lowest key, if it is there. */
  readonly from?: string | undefined
  /** Only keys above this one. */
  readonly after?: string | undefined
  /** The highest key, if it is there. */
  readonly to?: string | undefined
  /** Only keys below this one. */
  readonly before?: string | undefined
}

/** A part of a range, in one answer. */
export interface KvPageOptions extends KvRange {
  /** At most so many, 1 to 1000, which is the default. */
  readonly limit?: number | undefined
  /** From the highest key to the lowest. Default false. */
  readonly reverse?: boolean | undefined
}

/** Where a page ends: there may be more than `limit`, and one answer has about a mebibyte at most. */
export interface KvPageEnd {
  /** All of the page is as it was at this revision. */
  readonly revision: number
  /** Null: that is all. Else the key to go on with: `from` of the next page, or `to`, in reverse. */
  readonly next: string | null
}

/** How long a put is to last, and on what condition it is done. */
export interface KvPutOptions {
  /** Milliseconds of replicated time after which the key goes, or `keep`: as it is. Default: it stays. Not with a lease. */
  readonly ttlMs?: number | 'keep' | undefined
  /** The key goes when this lease ends. */
  readonly lease?: number | undefined
  /** Only if the key is still of this revision; 0: only if it isn't there. */
  readonly ifRevision?: number | undefined
  /** Only if it isn't there. */
  readonly ifAbsent?: boolean | undefined
  /** Whether the answer has what stood there before. Default false. */
  readonly previous?: boolean | undefined
}

/** On what condition a key is deleted. */
export interface KvDeleteOptions {
  /** Only if the key is still of this revision. */
  readonly ifRevision?: number | undefined
  /** Whether the answer has what stood there before. Default false. */
  readonly previous?: boolean | undefined
}

/** What came of a put or a delete. */
export interface KvWritten<V = unknown> {
  /** Whether it was done: for want of a condition it is not, nor is a key deleted that isn't there. */
  readonly done: boolean
  /** Of the key as it is now; 0: it isn't there. */
  readonly revision: number
  /** What stood there before, and still does if nothing was done; null: nothing. Only if it was asked for. */
  readonly previous?: KvEntry<V> | null
}

/** What the store keeps within, on every member alike. Bytes are about those of the encoded values; in memory it is some more. */
export interface KvLimits {
  /** Of all keys and values, bytes. A put beyond it is refused, `full`. Default 256 MiB. */
  readonly maxBytes: number
  /** Events that are remembered for watchers, 1 to 100,000. Default 10,000. */
  readonly historyEvents: number
  /** The same in bytes. Default 16 MiB. What was done last is always remembered. */
  readonly historyBytes: number
}

/** What a store holds, and how much of its limits it takes. */
export interface KvStats {
  readonly revision: number
  /** Those whose time is over and that have not been swept yet are among them. */
  readonly entries: number
  readonly leases: number
  readonly bytes: number
  /** Events that are remembered. */
  readonly historyEvents: number
  readonly historyBytes: number
  /** The first revision from which on all is remembered. */
  readonly historyFrom: number
  readonly limits: KvLimits
}
