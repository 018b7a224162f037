/** Errors answer "could it have happened?" (`outcome`), say what happened, and what to do. */

/**
 * `not-applied`: it has not happened and will not happen. `unknown`: it may have happened, or may still happen.
 */
export type Outcome = 'not-applied' | 'unknown'

/** Every code there is. Codes are part of the interface: they are added, never renamed. docs/errors.md tells of each what to do. */
export type ErrorCode =
  // calls
  | 'not-leader'
  | 'no-leader'
  | 'timeout'
  | 'aborted'
  | 'overloaded'
  | 'closed'
  | 'unreachable'
  | 'session-expired'
  /** Somebody has asked what became of the command (`resolve`) before it was applied: it never will be. */
  | 'withdrawn'
  /** What became of the command was known, and is no longer kept. */
  | 'forgotten'
  /** A command before this one of the session has not arrived; nothing happened. The client sends it again, in order. */
  | 'sequence-gap'
  /** The leader is handing over and takes no commands meanwhile; the client sends them again. */
  | 'transferring'
  | 'too-many-sessions'
  | 'command-failed'
  | 'command-error'
  | 'query-failed'
  /** The member that was asked can't show that its value is as new as it has to be; others may, or the same one a little later. */
  | 'too-stale'
  | 'too-large'
  | 'invalid-argument'
  | 'unsupported'
  /** The client has no right to do this with the group. */
  | 'not-allowed'
  // recipes
  /** What was held under a lease is not held any more, or may not be. */
  | 'lease-lost'
  /** A resource has seen a higher token. */
  | 'stale-token'
  // groups and members
  | 'no-such-group'
  | 'ambiguous-group'
  | 'already-exists'
  | 'group-mismatch'
  | 'member-lost'
  | 'member-stopped'
  | 'member-removed'
  | 'host-id-in-use'
  | 'change-pending'
  | 'no-own-term-entry'
  | 'configuration-changed'
  /** The settings in effect are others than those that a change of them was based on. */
  | 'settings-changed'
  | 'quorum-at-risk'
  /** A learner that is to vote has not caught up; the client asks again. */
  | 'not-caught-up'
  | 'invalid-configuration'
  | 'no-such-member'
  | 'not-a-voter'
  | 'member-unresponsive'
  /** Its log is damaged: it can't lead until it is whole again. */
  | 'member-damaged'
  /** Leadership is on its way to another member than the one that is asked for. */
  | 'transfer-pending'
  | 'transfer-failed'
  | 'already-member'
  /** Newer behaviours are in force in the group than the machine here knows: this host needs newer code. */
  | 'machine-too-old'
  /** Older behaviours are in force in the group than the machine here still knows: this host needs code that knows both. */
  | 'machine-too-new'
  // fleets
  /** The fleet has no registry yet, as far as anybody that was asked knows. */
  | 'not-initialised'
  /** A host that takes no part in its fleet was to. */
  | 'inactive'
  /** A host that takes part in its fleet already. */
  | 'not-inactive'
  /** No host may take a member of the group. */
  | 'no-active-host'
  | 'peers-unreachable'
  /** Those that are left of a group are a quorum: it needs no recovery. */
  | 'quorum-survives'
  /** A voter that is to be given up answers. */
  | 'voter-answers'
  // storage and transport
  | 'damaged-storage'
  | 'storage-failed'
  /** Another process holds the directory, or has taken it. */
  | 'directory-in-use'
  /** The directory belongs to another host or cluster, or holds something that is not Rafted's. */
  | 'wrong-directory'
  | 'address-in-use'
  /** The thread that a host ran in has ended by itself. */
  | 'worker-failed'
  | 'bad-bytes'
  | 'wrong-cluster'
  | 'wrong-secret'
  /** A certificate of TLS is not accepted; `details.reason` says why. */
  | 'wrong-certificate'
  | 'version-mismatch'

/** What a `RaftedError` says beside its code and its text. */
export interface ErrorDetails {
  /** Could it have happened? */
  readonly outcome: Outcome
  /** What the error knows beyond its text, as plain data. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** The one error class of Rafted's own failures; tell them apart by `code`. */
export class RaftedError extends Error {
  override readonly name: string = 'RaftedError'
  /** What happened, for programs. Never renamed. */
  readonly code: ErrorCode
  /** Could it have happened? */
  readonly outcome: Outcome
  /** What the error knows beyond its text, as plain data; which fields there are depends on the code. Empty if none. */
  readonly details: Readonly<Record<string, unknown>>

  /** @param message what happened and what to do, in one or two sentences. */
  constructor(code: ErrorCode, message: string, { outcome, details, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.outcome = outcome
    this.details = details ?? {}
  }
}

/**
 * What a machine throws to refuse a command: its fields are replicated, so every member and the caller see the same.
 * The value stays as it was.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** The machine's own code. */
  readonly reason: string
  /** Plain data for the caller; must be encodable by the value's codec. */
  readonly data: unknown

  constructor(reason: string, message: string, data: unknown = null) {
    super(message)
    this.reason = reason
    this.data = data
  }
}

/** @returns whether `error` is one of Rafted's, of this code if one is named. */
export function isRaftedError<Code extends ErrorCode>(
  error: unknown,
  code?: Code,
): error is RaftedError & { readonly code: Code } {
  return error instanceof RaftedError && (code === undefined || error.code === code)
}
