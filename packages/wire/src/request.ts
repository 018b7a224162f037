/**
 * What a client, or a host on behalf of one of its members, asks of a host, and what it is answered. A request is
 * answered at most once; an answer may be lost, so every request can be asked again (commands by their session and
 * sequence, all others by being idempotent).
 */

import type { ErrorCode, Outcome } from '@rafted/contracts'
import type { ConfigurationEntry, Member, MemberId, Rearrangement, Role } from '@rafted/core'
import type { PlacedSettings } from './group-settings.ts'
import type { SettingsPayload } from './settings-codec.ts'
import type { Withdrawn } from './withdrawal-codec.ts'

interface RequestHead {
  /** Drawn by the asker, fresh per attempt; the response carries it back. */
  readonly id: number
  /** Name of the group. */
  readonly group: string
  /** Incarnation the asker means, or null for whichever the host knows. A host that holds another refuses: `group-mismatch`. */
  readonly incarnation: string | null
}

/** What does this host know of the group? Answered by every host at once. */
export interface LocateRequest extends RequestHead {
  readonly kind: 'locate'
}

/** Registers a session (thesis §6.3). Asked twice it gives two sessions; the unused one expires. */
export interface OpenSessionRequest extends RequestHead {
  readonly kind: 'open-session'
}

/** Keeps a session alive, or ends it. */
export interface KeepSessionRequest extends RequestHead {
  readonly kind: 'keep-session' | 'close-session'
  readonly session: number
  /** Every command below this sequence has been answered: its reply can be forgotten. */
  readonly acknowledged: number
}

/** Runs one command, exactly once for its (session, sequence). */
export interface CommandRequest extends RequestHead {
  readonly kind: 'command'
  readonly session: number
  /** 1, 2, 3 … within the session; applied in this order. */
  readonly sequence: number
  /** Every command below this sequence has been answered: its reply can be forgotten. */
  readonly acknowledged: number
  /** The caller's own idempotency key, or null. At most 128 bytes of UTF-8. */
  readonly key: string | null
  /** Which trace the call belongs to, for the observer of the leader's host; null for none. It is not in the log. At most 64 bytes of UTF-8. */
  readonly trace: string | null
  /** The command as the value's codec encodes it. */
  readonly payload: Uint8Array
}

/**
 * What has become of a command? One that has not been applied is withdrawn: it never will be (`withdrawn`). Answered as the command itself would have
 * been, with `result`, if it was applied.
 */
export interface ResolveRequest extends RequestHead, Withdrawn {
  readonly kind: 'resolve'
}

/** Asks the value, without writing the log. */
export interface QueryRequest extends RequestHead {
  readonly kind: 'query'
  /**
   * `linearizable`: through ReadIndex. `lease`: by the leader's lease where it holds one, else so as well. `bounded`: from what was applied
   * at most `maxStalenessMs` ago. `stale`: from whatever is applied.
   */
  readonly read: 'linearizable' | 'lease' | 'bounded' | 'stale'
  /** Milliseconds, above 0; 0 unless `read` is `bounded`. */
  readonly maxStalenessMs: number
  /** Whoever is asked answers; else only the leader does. */
  readonly here: boolean
  readonly payload: Uint8Array
}

/** Creates the group on this host, which must be waiting for the name. */
export interface CreateGroupRequest extends RequestHead {
  readonly kind: 'create-group'
  /** Create even if an address in the host's `join` has not answered that it doesn't know the name. */
  readonly unreachableChecked: boolean
}

/**
 * Adds `member` as a learner. Answered when it votes, or, if it is not to be promoted, when its addition is committed. Asked by the host on which
 * it is, and by nobody else.
 */
export interface JoinRequest extends RequestHead {
  readonly kind: 'join'
  readonly member: Member
  readonly promote: boolean
  /** What the former member of the same host kept on its disk is lost, a person says: this one takes its place. */
  readonly formerDataLost: boolean
}

/** Puts members where they are to be; answered when that is committed, and whoever is to be promoted votes. Done also if it is so already. */
export interface ChangeMembersRequest extends RequestHead, Rearrangement {
  readonly kind: 'change-members'
  /** Compare-and-set: refused unless the configuration in effect stands at this index, or is as it is to be. Null for any. */
  readonly ifConfigurationAt: number | null
  readonly evenIfQuorumAtRisk: boolean
}

