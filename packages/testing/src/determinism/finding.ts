/** What is wrong with a machine, found as it was applied. */
import { shown } from './shown.ts'

/**
 * - `result`, `answer`, `deadline`, `value`: two instances that were fed the same differ, in the result of a command, in the answer to
 *   a query, in the replicated time they wait for, in what they hold.
 * - `snapshot`: a value can't be in a snapshot, or comes back as another one, or changes while its snapshot is read.
 * - `changed-value`: a command of a pure machine changes the value it was given.
 * - `changed-command`: a command, or a query, changes its arguments.
 * - `changed-by-query`: a query changes the value.
 * - `changed-and-refused`: a command has changed the state and then thrown a `CommandError`.
 * - `not-encodable`: the codec can't take a command, a result or a value.
 * - `stops`: a command stops each member that applies it.
 */
export type FindingKind =
  | 'result'
  | 'answer'
  | 'deadline'
  | 'value'
  | 'snapshot'
  | 'changed-value'
  | 'changed-command'
  | 'changed-by-query'
  | 'changed-and-refused'
  | 'not-encodable'
  | 'stops'

/** Something that is wrong with a machine, and where it showed first. */
export interface DeterminismFinding {
  readonly kind: FindingKind
  /** Of the entry at which it was noticed; 0 if before the first. */
  readonly index: number
  /** The command, or the query; undefined if it was before the first. */
  readonly command: unknown
  /** What was found, with both sides, in a few lines. */
  readonly text: string
}

/** What is being applied or asked when something is found. */
export interface Moment {
  readonly index: number
  /** Null before the first command of an instance that was made, or restored. */
  readonly operation: { readonly kind: 'command' | 'query'; readonly given: unknown } | null
}

/** Before the first command. */
export const START: Moment = { index: 0, operation: null }

/** A finding. @param what begins with a verb: what the command did. @param lines what to say of it beyond. */
export function findingAt(
  kind: FindingKind,
  { index, operation }: Moment,
  what: string,
  lines: readonly string[],
): DeterminismFinding {
  const subject =
    operation === null
      ? 'Before its first command, the machine'
      : `The ${operation.kind} ${shown(operation.given)} at index ${index}`
  const text = [`${subject} ${what}`, ...lines.map((line) => `  ${line}`)].join('\n')
  return { kind, index, command: operation?.given, text }
}
