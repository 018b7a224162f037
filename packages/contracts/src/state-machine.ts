/** What a group replicates. Written in one of the two ways of `define-value.ts`, or directly. */
import type { Codec } from './codec.ts'

/** A command or query of a machine without named operations: what its author says it is, on the author's word. */
// biome-ignore lint/suspicious/noExplicitAny: callers and machine agree on the shape; nothing between them looks at it.
export type Untyped = any

/** Where and when a command is applied: the same on every member. */
export interface ApplyContext {
  readonly index: number
  readonly term: number
  /** Replicated time, milliseconds: stamped by the leader, never goes back, has no relation to the wall clock. */
  readonly time: number
  /** Version of the machine that is in force: what the command does is what code of that version does. */
  readonly version: number
}

/** By what a query is answered. */
export interface QueryContext {
  /** Replicated time of the newest entry that the state holds, milliseconds. Where a deadline has come, this is past it as soon as the entry that says so is applied. */
  readonly time: number
  /** Version of the machine that is in force. */
  readonly version: number
}

/**
 * One instance of a machine. All methods are synchronous. `apply` is deterministic: what it does follows from the
 * instance's state, the command and the context alone.
 */
export interface StateMachine {
  /**
   * Applies a decoded command and returns its result (encoded at once by the host).
   * @throws {CommandError} before anything has changed: the command is refused, on every member alike.
   * What else it throws is handled as `failure` says.
   */
  apply(command: unknown, context: ApplyContext): unknown
  /**
   * Takes back what the `apply` just before has changed: called when its result can't be encoded. A machine without it
   * keeps the change, and its caller learns that the command failed.
   */
  undo?(): void
  /** Answers a decoded query. Changes nothing. @param context given by hosts always; else it is that of the newest version. */
  query(query: unknown, context?: QueryContext): unknown
  /**
   * Replicated time at which this machine wants to see an entry, or null. Where nothing else comes by then, the leader makes one, of kind `time`, with
   * the machine's `atDeadline` for its command. Asked after commands, so it takes no time to tell. A deadline that stays where it was when it has come is
   * asked for again, some fifty times a second at most: a state may do much work in parts.
   */
  deadline?(): number | null
  /**
   * Chunks of the state as it is now. They are read once, pulled one by one while `apply` goes on: the view is frozen. Whoever
   * stops before the end calls `return` of the iterator, if there is one: the machine keeps what has changed since until then.
   * A host gives the chunk that it no longer needs to `next` of the iterator when it asks for another one: that memory may be written to again.
   * @param version the one in force, by which they are written: given by hosts always, else the newest.
   */
  snapshot(version?: number): Iterable<Uint8Array>
  /** All chunks are made when `snapshot` is called, which holds up the process: a host warns where they are large. */
  readonly encodesAtOnce?: boolean
  /** The value, where the machine has one to show to hooks (pure machines). */
  readonly value?: unknown
}

/** How to make a machine: what `group` and `createGroup` are given. */
export interface Machine {
  /** The newest behaviour that the code knows. */
  readonly version: number
  /** The oldest. The code knows all from there to `version`, and goes by the one in force. */
  readonly oldestVersion: number
  readonly codec: Codec | null
  /**
   * What a throw other than `CommandError` out of `apply` means. `command`: the machine is untouched, and the command
   * failed alike on every member. `halt`: the machine may be half changed; the member stops at this index.
   */
  readonly failure: 'command' | 'halt'
  /** What is applied where a deadline has come: a command, as clients send them, and who sends it is the leader. Absent: time passes, and nothing is applied. */
  readonly atDeadline?: unknown
  /** A new instance, with the value that a group begins with. `codec` is the machine's own, or else the host's. */
  create(codec: Codec): StateMachine
  /**
   * Builds an instance from the chunks of a snapshot. The old instance stands until this has resolved.
   * @param version the one that was in force where it was taken: given by hosts always, else the newest.
   */
  restore(chunks: AsyncIterable<Uint8Array>, codec: Codec, version?: number): Promise<StateMachine>
}