/**
 * The member of this id is dialled at another address, or reads other wire versions. Answered when that is committed. Asked by the host on which it
 * is, and by nobody else.
 */
export interface UpdateMemberRequest extends RequestHead {
  readonly kind: 'update-member'
  readonly member: Member
}

/**
 * Hands leadership over; answered when the new leader is known. Asked twice of the same term it is one transfer; a leader that is the
 * one wanted answers that it is done.
 */
export interface TransferLeadershipRequest extends RequestHead {
  readonly kind: 'transfer-leadership'
  /** The member that is to lead; null for whichever the leader finds best. */
  readonly to: MemberId | null
  /** Whoever leads in a later term need not hand over: it was done. Null for a leader of any term. */
  readonly ifTerm: number | null
}

/** Gives up the transfer that is under way; done also if none is. */
export interface CancelTransferRequest extends RequestHead {
  readonly kind: 'cancel-transfer'
}

/**
 * Changes the group's settings; answered when that is committed and the leader goes by it. Nothing is changed (`settings-changed`) if the settings
 * in effect come from another index than `ifSettingsAt`, nor (`invalid-argument`) if what they would be is not possible.
 */
export interface ChangeSettingsRequest extends RequestHead, SettingsPayload {
  readonly kind: 'change-settings'
}

/** Which piece of a value that is being handed over. */
export interface WantedPiece {
  /** As the answer with the first piece has named it; whoever doesn't know it begins anew. */
  readonly transfer: number
  /** 1, 2, 3 …: the first one, 0, comes unasked. Asked twice in a row it is the same. */
  readonly number: number
}

/**
 * What has changed the value behind an index, as soon as something has. Any member answers: all apply the same commands in the same order, each in its
 * own time. Where its log no longer goes back as far, the value takes the place of what is missing.
 */
export interface WatchRequest extends RequestHead {
  readonly kind: 'watch'
  /** The last index that is known. Null: that of whatever has been done before this is asked, which is answered at once. */
  readonly after: number | null
  /** Answered by then, also if nothing has changed. Milliseconds; the member may answer sooner. */
  readonly waitMs: number
  /** Bytes of changes in one answer; a larger one travels alone. With 0 neither changes nor a value are told, only how far there are some. */
  readonly maxBytes: number
  /** Of a value whose first piece was the last answer. */
  readonly piece: WantedPiece | null
}

/**
 * A backup of the group from this host's member, piece by piece: all that was acknowledged before its first piece was asked for. A piece is asked for once the one before it has come; who asks
 * for nothing more is forgotten after a while.
 */
export interface BackupRequest extends RequestHead {
  readonly kind: 'backup'
  /** With the log behind the newest snapshot. Looked at with the first piece. */
  readonly history: boolean
  /** Null: the first piece. */
  readonly piece: WantedPiece | null
}

/** How the host's member stands. */
export interface StatusRequest extends RequestHead {
  readonly kind: 'status'
}

/**
 * Asks another host on behalf of a client that can't reach it. Answered with what that host answers; where it can't be asked, with an error of the host
 * that was to pass it on. Only addresses where members of the group may be are asked for others.
 */
export interface RelayRequest extends RequestHead {
  readonly kind: 'relay'
  /** Address of the host that is to answer. */
  readonly to: string
  /** How long whoever asks waits for it, milliseconds. */
  readonly timeoutMs: number
  /** Its group and incarnation are those of this request. */
  readonly request: RelayedRequest
}

/** What may be passed on: with the id of the request that carries it. */
export type RelayedRequest = Exclude<DirectRequest, JoinRequest | UpdateMemberRequest>

/** What is asked of the host that is to answer. */
export type DirectRequest = Exclude<Request, RelayRequest>

/** What a host can be asked, by kind. */
export type Request =
  | LocateRequest
  | OpenSessionRequest
  | KeepSessionRequest
  | CommandRequest
  | ResolveRequest
  | QueryRequest
  | CreateGroupRequest
  | JoinRequest
  | ChangeMembersRequest
  | UpdateMemberRequest
  | ChangeSettingsRequest
  | TransferLeadershipRequest
  | CancelTransferRequest
  | StatusRequest
  | WatchRequest
  | BackupRequest
  | RelayRequest

interface ResponseHead {
  /** The request's. */
  readonly id: number
}

