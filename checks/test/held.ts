/** What is held for ends of a network: what a place of the suite of transports counts. */
import type { Cancel, Clock, Transport } from '@rafted/contracts'
import { realClock } from '@rafted/contracts/node'
import { keptBytes } from '../src/kept-bytes.ts'

/** Transports as long as anybody reaches them, and the memory of this process. */
export class Held {
  readonly #transports: WeakRef<Transport>[] = []

  add(transport: Transport): void {
    this.#transports.push(new WeakRef(transport))
  }

  async count(): Promise<{ transports: number; bytes: number }> {
    const bytes = await keptBytes()
    return { transports: this.#transports.filter((ref) => ref.deref() !== undefined).length, bytes }
  }
}

/** Real time, which knows how many timers run. */
export class CountedClock implements Clock {
  timers = 0

  now(): number {
    return realClock.now()
  }

  wall(): number {
    return realClock.wall()
  }

  soon(run: () => void): void {
    realClock.soon(run)
  }

  after(ms: number, run: () => void): Cancel {
    let isOver = false
    const end = (): void => {
      if (!isOver) this.timers -= 1
      isOver = true
    }
    this.timers += 1
    const cancel = realClock.after(ms, () => {
      end()
      run()
    })
    return () => {
      end()
      cancel()
    }
  }
}

/** Sockets of this process, those that listen included. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((what) => /^(TCP|Pipe).*Wrap$/.test(what)).length
}
