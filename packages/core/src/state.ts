/**
 * The state of one member: plain data, changed only by the functions of the files beside this one. Because it is plain,
 * saving a core is copying it.
 */
import type { Configurations } from './configurations.ts'
import type { Damage } from './damage.ts'
import type { Durability } from './durability.ts'
import type { OwnEntry, ReadyRead, RefusedRead, Role, Standing } from './effects.ts'
import type { MemberId } from './entry.ts'
import type { SnapshotPosition } from './input.ts'
import type { Abstention, RoundMark } from './lease.ts'
import type { Message } from './message.ts'
import type { ResolvedOptions } from './options.ts'
import type { Progress } from './progress.ts'
import type { Roster } from './quorum.ts'
import type { SettingsInEffect } from './settings.ts'
import type { Succession } from './succession.ts'
import type { TermRuns } from './term-runs.ts'

export interface State {
  options: ResolvedOptions
  /** In effect now. Those among `options` are what it began with. */
  settings: SettingsInEffect

  // Kept on disk (paper, figure 2).
  term: number
  vote: MemberId | null
  log: TermRuns
  configurations: Configurations

  /** Highest index known to be committed. */
  commit: number
  durability: Durability
  /** What is wrong with the log, null for nothing. */
  damage: Damage | null
  /** Entries from here on were handed to the disk and are no longer valid: the next write says so. Null for none. */
  truncateFrom: number | null
  /** The whole log is replaced by this snapshot: the next write says so. */
  reset: SnapshotPosition | null

  role: Role
  leader: MemberId | null
  /** Index of the committed configuration that removed this member. */
  removedAt: number | null
  /** Whether the disk has room for more proposals, as the host says. */
  hasRoom: boolean
  /** Members of the effective configuration, for counting. */
  roster: Roster

  lastNow: number
  wakeAt: number
  /** When to ask for pre-votes, unless a leader is heard. Means nothing to a leader. */
  electionDeadline: number
  /** The deadline has moved because a turn was late: it does so once. */
  deadlineMoved: boolean
  /** Not of a leader: nothing happens in the group, its leader has said, and no time is waited for (`quiet.ts`). */
  isQuiet: boolean
  /** When the leader was last heard; lifted by a suspicion about its host. */
  heardLeaderAt: number
  /** Present from a suspicion about the leader's host until a leader is heard, or nobody was elected soon. */
  succession: Succession | null
  /** For whom it has promised not to vote, and until when; lifted by nothing. */
  abstention: Abstention

  /** For a member excluded from leading: a candidate lacked what it holds, and no leader has been heard since. Perhaps nobody else can win. */
  candidateLacked: boolean

  following: Following
  /** Present while pre-candidate or candidate. */
  campaign: Campaign | null
  /** Present while leader. */
  leading: Leading | null
  /** Reads for which the leader is asked. */
  asking: Asking
  /** What is known of the group's commit index, and from when: not of a leader (`reads.ts`). */
  fresh: Fresh
  /** The vote of this term was given to this member, which has not been told yet. */
  voteOwed: MemberId | null

  // What the next drain hands out.
  outbox: Message[]
  own: OwnEntry[]
  ready: ReadyRead[]
  refused: RefusedRead[]
  reported: Standing
}

/** What a follower owes its leader. */
export interface Following {
  /** The highest index at which this log is known to agree with the leader's. */
  verified: number
  /** An answer is due even if nothing new is durable. */
  ackOwed: boolean
  /** Highest match told to this leader. */
  acked: number
  /** Highest heartbeat round heard from this leader, and the highest answered. */
  round: number
  ackedRound: number
}

export interface Campaign {
  /** Parallel to `roster.ids`: 1 granted, −1 refused, 0 not heard. */
  votes: number[]
  /** Vote requests have left (they wait for term, vote and log to be durable). */
  asked: boolean
  /** The leader wants it so: whoever hears that one heeds the requests. */
  transfer: boolean
}

export interface Leading {
  /** Parallel to `roster.ids`; the leader itself stands among them while it is a member. */
  peers: Progress[]
  /** Heartbeat rounds of this term so far. */
  round: number
  /** The last round that has been sent. */
  sentRound: number
  heartbeatAt: number
  /** When somebody wanted something last, and whether that is so long ago that it says nothing any more (`quiet.ts`). */
  stirredAt: number
  isQuiet: boolean
  /** Since when it is not quiet: those that were silent have an election timeout from there. */
  wokenAt: number
  /** Members that were not there when it fell quiet, or are gone since: nobody waits for them. */
  absent: readonly MemberId[]
  /** The transfer of leadership that is under way. */
  transfer: Transfer | null
  /** Somebody has been told to campaign in this term, however that ended: the leader can't be sure that nobody else leads. */
  hasOffered: boolean
  /** When it was elected, or last began to hand over unasked. */
  handedOverAt: number
  /** When to tell peers of a commit index they have not been told by an append. */
  noticeAt: number
  /** Replicated time at the election, and this member's clock then: the time of every entry is reckoned from there. */
  timeBase: number
  electedAt: number
  /** Index of the last entry before this term. */
  termStart: number
  /** There has been room at some time of this leadership. */
  hadRoom: boolean
  /** Reads that wait for the next round, of this member and of those that follow it. */
  reads: number[]
  askers: Asker[]
  batch: ReadBatch | null
  /** Reads for which a lease will do. */
  leaseReads: number[]
  /** When the last rounds began. */
  marks: RoundMark[]
  /** Index of the entry that names how long followers abstain; 0 where there is none, and no lease. */
  leaseAt: number
}

/** Leadership is to go to another member (thesis §3.10). */
export interface Transfer {
  to: MemberId
  since: number
  /** When it is given up. */
  deadline: number
  /** The successor has been told to campaign. */
  offered: boolean
}

/** Reads that wait for one round: their index was fixed before the round began (thesis §6.4). */
export interface ReadBatch {
  ids: number[]
  askers: Asker[]
  index: number
  round: number
  /** When it began. */
  at: number
}

/** A follower that asks for an index, and the number of its question. */
export interface Asker {
  readonly from: MemberId
  readonly attempt: number
}

/** What a member that doesn't lead asks its leader. */
export interface Asking {
  /** Reads that wait for the next question. */
  waiting: number[]
  /** The question under way: its numbers are `first` up to `attempt`. */
  batch: {
    ids: number[]
    first: number
    /** When the first and the last of them were sent. */
    firstAt: number
    at: number
    /** Whom the last went to. */
    to: MemberId | null
  } | null
  /** Number of the last question; 0 before the first. */
  attempt: number
}

/** By `asOf` nothing beyond `index` had been committed. */
export interface Fresh {
  readonly asOf: number
  readonly index: number
}
