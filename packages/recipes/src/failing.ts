/** What becomes of calls that fail, and of work that does. */
import { type Cancel, type Clock, type ErrorCode, isRaftedError } from '@rafted/contracts'
import { MAX_REASON } from './checked-arguments.ts'

/** What no waiting mends. A group that isn't there may be created yet. */
const FINAL: readonly ErrorCode[] = [
  'aborted',
  'closed',
  'invalid-argument',
  'not-allowed',
  'ambiguous-group',
  'unsupported',
  'command-error',
  'command-failed',
  'bad-bytes',
]

/** Whether it makes no sense to try again. */
export function isFinal(error: unknown): boolean {
  return !isRaftedError(error) || FINAL.includes(error.code)
}

/** Milliseconds before the next try, after so many that have failed. */
export function retryMs(failures: number): number {
  return Math.min(100 * 2 ** failures, 5000)
}

/** What work has thrown, in a few words. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : typeof error === 'string' ? error : 'failed'
  return String(text).slice(0, MAX_REASON)
}

/** Resolves after `ms`, or when the signal is aborted. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let cancel: Cancel = () => {}
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    cancel = clock.after(ms, end)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
