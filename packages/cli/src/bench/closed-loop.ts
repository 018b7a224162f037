/** So many callers, each of which asks for the next thing when it has been answered. */
import { type Clock, isRaftedError } from '@rafted/contracts'
import { Latencies, type LatencySummary } from './latencies.ts'

export interface ClosedLoop {
  readonly callers: number
  /** Ends after so long, or so many calls. */
  readonly forMs: number
  readonly calls: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** @param number counts the calls, of all callers together. */
  call(number: number): Promise<unknown>
  /** Told after each call. */
  progress(done: number): void
}

export interface LoopResult {
  readonly ms: number
  /** Of those that were answered. */
  readonly latencies: LatencySummary
  /** Those that were not, by code. */
  readonly failures: Readonly<Record<string, number>>
}

/** @throws what a call rejects with that is no `RaftedError`. */
export async function closedLoop(loop: ClosedLoop): Promise<LoopResult> {
  const { callers, forMs, calls, clock, signal } = loop
  const latencies = new Latencies()
  const failures: Record<string, number> = {}
  const began = clock.now()
  let begun = 0
  let done = 0
  const caller = async (): Promise<void> => {
    while (begun < calls && clock.now() - began < forMs && !signal.aborted) {
      const sent = clock.now()
      try {
        await loop.call(begun++)
        latencies.add(clock.now() - sent)
      } catch (error) {
        if (!isRaftedError(error)) throw error
        failures[error.code] = (failures[error.code] ?? 0) + 1
      }
      loop.progress(++done)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return { ms: clock.now() - began, latencies: latencies.summary(), failures }
}
