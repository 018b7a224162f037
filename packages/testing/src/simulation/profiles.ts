/** Mixtures of troubles. Each run takes a part of one (swarm testing), so that rare pairs meet and none hides the others. */
import { SeededRandom } from './seeded-random.ts'

export type Act =
  | 'kill'
  | 'kill-at-write'
  | 'cut-power'
  | 'cut-all-power'
  | 'weather'
  | 'partition'
  | 'one-way'
  | 'partial'
  | 'flap'
  | 'clog'
  | 'corrupt'
  | 'false-hint'
  | 'fail-flush'
  | 'fail-write'
  | 'fill-disk'
  | 'slow-disk'
  | 'stall-disk'
  | 'rot'
  | 'pause'
  | 'late'
  | 'suspend'
  | 'clock-jump'
  | 'set-wall'
  | 'drift'
  | 'leave'
  | 'remove-leader'
  | 'promote'
  | 'demote'
  | 'replace'
  | 'change-members'
  | 'hand-over'
  | 'wipe'
  | 'move'
  | 'client-trouble'
  | 'kill-client'

export interface Profile {
  readonly acts: readonly Act[]
  /** The part of them that a run takes, by chance. */
  readonly share: number
  /** From one act to the next, at most, milliseconds: one of these. */
  readonly pauseMs: readonly number[]
  /** Groups, if their number is not to be drawn. */
  readonly groups?: number
  /** Users of the register ask what became of commands that may have been applied. */
  readonly resolves?: boolean
  /** Groups fall quiet soon, and all their users stop together now and then, so that they do; members stop alone (`left-alone.ts`). */
  readonly isQuiet?: boolean
}

const network: readonly Act[] = [
  'weather',
  'partition',
  'one-way',
  'partial',
  'flap',
  'clog',
  'corrupt',
  'false-hint',
]
const crashes: readonly Act[] = [
  'kill',
  'kill-at-write',
  'kill-at-write',
  'kill-at-write',
  'cut-power',
  'cut-all-power',
]
const disks: readonly Act[] = ['fail-flush', 'fail-write', 'fill-disk', 'slow-disk', 'stall-disk', 'rot']
const clocks: readonly Act[] = ['pause', 'pause', 'late', 'suspend', 'clock-jump', 'set-wall', 'drift']
const members: readonly Act[] = [
  'leave',
  'remove-leader',
  'promote',
  'demote',
  'replace',
  'change-members',
  'hand-over',
  'wipe',
  'move',
]
const clients: readonly Act[] = ['client-trouble', 'kill-client']

const USUAL = [700, 1200, 1800]
const all = [...network, ...crashes, ...crashes, ...disks, ...clocks, ...members, ...members, ...clients]

/** The mixtures there are, by name. */
export const profiles = {
  /** Some of everything. */
  swarm: { acts: all, share: 0.6, pauseMs: USUAL },
  /** Everything, without a pause. */
  storm: { acts: all, share: 1, pauseMs: [300] },
  network: { acts: network, share: 0.7, pauseMs: USUAL },
  crashes: { acts: [...crashes, 'weather'], share: 0.8, pauseMs: USUAL },
  disks: { acts: [...disks, ...crashes], share: 0.7, pauseMs: USUAL },
  clocks: { acts: [...clocks, 'kill', 'partition'], share: 0.8, pauseMs: USUAL },
  members: { acts: [...members, ...members, ...crashes, 'partition', 'weather'], share: 0.7, pauseMs: USUAL },
  clients: { acts: [...clients, ...clients, 'kill', 'weather', 'clock-jump'], share: 0.8, pauseMs: USUAL },
  /** Calls end in doubt, and their callers ask what became of them. */
  doubts: {
    acts: [...clients, ...clients, ...network, 'kill', 'kill', 'hand-over', 'pause'],
    share: 0.7,
    pauseMs: [300, 700],
    resolves: true,
  },
  /** Groups that say nothing while nobody asks them anything, among hosts that are lost meanwhile. */
  quiet: {
    acts: [...network, ...crashes, ...clocks, ...members, 'client-trouble'],
    share: 0.6,
    pauseMs: USUAL,
    isQuiet: true,
  },
  /** Little trouble, so that it can be waited for what is rare: see `ambush.ts`. */
  corners: {
    acts: ['leave', 'leave', 'leave', 'late', 'fill-disk', 'set-wall', 'client-trouble'],
    share: 1,
    pauseMs: [3000],
    groups: 3,
  },
  /** The same, for one kind of trouble at one kind of moment; members change more often, and groups have learners to do it with. */
  moments: {
    acts: ['leave', 'leave', 'promote', 'demote', 'late', 'kill', 'hand-over', 'client-trouble'],
    share: 1,
    pauseMs: [2000],
    groups: 3,
  },
} as const satisfies Readonly<Record<string, Profile>>

/** One of the names of `profiles`. */
export type ProfileName = keyof typeof profiles

/** Of so many runs one has corners, and one moments. */
const RARELY = 10

/** What a run of this seed has unless it is told. What is drawn here changes nothing else of it. */
export function usualProfile(seed: number): ProfileName {
  const drawn = new SeededRandom(seed ^ 0x5eed).below(RARELY)
  return drawn === 0 ? 'corners' : drawn === 1 ? 'moments' : 'swarm'
}
