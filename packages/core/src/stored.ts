/** What a core starts from: the state a log store has read back. */
import type { DamagedRange } from './damage.ts'
import type { ConfigurationEntry, Heads, MemberId, Position } from './entry.ts'

/** What is durable of a member: its term and vote, and its log without the payloads. */
export interface Stored {
  readonly term: number
  readonly vote: MemberId | null
  /** The log begins after this place: 0/0, or a place a snapshot covers. */
  readonly base: Position
  /** Replicated time of the entry at `base`, 0 for 0/0. */
  readonly baseTime: number
  /** The configuration in effect at `base`, null for none. */
  readonly baseConfiguration: ConfigurationEntry | null
  /** Highest index known to be committed: at least `base.index`, or the latest snapshot's index when that is higher. */
  readonly commit: number
  /** The entries after `base`, null for none. */
  readonly heads: Heads | null
  /** Entries among them whose payloads can't be read: ascending, apart from each other. None of them is a configuration. */
  readonly damaged: readonly DamagedRange[]
  /** The log once reached at least to here, and ends before the first entry that can't be named any more. Null if it has lost nothing. */
  readonly lostTo: number | null
  /**
   * How long the last leader but itself whose `lease` entry the log (or its snapshot) holds asked it to abstain, milliseconds: it may
   * have promised that just before it was stopped. Default 0: there is none.
   */
  readonly abstainMs?: number
}

/** The state of a member that has just been created to join a group: it knows nothing. */
export function emptyLog(): Stored {
  return {
    term: 0,
    vote: null,
    base: { index: 0, term: 0 },
    baseTime: 0,
    baseConfiguration: null,
    commit: 0,
    heads: null,
    damaged: [],
    lostTo: null,
  }
}
