import type { Cancel, Clock } from '../clock.ts'
import { Soon } from './soon.ts'

/** The longest delay Node.js takes; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

const soon = new Soon(
  (run) => setImmediate(run),
  () => performance.now(),
)

/**
 * Real time. A pending timer keeps the process alive: a host that is open is not done. `soon` runs after the events that
 * wait already, so that a turn finds them all; what then makes more due soon doesn't wait for the events since.
 */
export const realClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms: number, run: () => void): Cancel {
    const due = performance.now() + ms
    let timer: ReturnType<typeof setTimeout>
    const start = (left: number): void => {
      timer = setTimeout(fire, Math.min(Math.max(0, Math.ceil(left)), MAX_DELAY_MS))
    }
    const fire = (): void => {
      // Timers count whole milliseconds and may come a fraction early; and a long delay takes several.
      const left = due - performance.now()
      if (left > 0) start(left)
      else finish(run)
    }
    start(ms)
    return () => clearTimeout(timer)
  },
  soon: (run: () => void) => soon.add(run),
}

/** A timer is due: what was to run soon comes first, and what that throws doesn't cost the timer. */
function finish(run: () => void): void {
  try {
    soon.runNow()
  } finally {
    run()
  }
}
