/**
 * How long the disk of a host takes to answer. One that has been slow for a while is told of once, and once when that is over. A full disk is
 * slow as well.
 *
 * What is measured is the disk, and not how many writes wait for it: from when a write was asked for, or from the answer before where
 * several are under way, to the next answer.
 */
import type { RaftedEvent } from '@rafted/contracts'
import type { MemberStatus } from '@rafted/wire'
import { LatencyWindow } from './latency-window.ts'

/** An answer that takes longer than this is slow, unless the host is told otherwise. */
export const SLOW_DISK_MS = 500
/** Answers that are remembered: a quick disk gives many in a minute. */
const SAMPLES = 1024
/** So often it is looked at, … */
const LOOK_MS = 1000
/** … and so many more looks must find it slow than quick, or the other way round, before it is told. Where nothing was written a look finds neither. */
const LOOKS = 10

export interface DiskWatchOptions {
  readonly slowMs: number
  event(event: RaftedEvent): void
}

export class DiskWatch {
  readonly #options: DiskWatchOptions
  readonly #window = new LatencyWindow(SAMPLES)
  /** Writes that were asked for and not answered, and since when nothing was: meaningless without any. */
  #underWay = 0
  #waitingSince = 0
  /** What is under way has been counted as a stall. */
  #isStall = false
  #stalls = 0
  /** Since the last look there was an answer, or a stall. */
  #sawAnswer = false
  #sawStall = false
  #lookedAt = Number.NEGATIVE_INFINITY
  /** By how many looks it is nearer to being slow than to being quick: 0 to `LOOKS`. */
  #score = 0
  #isSlow = false

  constructor(options: DiskWatchOptions) {
    this.#options = options
  }

  /** A write is asked for. */
  asked(now: number): void {
    if (this.#underWay++ === 0) this.#waitingSince = now
  }

  /** So many writes are durable. */
  answered(writes: number, now: number): void {
    this.#noteStall(now)
    this.#window.add(this.#waitingMs(now), now)
    this.#underWay -= writes
    this.#waitingSince = now
    this.#isStall = false
    this.#sawAnswer = true
  }

  /** This process was blocked or paused for so long: what the disk has answered meanwhile may wait unread (F94g). */
  excuse(lateMs: number, now: number): void {
    this.#waitingSince = Math.min(now, this.#waitingSince + lateMs)
  }

  /** Called after each turn. */
  look(now: number): void {
    if (now - this.#lookedAt < LOOK_MS) return
    this.#lookedAt = now
    this.#noteStall(now)
    if (this.#sawStall) this.#score = Math.min(LOOKS, this.#score + 1)
    else if (this.#sawAnswer) this.#score = Math.max(0, this.#score - 1)
    this.#sawStall = this.#isStall
    this.#sawAnswer = false
    if (this.#score !== (this.#isSlow ? 0 : LOOKS)) return
    this.#isSlow = !this.#isSlow
    const { p50Ms, p99Ms, maxMs, waitingMs } = this.read(now)
    const level = this.#isSlow ? 'warn' : 'info'
    const state = this.#isSlow ? 'slow' : 'recovered'
    this.#options.event({ kind: 'slow-disk', level, state, waitingMs, p50Ms, p99Ms, maxMs })
  }

  read(now: number): MemberStatus['disk'] {
    return { ...this.#window.read(now), waitingMs: this.#waitingMs(now), stalls: this.#stalls }
  }

  #waitingMs(now: number): number {
    return this.#underWay === 0 ? 0 : now - this.#waitingSince
  }

  #noteStall(now: number): void {
    if (this.#isStall || this.#waitingMs(now) <= this.#options.slowMs) return
    this.#isStall = true
    this.#sawStall = true
    this.#stalls++
  }
}
