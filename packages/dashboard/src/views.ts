/** What the page is told. */
import type { GroupMembers } from './group-details.ts'
import type { News } from './news.ts'
import type { PlacementView } from './placement.ts'
import type { GroupRow } from './rows.ts'
import type { Values } from './series.ts'
import type { HostHistory } from './watch.ts'
import type { GroupHistory, Leadership } from './watched-group.ts'

/** How the host and all its groups stand: what has changed since the page asked last. */
export interface StateView {
  /** Another one, and nothing of what was told before is true any more. */
  readonly life: string
  /** Of the look that this is of: asked with it, the next answer has what changed after it. */
  readonly number: number
  /** Wall-clock milliseconds. */
  readonly at: number
  readonly everyMs: number
  readonly host: string
  readonly mayAct: boolean
  /** Whether `groups` are all there are; else they take the place of those of their names. */
  readonly isAll: boolean
  readonly groups: readonly GroupRow[]
  readonly total: number
  /** Groups that are too many to be shown. */
  readonly beyond: number
  readonly history: HostHistory
  /** Calls that this process has made through `timed`; null where it makes none. */
  readonly calls: {
    readonly perSecond: Values
    readonly failures: Values
    readonly p50Ms: Values
    readonly p99Ms: Values
  } | null
  readonly news: readonly News[]
  readonly placement: PlacementView | null
}

/** One group, with all its members. */
export interface GroupView extends GroupMembers {
  readonly row: GroupRow
  readonly at: number
  readonly history: GroupHistory | null
  readonly leaderships: readonly Leadership[]
  /** What its fleet wants of it; null where it is in none. */
  readonly placement: {
    readonly hosts: readonly string[]
    readonly replicas: number
    readonly machine: string
    readonly move: { readonly from: string | null; readonly to: string | null } | null
  } | null
}