/** Not done. `not-leader` carries where to ask instead. */
export interface ErrorResponse extends ResponseHead {
  readonly kind: 'error'
  readonly code: ErrorCode
  readonly outcome: Outcome
  readonly message: string
  /** Address of the leader as this host knows it, or null. */
  readonly leader: string | null
  /** Term of this host's member, 0 without one. A redirect of a lower term than one already followed is old news. */
  readonly term: number
  /** The error's own `details`, as the wire's value codec encodes them; empty for none. */
  readonly details: Uint8Array
}

/** What a host knows of a group. */
export interface LocatedResponse extends ResponseHead {
  readonly kind: 'located'
  /** `member`: holds one. `waiting`: waits to join or to be asked to create it. `unknown`: never heard of it. */
  readonly knows: 'member' | 'waiting' | 'unknown'
  readonly incarnation: string | null
  readonly term: number
  readonly leader: string | null
  /** Addresses of all members of the configuration in effect. */
  readonly members: readonly string[]
}

/** The session that was opened. */
export interface SessionResponse extends ResponseHead {
  readonly kind: 'session'
  readonly incarnation: string
  readonly session: number
  /** Milliseconds of replicated time after which a session that is not heard of expires. */
  readonly timeoutMs: number
  /** Commands a session may have unanswered. */
  readonly window: number
}

/** A command's or a query's outcome. */
export interface ResultResponse extends ResponseHead {
  readonly kind: 'result'
  /**
   * `ok`: `payload` is the result by the value's codec. `refused`: the machine threw a `CommandError`; `payload` is
   * [reason, message, data] by the value's codec. `failed`: the machine threw something else; `payload` is empty.
   */
  readonly status: 'ok' | 'refused' | 'failed'
  /** Where the command stands in the log, or, for a query, up to where the value it saw was applied. */
  readonly index: number
  readonly term: number
  readonly payload: Uint8Array
}

/** Done: a change of members is committed, a group created, a session kept or closed. */
export interface DoneResponse extends ResponseHead {
  readonly kind: 'done'
  readonly incarnation: string
  /** The effective configuration for changes of members, else null. */
  readonly configuration: ConfigurationEntry | null
}

/** The settings have been changed. */
export interface SettingsResponse extends ResponseHead {
  readonly kind: 'settings'
  readonly incarnation: string
  /** Those in effect at the index of the change. */
  readonly settings: PlacedSettings
}

/** A command that has changed the value. */
export interface Change {
  readonly index: number
  readonly term: number
  /** Replicated time, milliseconds. */
  readonly time: number
  /** As the value's codec encodes it. */
  readonly command: Uint8Array
}

/** A part of the value as it was at an index: chunks of the machine's own snapshot, one behind the other, cut anywhere. */
export interface ValuePiece {
  readonly transfer: number
  readonly number: number
  readonly isLast: boolean
  readonly index: number
  readonly term: number
  readonly time: number
  /** Of the machine, the one that was in force. */
  readonly version: number
  readonly bytes: Uint8Array
}

/** What has changed the value, or the first piece of it. */
export interface ChangesResponse extends ResponseHead {
  readonly kind: 'changes'
  /** All that changed the value up to here is known with this answer, or, where a piece is given, with the last one. */
  readonly upTo: number
  /** In the order of the log. What changed nothing is not among them: repeated commands, such as have failed or were refused. */
  readonly changes: readonly Change[]
  /** Instead of changes: the log no longer goes back as far as was asked. */
  readonly piece: ValuePiece | null
}

/** A part of a backup: its bytes, one piece behind the other, cut anywhere. */
export interface BackupResponse extends ResponseHead {
  readonly kind: 'backup'
  /** Drawn per backup: how the next piece is asked for. */
  readonly transfer: number
  readonly number: number
  readonly isLast: boolean
  readonly bytes: Uint8Array
}

/** How the member that was asked stands. */
export interface StatusResponse extends ResponseHead {
  readonly kind: 'status'
  readonly status: MemberStatus
}

/** What is wrong with a member's log. */
export interface DamageStatus {
  /** Entries whose payloads can't be read (indexes, inclusive), ascending: the first `MAX_DAMAGED_RANGES` such ranges. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[]
  /** The log has lost entries that it can't name, and once reached at least to here: the member votes for nobody. Else null. */
  readonly lostTo: number | null
  /** Entries that other members have given back since the host opened the log. */
  readonly restored: number
  /** The first entry that nobody can give for now. */
  readonly stuck: StuckEntry | null
}

