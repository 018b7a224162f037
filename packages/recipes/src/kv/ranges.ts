/** Ranges of keys: a prefix is one, and may narrow another. */
import type { KeyRange } from '@rafted/contracts'
import type { KvRange } from './entry.ts'

/** What `SortedCowMap` walks, and whether there can be anything in it. */
export interface Bounds {
  readonly keys: KeyRange<string>
  /** Whether a key lies within. */
  has(key: string): boolean
}

/** At most one bound on each side, beside the prefix. */
export function boundsOf({ prefix = '', from, after, to, before }: KvRange, reverse: boolean): Bounds {
  const end = behind(prefix)
  const low = from ?? after
  const high = to ?? before
  const keys = {
    ...(low !== undefined && low >= prefix ? { from, after } : { from: prefix }),
    ...(high !== undefined && (end === null || high < end) ? { to, before } : { before: end ?? undefined }),
    reverse,
  }
  return { keys, has: (key) => isWithin(keys, key) }
}

function isWithin({ from, after, to, before }: KeyRange<string>, key: string): boolean {
  return (
    (from === undefined || key >= from) &&
    (after === undefined || key > after) &&
    (to === undefined || key <= to) &&
    (before === undefined || key < before)
  )
}

/** The lowest string above all that begin with `prefix`, or null: there is none. */
function behind(prefix: string): string | null {
  for (let length = prefix.length; length > 0; length--) {
    const unit = prefix.charCodeAt(length - 1)
    if (unit < 0xffff) return prefix.slice(0, length - 1) + String.fromCharCode(unit + 1)
  }
  return null
}
