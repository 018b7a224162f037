/** What a core shows of itself to whoever looks. */
import type { MemberId } from './entry.ts'

/** One peer as the leader sees it. */
export interface PeerView {
  readonly id: MemberId
  readonly state: 'probe' | 'stream' | 'snapshot'
  /** Known to be durable there. */
  readonly match: number
  /** The next entry to send. */
  readonly next: number
  /** When it last answered, by this core's `now`. */
  readonly lastHeard: number
  /** The leader is quiet without it: it was silent, or its host is lost. */
  readonly isAbsent: boolean
  /** The number under which it has last said that its log is damaged, null for never: with a new one its match begins anew. */
  readonly repair: number | null
}

export interface TransferView {
  readonly to: MemberId
  readonly since: number
}
