/**
 * Settles what becomes of a command whose caller has no answer. A withdrawal is an entry of its own: what was applied before it stands, and all that
 * comes after it, however late, finds that it may not be applied. So what is told of the command here stays true.
 */
import type { LogEntry } from '@rafted/contracts'
import type { Withdrawal } from '@rafted/wire'
import type { KeptResults } from './kept-results.ts'
import type { Reply, ReplyStatus } from './replies.ts'
import { endSession, keptReply, type Sessions } from './sessions.ts'

/** @returns the reply the command was given, or what else is known of it. */
export function withdraw(
  { session: id, sequence, key, since }: Withdrawal,
  { index, time }: Pick<LogEntry, 'index' | 'time'>,
  sessions: Sessions,
  results: KeptResults,
): Reply | ReplyStatus {
  const kept = key === null ? undefined : results.get(key)
  if (kept !== undefined) return kept
  if (id === 0) return withdrawKey(key!, since, { index, time }, sessions, results)
  // Nobody has a session of that id yet: it may be opened.
  if (id >= index) return 'expired'
  const session = sessions.touch(id, time)
  // Nothing of it is applied any more. Had this one been, its key would tell, as none was ever forgotten.
  if (session === undefined) return key !== null && results.forgottenTo === 0 ? 'withdrawn' : 'expired'
  if (sequence < session.next) return keptReply(session, sequence) ?? 'forgotten'
  endSession(session, sequence)
  return 'withdrawn'
}

function withdrawKey(
  key: string,
  since: number,
  { index, time }: Pick<LogEntry, 'index' | 'time'>,
  sessions: Sessions,
  results: KeptResults,
): ReplyStatus {
  if (results.isWithdrawn(key)) return 'withdrawn'
  if (results.forgottenTo > since) return 'key-forgotten'
  return results.withdraw(key, index, () => sessions.oldest(time)) ? 'withdrawn' : 'full'
}
