/** Tells, now and then, how far the reading of a log has come. A short one says nothing. */
import type { Clock, RaftedEvent } from '@rafted/contracts'
import type { LogProgress } from './log-read.ts'

const TELL_EVERY_MS = 500

/** @returns what to call with each segment that has been read. */
export function openingProgress(
  clock: Pick<Clock, 'now'>,
  event: (event: RaftedEvent) => void,
): (progress: LogProgress) => void {
  let told = clock.now()
  return (progress) => {
    const now = clock.now()
    if (now - told < TELL_EVERY_MS) return
    told = now
    event({ kind: 'log-opening', level: 'info', ...progress })
  }
}
