/**
 * The application's clock, for whoever waits for another thread: before a time is over, what has arrived meanwhile is read. An event loop that was blocked
 * runs its timers first, and would take for late what has long been there.
 */
import type { Cancel, Clock } from '@rafted/contracts'

/** @param drain tells what has arrived. @returns whether there was something. */
export function drainingClock(clock: Clock, drain: () => boolean): Clock {
  return {
    now: () => clock.now(),
    wall: () => clock.wall(),
    soon: (run) => clock.soon(run),
    after(ms, run): Cancel {
      let stopped = false
      const stop = clock.after(ms, () => {
        // What was told goes through promises: those run before what is to run soon.
        if (drain()) clock.soon(() => (stopped ? undefined : run()))
        else if (!stopped) run()
      })
      return () => {
        stopped = true
        stop()
      }
    },
  }
}
