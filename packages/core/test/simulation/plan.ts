/** What goes wrong in one run, and how often: drawn from the seed, so that runs differ in kind and not only in detail. */
import type { Chance } from './chance.ts'

export interface Plan {
  readonly members: number
  readonly heartbeatMs: number
  readonly electionMs: number
  readonly maxAppendBytes: number
  readonly maxInflightBytes: number
  readonly maxUncommittedBytes: number
  /** One message in so many is lost, or arrives twice. */
  readonly loss: number
  readonly repeat: number
  readonly delayMs: readonly [number, number]
  /** One message in so many is delayed by up to three election timeouts. */
  readonly straggle: number
  readonly diskMs: readonly [number, number]
  /** Turns between two of these, on average. */
  readonly crash: number
  readonly cut: number
  readonly pause: number
  readonly propose: number
  readonly read: number
  readonly change: number
  readonly wipe: number
  readonly snapshot: number
  /** A core is saved and loaded again. */
  readonly reload: number
  readonly suspect: number
  /** Restarts between two that find the disk damaged, on average. */
  readonly damage: number
}

export function drawPlan(chance: Chance): Plan {
  const often = (low: number, high: number, none = 3) =>
    chance.once(none) ? Number.POSITIVE_INFINITY : chance.between(low, high)
  const heartbeatMs = chance.between(10, 60)
  const maxAppendBytes = chance.pick([100, 300, 1000, 100_000])
  const slow = chance.once(4) ? heartbeatMs * chance.between(1, 4) : chance.between(1, heartbeatMs)
  const slowDisk = chance.once(4) ? heartbeatMs * chance.between(1, 6) : chance.between(1, heartbeatMs)
  return {
    members: chance.between(1, 5),
    heartbeatMs,
    electionMs: heartbeatMs * chance.between(2, 8),
    maxAppendBytes,
    // A network that reorders makes a follower refuse what overtakes: whoever sends far ahead there sends most of it in vain.
    maxInflightBytes: maxAppendBytes * chance.pick([1, 4, 16]),
    maxUncommittedBytes: chance.pick([1000, 10_000, 1_000_000]),
    loss: often(3, 60),
    repeat: often(3, 40),
    delayMs: [chance.between(0, 2), slow],
    straggle: often(10, 200),
    diskMs: [0, slowDisk],
    crash: often(40, 400, 6),
    cut: often(60, 400),
    pause: often(60, 400),
    propose: often(3, 40, 10),
    read: often(5, 60),
    change: often(20, 300),
    wipe: often(150, 600),
    snapshot: often(10, 200),
    reload: often(100, 500),
    suspect: often(100, 500),
    damage: often(1, 6, 2),
  }
}
