/** What a run did, in numbers. */
import { FAULT_EVERY_MS, LEADER_SHARE, type Target } from './faults.ts'
import type { Moment } from './load.ts'

/** Commands in flight that a kill has to meet, and the part of the kills that has to. */
const IN_FLIGHT = 16
const IN_FLIGHT_SHARE = 0.9

/** A group that has acknowledged something so short a time ago serves, milliseconds. */
const SERVING_MS = 250

export type KillKind = Target | 'starting'

export class Tally {
  readonly kills: Record<KillKind, number> = { leader: 0, follower: 0, all: 0, starting: 0 }
  readonly stops: Record<Target, number> = { leader: 0, follower: 0, all: 0 }
  /** Commands in flight at each kill, in no order. */
  readonly #inFlight: number[] = []
  /** Kills of all that met a leader. */
  #allWithLeader = 0
  /** Kills that met a group which had just acknowledged something. */
  whileServing = 0
  restarts = 0

  killed(kind: KillKind, withLeader: boolean, { inFlight, sinceMs }: Moment): void {
    this.kills[kind]++
    if (kind === 'all' && withLeader) this.#allWithLeader++
    this.#inFlight.push(inFlight)
    if (sinceMs <= SERVING_MS) this.whileServing++
  }

  get killsInAll(): number {
    return this.#inFlight.length
  }

  get killsOfLeader(): number {
    return this.kills.leader + this.#allWithLeader
  }

  get faults(): number {
    return this.killsInAll + this.stops.leader + this.stops.follower + this.stops.all
  }

  get inFlight(): { readonly min: number; readonly median: number; readonly share: number } {
    const sorted = [...this.#inFlight].sort((a, b) => a - b)
    const met = sorted.filter((count) => count >= IN_FLIGHT).length
    return {
      min: sorted[0] ?? 0,
      median: sorted[Math.floor(sorted.length / 2)] ?? 0,
      share: sorted.length === 0 ? 0 : met / sorted.length,
    }
  }

  /** For people. */
  rows(): (readonly [string, string])[] {
    const { kills, stops, inFlight, killsInAll } = this
    return [
      [
        'kills',
        `of the leader ${kills.leader}, of a follower ${kills.follower}, of all at once ${kills.all}, ` +
          `during start-up ${kills.starting}; ${this.killsOfLeader} of ${killsInAll} met the leader`,
      ],
      [
        'stops',
        `of the leader ${stops.leader}, of a follower ${stops.follower}, of all at once ${stops.all}`,
      ],
      [
        'in flight',
        `min ${inFlight.min}, median ${inFlight.median} commands at kills; ${percent(inFlight.share)} met ${IN_FLIGHT} or more, ` +
          `${this.whileServing} of ${killsInAll} in the middle of acknowledgements`,
      ],
      ['restarts', String(this.restarts)],
    ]
  }

  /** Whether a run of so many seconds was hard enough to mean something: what it lacked. */
  tooEasy(seconds: number): string[] {
    const { killsInAll, killsOfLeader, faults, inFlight } = this
    const lacks: string[] = []
    if (inFlight.share < IN_FLIGHT_SHARE)
      lacks.push(`${percent(inFlight.share)} of the kills met ${IN_FLIGHT} commands in flight or more`)
    if (killsOfLeader < killsInAll * LEADER_SHARE)
      lacks.push(`only ${killsOfLeader} of ${killsInAll} kills met the leader`)
    if (faults < Math.floor((seconds * 1000) / FAULT_EVERY_MS))
      lacks.push(`only ${faults} faults in ${seconds} s`)
    return lacks
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}
