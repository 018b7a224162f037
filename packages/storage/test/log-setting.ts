/** A log store on files in memory, with a clock that a test moves. */
import type { Clock, LogEntry, LogStore, LogWrite, RaftedEvent, Random } from '@rafted/contracts'
import { openFileLogStore } from '../src/files/file-log-store.ts'
import { SharedFailure } from '../src/files/shared-failure.ts'
import { MemoryFileSystem } from './memory-file-system.ts'

export const DIRECTORY = '00112233445566778899aabbccddeeff'
export const FIRST_SEGMENT = '/d/log/0000000000000001.log'

export class HandClock implements Clock {
  #now = 0
  #timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  soon(run: () => void): void {
    this.after(0, run)
  }

  /** Lets time pass, and what follows from it happen. */
  async pass(ms: number): Promise<void> {
    this.#now += ms
    for (const timer of this.#timers.filter(({ at }) => at <= this.#now)) {
      this.#timers = this.#timers.filter((other) => other !== timer)
      timer.run()
    }
    await settled()
  }
}

/** All that follows in memory from what was begun has happened. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 200; i++) await Promise.resolve()
}

export interface Setting {
  readonly system: MemoryFileSystem
  readonly clock: HandClock
  readonly events: RaftedEvent[]
  /** Moments at which the lock was looked at. */
  readonly lock: { isStale: boolean; checks: number; failure: Error | null }
  open(): Promise<LogStore>
}

export function setting({
  system = new MemoryFileSystem(),
  segmentBytes = 1 << 20,
  quotaBytes = Number.POSITIVE_INFINITY,
} = {}): Setting {
  const clock = new HandClock()
  const events: RaftedEvent[] = []
  let draws = 0
  const random: Random = { number: () => 0.5, bytes: (count) => new Uint8Array(count).fill(++draws) }
  const state = { isStale: false, checks: 0, failure: null as Error | null }
  const lock = {
    get isStale() {
      return state.isStale
    },
    check: async () => {
      state.checks++
      if (state.failure !== null) throw state.failure
    },
    release: async () => {},
  }
  const options = { fileSystem: system, clock, random, lock, directory: DIRECTORY, segmentBytes, quotaBytes }
  const event = (what: RaftedEvent): void => {
    events.push(what)
  }
  return {
    system,
    clock,
    events,
    lock: state,
    open: () => openFileLogStore({ ...options, path: '/d', event, failure: new SharedFailure() }),
  }
}

/** xorshift32: the same numbers for the same seed. */
export function numbers(seed: number): (below: number) => number {
  let x = (seed * 2654435761 + 1) >>> 0
  return (below) => {
    x ^= x << 13
    x >>>= 0
    x ^= x >>> 17
    x ^= x << 5
    x >>>= 0
    return x % below
  }
}

export const identity = { incarnation: 'a'.repeat(32), member: 'b'.repeat(32) }

export function entry(index: number, term = 1, size = 20): LogEntry {
  const payload = new Uint8Array(size).map((_, i) => (index * 31 + term * 7 + i) % 251)
  return { index, term, kind: 3, time: index * 10, payload }
}

export function entries(from: number, to: number, term = 1, size = 20): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, term, size))
}

export function write(change: Partial<LogWrite>): LogWrite {
  return { term: 1, vote: null, reset: null, truncateFrom: null, entries: [], ...change }
}

/** What tests compare: fast, however many entries there are. */
export function textOf(entries: readonly LogEntry[]): string[] {
  return entries.map(
    ({ index, term, kind, time, payload }) =>
      `${index}/${term}@${time} ${kind} ${Buffer.from(payload).toString('hex')}`,
  )
}

/** @returns everything in the group's log, in one text per entry. */
export async function contentOf(store: LogStore, group = 'g'): Promise<string[]> {
  const opened = (await store.open(group))!
  return textOf(await store.read(group, opened.base.index + 1, 1_000_000, Number.MAX_SAFE_INTEGER))
}
