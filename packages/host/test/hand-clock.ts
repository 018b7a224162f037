/** A clock that the test moves. */
import type { Clock } from '@rafted/contracts'

export function handClock() {
  let now = 0
  let timers: { readonly at: number; readonly run: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    wall: () => now,
    soon: (run) => run(),
    after: (ms, run) => {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
  }
  const due = (until: number) => timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
  return {
    clock,
    timers: () => timers.length,
    pass: (ms: number) => {
      for (const until = now + ms; ; ) {
        const timer = due(until)
        now = timer?.at ?? until
        if (timer === undefined) return
        timers = timers.filter((other) => other !== timer)
        timer.run()
      }
    },
    /** Nothing of this process runs for so long. */
    block: (ms: number) => {
      now += ms
      for (let timer = due(now); timer !== undefined; timer = due(now)) {
        timers = timers.filter((other) => other !== timer)
        timer.run()
      }
    },
  }
}
