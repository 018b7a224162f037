/** What a watcher of a replicated value is told. */
import type { AnyDefinition, AppliedOf, QueriesOf } from './operations.ts'

/** A command that has changed the value. */
export interface Change<Command = unknown> {
  readonly kind: 'change'
  /** Where it stands in the log. Watching goes on from `from: index + 1`. */
  readonly index: number
  readonly term: number
  /** Replicated time at which it was applied, milliseconds: stamped by the leader, never goes back, has no relation to the wall clock. */
  readonly time: number
  /** As it comes back from the value's codec. */
  readonly command: Command
}

/**
 * The value as it was after `index`, in place of the changes up to there: the log no longer goes back to where they were asked for, be it that this was long
 * ago, or that whoever watches has been slower than the log is kept. Whoever builds something from changes begins anew with it.
 */
export interface WatchedSnapshot<Queries = Readonly<Record<string, (...args: never[]) => unknown>>> {
  readonly kind: 'snapshot'
  readonly index: number
  readonly term: number
  readonly time: number
  /** The value, of a pure definition; undefined of one that is changed in place. */
  readonly value: unknown
  /** Queries that this value answers, here and at once. */
  readonly queries: Queries
}

/** How a command stands in the log: its name, then its arguments, as the schemas have made them. */
export type CommandCallsOf<D extends AnyDefinition> = {
  [Name in keyof AppliedOf<D> & string]: readonly [name: Name, ...args: Parameters<AppliedOf<D>[Name]>]
}[keyof AppliedOf<D> & string]

/** What a watcher reads: a change, or the value in place of changes that are no longer there. */
export type WatchEvent<D extends AnyDefinition> =
  | Change<CommandCallsOf<D>>
  | WatchedSnapshot<{ readonly [Name in keyof QueriesOf<D>]: QueriesOf<D>[Name] }>

/** Where watching begins. */
export interface WatchOptions {
  /**
   * Index of the first change that is wanted: one more than that of the last one that was told, to go on from there. 1 for all there is. Default: those that
   * follow what has been done before `watch` is called.
   */
  readonly from?: number | undefined
}

/** What a value tells, one by one, to one reader. Whoever stops reading calls `return`, as a loop does. */
export interface Watch<Event> extends AsyncIterableIterator<Event> {
  /** Ends the watch. */
  return(): Promise<IteratorResult<Event, undefined>>
}
