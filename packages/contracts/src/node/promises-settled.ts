import { nextTick } from 'node:process'

/**
 * Resolves once every callback of a promise that can run has run, for simulations of many steps: a fraction of what a turn of the event loop
 * (`realClock.soon`) costs. To be called from such a callback, as whatever follows an `await` is; from elsewhere it may resolve too early. The
 * event loop doesn't turn meanwhile, so let it from time to time.
 */
export function promisesSettled(): Promise<void> {
  return new Promise(nextTick)
}