/** An entry that a member can't read and has not got from any other. */
export interface StuckEntry {
  readonly index: number
  readonly term: number
  /** What each other member has said last; one that was asked and has not answered is silent. */
  readonly answers: readonly {
    readonly member: MemberId
    readonly says: 'lacks' | 'damaged' | 'silent'
  }[]
}

/** How one member stands, as its host sees it. */
export interface MemberStatus {
  readonly group: string
  readonly incarnation: string
  readonly member: MemberId
  readonly host: string
  readonly role: Role
  readonly term: number
  readonly leader: MemberId | null
  readonly leaderAddress: string | null
  readonly lastIndex: number
  readonly commitIndex: number
  readonly appliedIndex: number
  readonly snapshotIndex: number
  readonly configuration: ConfigurationEntry | null
  readonly removedAt: number | null
  /**
   * Why this member takes part in nothing any more, or null if it does. What else is told is how it stood then, as a
   * follower without a leader.
   */
  readonly stopped: string | null
  /** Members that have not answered the leader for an election timeout; empty where this member does not lead. */
  readonly unresponsive: readonly MemberId[]
  readonly sessions: number
  /** The group's, as of `appliedIndex`. */
  readonly settings: PlacedSettings
  /** The others, as this member sees them; empty where it does not lead. */
  readonly peers: readonly PeerStatus[]
  /** Bytes of log beyond `commitIndex`, up to `lastIndex`. */
  readonly uncommittedBytes: number
  /** The entries from `snapshotIndex` + 1 to `lastIndex`. */
  readonly log: {
    readonly bytes: number
    /** Since the oldest of them was appended, or a little longer; 0 if there is none. By the group's own time, which stands while nobody leads. */
    readonly oldestMs: number
  }
  /** The newest snapshot that this member holds, or null. It may end beyond `snapshotIndex`: the log is kept for longer. */
  readonly snapshot: {
    readonly index: number
    readonly bytes: number
    /** Since its last entry was appended, by the group's own time. */
    readonly ageMs: number
  } | null
  /** Since this member was started. */
  readonly elections: {
    /** It stood for. */
    readonly campaigns: number
    /** It won. */
    readonly won: number
    /** Leaderships that it has heard of, its own included. */
    readonly leaders: number
  }
  /** How late timers of the host's process ran: what blocks its event loop shows here. The last one, and those of the last minute. */
  readonly loop: {
    readonly lastMs: number
    readonly p50Ms: number
    readonly p99Ms: number
    readonly maxMs: number
  }
  /** How long the disk of the host took for an answer: the last one, and those of the last minute. All 0 where the storage is memory. */
  readonly disk: {
    readonly lastMs: number
    readonly p50Ms: number
    readonly p99Ms: number
    readonly maxMs: number
    /** For how long a write has waited for an answer now; 0 if none does. */
    readonly waitingMs: number
    /** Answers that took longer than the host calls slow, or do so now, since it was started. */
    readonly stalls: number
  }
  /** To whom this leader hands over, and for how long it has been doing so; null if it doesn't. */
  readonly transfer: { readonly to: MemberId; readonly forMs: number } | null
  /** What its log has lost and is getting back, or null for a sound log. */
  readonly damage: DamageStatus | null
}

/** One peer, as its leader sees it. */
export interface PeerStatus {
  readonly member: MemberId
  /** `probe`: it is being found out where the logs agree. `stream`: entries follow each other. `snapshot`: it needs what the log no longer holds. */
  readonly state: 'probe' | 'stream' | 'snapshot'
  /** Known to be durable there. */
  readonly match: number
  /** The next entry to send. */
  readonly next: number
  /** Bytes that have been sent and not acknowledged. */
  readonly inFlightBytes: number
  /** Since it last answered, milliseconds. */
  readonly silentMs: number
}

/** What a host answers, by kind. */
export type Response =
  | ErrorResponse
  | LocatedResponse
  | SessionResponse
  | ResultResponse
  | DoneResponse
  | SettingsResponse
  | StatusResponse
  | ChangesResponse
  | BackupResponse

/** `Omit` that keeps the kinds of a union apart. */
export type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never
