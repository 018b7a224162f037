/** The clock of one simulated process: it may run fast or slow, jump, stand still, and hold back all that happens in the process. */
import type { Cancel, Clock } from '@rafted/contracts'
import type { VirtualTime } from './virtual-clock.ts'

/** No timer runs sooner: what is left of a sum of fractions must not be waited for without end. */
const LEAST_MS = 0.001

export interface HostClockOptions {
  readonly time: VirtualTime
  /** Of its milliseconds, how many pass in one of the cluster's. */
  readonly rate: number
  /** Called before anything of the process runs. */
  onRun(): void
}

export class HostClock implements Clock {
  readonly #time: VirtualTime
  readonly #onRun: () => void
  #rate: number
  /** Its own time was `#base` when the cluster's was `#anchor`. */
  #base = 0
  #anchor: number
  #wallOffset = 0
  #killed = false
  /** What would have run while the process is stopped, in order; null while it runs. */
  #held: (() => void)[] | null = null
  /** What its disk has finished meanwhile: that does happen, even if the process never learns of it. */
  #heldDisk: (() => void)[] = []
  /** Whether its monotonic clock stands still while it is stopped, as that of a suspended machine may. */
  #isSuspended = false
  /** Its clocks have come apart, and the process has not done anything since. */
  isUnlooked = false
  /** Milliseconds that the process is late at most, with whatever it does. */
  lateMs = 0
  /** How late it is this time, from 0 to 1. */
  chance: () => number = () => 0

  constructor({ time, rate, onRun }: HostClockOptions) {
    this.#time = time
    this.#rate = rate
    this.#onRun = onRun
    this.#anchor = time.now
  }

  now(): number {
    if (this.#isSuspended) return this.#base
    return this.#base + (this.#time.now - this.#anchor) * this.#rate
  }

  wall(): number {
    // Whoever asks for the one asks for the other as well, and sees that they have come apart.
    if (this.#held === null) this.isUnlooked = false
    return this.#time.now + this.#wallOffset
  }

  after(ms: number, run: () => void): Cancel {
    let due: (() => void) | null = run
    const fire = (): void => {
      const now = due
      due = null
      now?.()
    }
    const delay = Math.max(LEAST_MS, ms / this.#rate + this.#lateness())
    const cancel = this.#time.after(delay, () => this.enter(fire))
    return () => {
      due = null
      cancel()
    }
  }

  soon(run: () => void): void {
    if (this.lateMs > 0) this.#time.after(this.#lateness(), () => this.enter(run))
    else this.#time.soon(() => this.enter(run))
  }

  /** Runs `run` in the process: not at all if that is killed, and once it goes on if it is stopped. */
  enter(run: () => void): void {
    if (this.#killed) return
    if (this.#held !== null) {
      this.#held.push(run)
      return
    }
    this.#onRun()
    run()
  }

  /** As `after`, for what the machine's disk does: by the cluster's time, and also if the process is killed meanwhile. */
  afterOnDisk(ms: number, run: () => void): Cancel {
    return this.#time.after(ms, () => {
      if (this.#held !== null && !this.#killed) {
        this.#heldDisk.push(run)
        return
      }
      this.#onRun()
      run()
    })
  }

  get isKilled(): boolean {
    return this.#killed
  }

  get isHeld(): boolean {
    return this.#held !== null
  }

  /** What waits for the process to go on. */
  get waiting(): number {
    return this.#held?.length ?? 0
  }

  kill(): void {
    this.#killed = true
    this.#held = null
    this.#release()
  }

  /** Stops the process. @param suspended whether its monotonic clock stands still meanwhile. */
  hold(suspended: boolean): void {
    if (this.#held !== null || this.#killed) return
    this.#held = []
    if (!suspended) return
    this.#base = this.now()
    this.#isSuspended = true
  }

  /** Lets it go on: all that waits runs at once, one after the other. */
  resume(): void {
    const held = this.#held
    if (held === null) return
    this.#held = null
    if (this.#isSuspended) {
      this.#isSuspended = false
      this.isUnlooked = true
      this.#anchor = this.#time.now
    }
    this.#release()
    for (const run of held) this.#time.after(0, () => this.enter(run))
  }

  #release(): void {
    const held = this.#heldDisk
    this.#heldDisk = []
    for (const run of held) this.#time.after(0, run)
  }

  /** From now on it runs at another rate. */
  drift(rate: number): void {
    this.#base = this.now()
    this.#anchor = this.#time.now
    this.#rate = rate
  }

  /** The monotonic clock is suddenly later: it has counted a sleep that the process knows nothing of. */
  jump(ms: number): void {
    this.#base += ms
    this.isUnlooked = true
  }

  /** The wall clock is set. */
  setWall(offsetMs: number): void {
    this.#wallOffset = offsetMs
    this.isUnlooked = true
  }

  #lateness(): number {
    return this.lateMs === 0 ? 0 : this.lateMs * this.chance()
  }
}
