/** Waiting for what is none of this client's, and may never come. */
import type { Context } from './context.ts'
import { overloadedError } from './failures.ts'
import { MAX_OPERATIONS } from './limits.ts'
import type { Patience } from './patience.ts'
import type { Pause } from './pauses.ts'

/** @throws {RaftedError} what `promise` rejects with; `closed`, `aborted`, `timeout`, `overloaded`. */
export async function patiently<T>(
  context: Context,
  what: string,
  promise: Promise<T>,
  patience: Patience,
): Promise<T> {
  if (!context.turns.take()) {
    promise.catch(() => {})
    throw overloadedError(what, `${MAX_OPERATIONS} calls`)
  }
  let isSettled = false
  let pause: Pause | null = null
  const settled = (): void => {
    isSettled = true
    pause?.end()
  }
  promise.then(settled, settled)
  try {
    while (!isSettled) {
      patience.check()
      pause = context.pauses.begin(patience.leftMs, patience.signal)
      await pause.done
    }
    return await promise
  } finally {
    context.turns.give()
  }
}
