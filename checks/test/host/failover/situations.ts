/** Losses of leaders, and what callers notice at most by default settings. */
import { loseLeader, quantile, type Situation, type Waited } from './lost-leader.ts'

export interface Expected extends Situation {
  readonly name: string
  /** Milliseconds. */
  readonly medianMs: number
  readonly p99Ms: number
}

const quick = [1, 5] as const
const killed = { hosts: 3, loss: 'killed', underWay: 8, syncMs: quick } as const
const silent = { ...killed, loss: 'silent' } as const

/** Election timeouts are one to two seconds, drawn anew each time; disks take a part of the rest. */
export const situations: readonly Expected[] = [
  { ...killed, name: 'killed, idle', underWay: 0, medianMs: 100, p99Ms: 400 },
  { ...killed, name: 'killed, busy', medianMs: 100, p99Ms: 400 },
  { ...killed, name: 'killed, busy, five', hosts: 5, medianMs: 100, p99Ms: 500 },
  { ...killed, name: 'killed with a follower, five', hosts: 5, alsoOne: true, medianMs: 150, p99Ms: 600 },
  { ...killed, name: 'killed, slow disks', syncMs: [20, 120], medianMs: 500, p99Ms: 1000 },
  { ...silent, name: 'silent, idle', underWay: 0, medianMs: 1300, p99Ms: 2100 },
  { ...silent, name: 'silent, busy', medianMs: 1400, p99Ms: 2100 },
  { ...silent, name: 'silent, busy, five', hosts: 5, medianMs: 1300, p99Ms: 2100 },
]

export interface Found {
  readonly median: number
  readonly p99: number
  readonly most: number
  /** Losses after which votes were split. */
  readonly splits: number
}

export async function losses(situation: Situation, seeds: number): Promise<Found> {
  const all: Waited[] = []
  for (let seed = 1; seed <= seeds; seed++) all.push(await loseLeader(seed, situation))
  const ms = all.map((waited) => waited.ms)
  return {
    median: quantile(ms, 0.5),
    p99: quantile(ms, 0.99),
    most: Math.max(...ms),
    splits: all.filter(({ terms }) => terms > 1).length,
  }
}
