/** The typed handle to a replicated value, as a client gives it. */
import type { AnyDefinition, CommandsOf, QueriesOf } from './operations.ts'
import type { Watch, WatchEvent, WatchOptions } from './watching.ts'

/** What a call needs of an `AbortSignal`. Every `AbortSignal` is one. */
export interface CallSignal {
  /** Whether it has been given up already. */
  readonly aborted: boolean
  /** Why; the error of the call has it as its cause. */
  readonly reason: unknown
  /** Calls `listener` when it is given up. */
  addEventListener(type: 'abort', listener: () => void): void
  /** Takes the listener back, when the call has ended. */
  removeEventListener(type: 'abort', listener: () => void): void
}

/** How a call is made. What is not named, or is undefined, is as it was before. */
export interface CallOptions {
  /**
   * Milliseconds to wait for the answer, retries included. After that the call rejects with `timeout`; a command may
   * still take effect (`outcome` tells).
   */
  readonly timeoutMs?: number | undefined
  /** Ends the wait: the call rejects with `aborted`. A command may still take effect (`outcome` tells). */
  readonly signal?: CallSignal | undefined
  /**
   * The caller's own name for one command: two commands with one key take effect once, also when the second comes from
   * a process that was started anew. Queries ignore it.
   */
  readonly key?: string | undefined
  /**
   * Which trace the call of a command belongs to: a W3C `traceparent`, or any other text of at most 64 bytes. It goes with the command to the leader, whose observer is told of it
   * when the command has been applied there (`traced-command`). It is not in the log. Queries ignore it.
   */
  readonly trace?: string | undefined
  /** What a query may answer from. Default `linearizable`. */
  readonly read?: Read | undefined
  /** Which member answers a query. Default `leader`, or `here` for `stale` and `{ maxStalenessMs }`. */
  readonly on?: ReadOn | undefined
}

/**
 * What a query may answer from.
 *
 * - `linearizable`: all that was done before it was asked. Costs a round of heartbeats, which all queries share that wait at the time.
 * - `lease`: the same, without the round, where the leader holds a lease (`clockDriftMarginMs`). Assumes that clocks keep within that
 *   margin, and that a pause shows in one of them.
 * - `{ maxStalenessMs }`: all that was done before so many milliseconds, by the clock of the member that answers. Also what is newer than that.
 * - `stale`: whatever the member that answers has applied.
 */
export type Read = 'linearizable' | 'lease' | 'stale' | { readonly maxStalenessMs: number }

/**
 * Which member answers a query.
 *
 * - `leader`: the one that leads.
 * - `here`: the one nearest: of the host this client lives in, else whichever answered last. One that doesn't lead asks its leader once for
 *   all the queries that wait.
 */
export type ReadOn = 'leader' | 'here'

/**
 * A replicated value to its callers: a method for each command and query, which takes the caller's arguments and
 * resolves with what the operation returned, as it comes back from the value's codec. What goes wrong is a
 * `RaftedError` whose `outcome` says whether it could have happened.
 */
export type ValueHandle<D extends AnyDefinition> = Methods<CommandsOf<D>> &
  Methods<QueriesOf<D>> & {
    /** The same value, called with these options on top of those of this handle. */
    with(options: CallOptions): ValueHandle<D>
    /**
     * What changes the value, in the order of the log: each change once, none left out. Goes on through failures and changes of leaders and members
     * until the handle's `signal` ends it (`aborted`), or the client is closed (`closed`). Nothing is asked ahead of its reader.
     *
     * Reading rejects with `no-such-group`, `ambiguous-group` (the group was recovered), and where a snapshot is of a version of the machine that this code doesn't
     * know (`machine-too-old`, `machine-too-new`); and that is its end.
     * @throws {RaftedError} `invalid-argument`.
     */
    watch(options?: WatchOptions): Watch<WatchEvent<D>>
    /**
     * The query's answer, and again whenever it is another one: each is linearizable, and what is overtaken before it is read is left out. Two are the same
     * if their bytes are.
     * @throws {RaftedError} `invalid-argument`. Reading rejects as that of `watch` does, and as the query does where it is refused or fails.
     */
    watchQuery<Name extends keyof QueriesOf<D> & string>(
      name: Name,
      ...args: Parameters<QueriesOf<D>[Name]>
    ): Watch<ReturnType<QueriesOf<D>[Name]>>
  }

type Methods<Operations> = {
  readonly [Name in keyof Operations]: Operations[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never
}
