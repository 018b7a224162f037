import { type LogEntry, RaftedError } from '@rafted/contracts'

/** What `restore` says of an entry that it can't put back. */
export function notDamaged(
  group: string,
  { index, term }: Pick<LogEntry, 'index' | 'term'>,
  why = 'it is not damaged',
): RaftedError {
  return new RaftedError(
    'invalid-argument',
    `Entry ${index} of term ${term} of group "${group}" can't be put back: ${why}. Open the log to see what is damaged.`,
    { outcome: 'not-applied', details: { group, index, term } },
  )
}
