/** Calls other than commands, so many at a time. Those that wait for their turn get it in the order in which they came. */
import { overloadedError } from './failures.ts'
import { MAX_OPERATIONS } from './limits.ts'
import type { Patience } from './patience.ts'
import type { Pause, Pauses } from './pauses.ts'
import type { WaitingRoom } from './waiting-room.ts'

interface Waiter {
  isNext: boolean
  pause: Pause | null
}

export class Turns {
  readonly #room: WaitingRoom
  readonly #pauses: Pauses
  readonly #waiting = new Set<Waiter>()
  #taken = 0

  constructor(room: WaitingRoom, pauses: Pauses) {
    this.#room = room
    this.#pauses = pauses
  }

  /** Takes one if there is one: it has to be given back. */
  take(): boolean {
    if (this.#taken >= MAX_OPERATIONS) return false
    this.#taken++
    return true
  }

  /** Waits for one, if there is room to. @throws {RaftedError} `overloaded`; what `patience` throws. */
  async wait(what: string, patience: Patience, bytes: number): Promise<void> {
    if (!this.#room.fits(1, bytes)) throw overloadedError(what, `${this.#taken} calls`)
    const waiter: Waiter = { isNext: false, pause: null }
    this.#waiting.add(waiter)
    this.#room.add(1, bytes)
    try {
      while (!waiter.isNext) {
        patience.check()
        waiter.pause = this.#pauses.begin(patience.leftMs, patience.signal)
        await waiter.pause.done
      }
    } finally {
      this.#waiting.delete(waiter)
      this.#room.add(-1, -bytes)
    }
  }

  /** One is given back: whoever has waited longest is next. */
  give(): void {
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter)
      waiter.isNext = true
      waiter.pause?.end()
      return
    }
    this.#taken--
  }
}
