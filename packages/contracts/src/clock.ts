/** Time, as a seam: tests run on a virtual clock. */

/** Stops a timer. Harmless when it has fired or was stopped. */
export type Cancel = () => void

/** What tells the time and waits: of Node.js (`realClock`), or of a test, where it passes when the test says so. */
export interface Clock {
  /** Monotonic milliseconds since an unspecified moment. Never goes back. May have fractions. */
  now(): number
  /** Wall-clock milliseconds since 1970 UTC. For people to read and for doubt about `now`; no decision rests on it alone. */
  wall(): number
  /** Runs `run` once, not before `ms` milliseconds have passed. Keeps the process alive no longer than asked for. */
  after(ms: number, run: () => void): Cancel
  /** Runs `run` once, after the current run of code and what waits already, before any timer. */
  soon(run: () => void): void
}
