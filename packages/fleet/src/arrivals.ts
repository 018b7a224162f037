/**
 * Groups that have been started here again, and look for their leaders. Each asks the others, whose leader wakes for as long as it takes to bring the member up to date: a host that comes
 * back with thousands of groups, and asked for all of them at once, would have them all awake at the same time, on all hosts.
 */
import type { Cancel, Clock, Subscription } from '@rafted/contracts'
import type { Host } from '@rafted/host'

/** That look for their leaders at a time. */
const AT_ONCE = 128
/** How long the next ones wait for one that finds none, milliseconds. */
const HELD_MS = 250

export class Arrivals {
  readonly #clock: Clock
  /** And when they began to look; the oldest first. */
  readonly #looking = new Map<string, number>()
  readonly #subscriptions: Subscription[]
  #wake: () => void = () => {}
  #isOver = false
  #timer: Cancel = () => {}

  constructor(host: Pick<Host, 'on'>, clock: Clock) {
    this.#clock = clock
    this.#subscriptions = [
      host.on('role', ({ group, leader }) => {
        if (leader !== null) this.#ended(group)
      }),
      host.on('member-stopped', ({ group }) => this.#ended(group)),
    ]
  }

  /** It has been started. Resolves once there is room for the next one. */
  async started(group: string): Promise<void> {
    if (this.#isOver) return
    this.#looking.set(group, this.#clock.now())
    while (this.#looking.size >= AT_ONCE) {
      const [oldest, since] = this.#looking.entries().next().value!
      const ms = since + HELD_MS - this.#clock.now()
      if (ms <= 0) this.#looking.delete(oldest)
      else await this.#change(ms)
    }
  }

  /** Until one has found its leader, and no longer than that. */
  async #change(mostMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      this.#timer = this.#clock.after(mostMs, resolve)
    })
    this.#timer()
  }

  #ended(group: string): void {
    if (this.#looking.delete(group)) this.#wake()
  }

  /** All have been started, or nobody is to be any more: nobody waits. */
  close(): void {
    this.#isOver = true
    for (const end of this.#subscriptions) end()
    this.#looking.clear()
    this.#timer()
    this.#wake()
  }
}
