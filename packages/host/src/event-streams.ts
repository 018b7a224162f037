/** What events flow into for whoever reads them in a loop, each bounded in its way. */
import type { AnyEvent, EventOf } from '@rafted/contracts'
import { AsyncQueue } from './async-queue.ts'

/** Where events go. */
export interface Sink {
  put(event: AnyEvent): void
  /** Nothing comes any more. */
  end(): void
}

/** A stream and how many events it had no room for since the last one it took. */
export class BoundedStream implements Sink {
  readonly queue: AsyncQueue<AnyEvent>
  readonly #limit: number
  #dropped = 0

  constructor(limit: number, ended: () => void) {
    this.#limit = limit
    this.queue = new AsyncQueue<AnyEvent>(ended, () => this.#gap())
  }

  put(event: AnyEvent): void {
    if (this.queue.length >= this.#limit) {
      this.#dropped++
      return
    }
    const gap = this.#gap()
    if (gap !== undefined) this.queue.put(gap)
    this.queue.put(event)
  }

  end(): void {
    this.queue.end()
  }

  #gap(): EventOf<'events-dropped'> | undefined {
    const count = this.#dropped
    this.#dropped = 0
    return count === 0 ? undefined : { kind: 'events-dropped', level: 'warn', count }
  }
}

/** Keeps the last state only: what is between the last one read and the last one told is nobody's concern. */
export class LatestStream<T> implements Sink {
  readonly queue: AsyncQueue<T>
  readonly #pick: (event: AnyEvent) => T | undefined

  /** @param pick what an event says, undefined if it says nothing. @param first how it stands when reading begins. */
  constructor(pick: (event: AnyEvent) => T | undefined, first: T, ended: () => void) {
    this.#pick = pick
    this.queue = new AsyncQueue(ended)
    this.queue.put(first)
  }

  put(event: AnyEvent): void {
    const state = this.#pick(event)
    if (state === undefined) return
    this.queue.clear()
    this.queue.put(state)
  }

  end(): void {
    this.queue.end()
  }
}
