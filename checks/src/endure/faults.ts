/** Which faults a run has, and when: drawn from its seed. */
import type { SeededRandom } from '@rafted/testing'

/** Whom a fault strikes. */
export type Target = 'leader' | 'follower' | 'all'

export type Fault =
  | {
      readonly kind: 'kill'
      readonly target: Target
      /** Milliseconds until what was killed starts again. */
      readonly downMs: number
      /** Kill it again after this part of the time that a start takes; null: let it start. */
      readonly againAt: number | null
    }
  /** `stopMs`: until it goes on, milliseconds. */
  | { readonly kind: 'stop'; readonly target: Target; readonly stopMs: number }

/** Kills so far, and those of them that met the leader. */
export interface Killed {
  readonly kills: number
  readonly ofLeader: number
}

/** Of the kills, so many at least meet the leader. */
export const LEADER_SHARE = 1 / 3
/** A fault comes that often, milliseconds. */
export const FAULT_EVERY_MS = 5000

/** Between two faults, milliseconds: often shorter than an election and a restart take, and always shorter than `FAULT_EVERY_MS`. */
const PAUSE_MS = [300, 3500] as const
const DOWN_MS = [0, 2500] as const
/** Up to several election timeouts, which are 1 to 2 seconds. */
const STOP_MS = [200, 5000] as const

const WEIGHTS: readonly (readonly [number, Fault['kind'], Target, again: boolean])[] = [
  [30, 'kill', 'leader', false],
  [18, 'kill', 'follower', false],
  [10, 'kill', 'all', false],
  [6, 'kill', 'leader', true],
  [6, 'kill', 'follower', true],
  [13, 'stop', 'leader', false],
  [10, 'stop', 'follower', false],
  [5, 'stop', 'all', false],
]

/** Milliseconds until the next fault. */
export function pauseBefore(random: SeededRandom): number {
  return random.between(...PAUSE_MS)
}

export function nextFault(random: SeededRandom, { kills, ofLeader }: Killed): Fault {
  const total = WEIGHTS.reduce((sum, [weight]) => sum + weight, 0)
  let left = random.number() * total
  const [, kind, drawn, again] = WEIGHTS.find(([weight]) => {
    left -= weight
    return left < 0
  })!
  if (kind === 'stop') return { kind, target: drawn, stopMs: random.between(...STOP_MS) }
  // A second kill while it starts meets no leader.
  const share = ofLeader / (kills + (again ? 2 : 1))
  const target = drawn === 'follower' && share < LEADER_SHARE ? 'leader' : drawn
  return {
    kind,
    target,
    downMs: random.between(...DOWN_MS),
    againAt: again ? random.between(0, 1.2) : null,
  }
}

/** The last one: whatever was acknowledged has to be on the disks. */
export const finalFault: Fault = { kind: 'kill', target: 'all', downMs: 0, againAt: null }
