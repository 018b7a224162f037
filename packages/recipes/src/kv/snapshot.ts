/** A store as the items of a snapshot. */
import type { KvLimits } from './entry.ts'
import type { Moment } from './history.ts'
import type { KvState, Lease, Stored } from './state.ts'

export type KvItem =
  | readonly ['store', revision: number, floor: number, limits: KvLimits]
  /** Before the entries that hang on them. */
  | readonly ['lease', id: number, lease: Lease]
  | readonly ['entry', key: string, stored: Stored]
  | readonly ['moment', revision: number, moment: Moment]

/** Frozen at once. */
export function itemsOf({ revision, limits, leases, entries, history }: KvState): Iterable<KvItem> {
  const store: KvItem = ['store', revision, history.floor, limits]
  return items(store, leases.freeze(), entries.freeze(), history.freeze())
}

function* items(
  store: KvItem,
  leases: Iterable<[number, Lease]>,
  entries: Iterable<[string, Stored]>,
  moments: Iterable<[number, Moment]>,
): Generator<KvItem> {
  yield store
  for (const [id, lease] of leases) yield ['lease', id, lease]
  for (const [key, stored] of entries) yield ['entry', key, stored]
  for (const [revision, moment] of moments) yield ['moment', revision, moment]
}

export function putBack(state: KvState, item: KvItem): void {
  if (item[0] === 'lease') state.setLease(item[1], item[2])
  else if (item[0] === 'entry') state.set(item[1], item[2])
  else if (item[0] === 'moment') state.history.add(item[1], item[2])
  else [, state.revision, state.history.floor, state.limits] = item
}
