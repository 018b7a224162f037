/** Explores all that can happen to a small group of real cores, within bounds. */
import { RaftedError } from '@rafted/contracts'
import { Core } from '@rafted/core'
import { type Bounds, Exploration } from './exploration.ts'
import type { CoreClass } from './explored-member.ts'
import { readSchedule } from './schedule.ts'

/** The bounds within which all is explored, and what may happen there. */
export interface ExplorationOptions {
  /** Voters, 1 to 5. Default 3. */
  readonly members?: number
  /** Elections are held for the terms 1 to this one. Default 2. */
  readonly terms?: number
  /** Commands proposed in all. Default 1. */
  readonly commands?: number
  /** How often any process ends and starts again, with any of its unfinished writes lost. Default 0. */
  readonly crashes?: number
  /** How often any leader steps down by itself, as it seems to hear no majority. Default 0. */
  readonly stepDowns?: number
  /** How many rounds of heartbeats may arrive; all others are lost. Default 0. */
  readonly heartbeats?: number
  /**
   * How messages travel. `any order`, the default: each may be late, overtaken, repeated and lost without any bound. `in order`: between two members they
   * arrive in the order they were sent, each at most once, and `losses` of them are lost. That goes further.
   */
  readonly network?: 'any order' | 'in order'
  /** How many messages are lost while later ones arrive, in order. Default 0. */
  readonly losses?: number
  /** Take situations that differ by the members' names only as one. Default true; false is slower, and shows that nothing is lost. */
  readonly symmetry?: boolean
  /** Interleave what others can notice, and not every single input. Default true; false is slower, and shows that nothing is lost. */
  readonly steps?: boolean
  /** Situations at which to give up: each takes about 40 bytes, and 200 more while it waits. Default 1,000,000, at most 2³⁰. */
  readonly maxStates?: number
  /** Is told now and then how it goes. @returns whether to go on. */
  readonly progress?: (so: ExplorationProgress) => boolean
  /** What is explored instead of the real core: one with a fault in it, to see that it is found. */
  readonly core?: CoreClass
}

/** How far an exploration has come. */
export interface ExplorationProgress {
  /** Different situations found. */
  readonly states: number
  /** These, and all that differ from them by the members' names only. */
  readonly unreduced: number
  /** Inputs tried in a situation. */
  readonly transitions: number
  /** Everything that fewer steps lead to has been explored. A step ends where others can notice what a member does. */
  readonly depth: number
  /** Found, and not explored yet. */
  readonly waiting: number
  /** Different states of single members. */
  readonly memberStates: number
  /** Different messages. */
  readonly messages: number
  /** Inputs that the core was given; all others are known from one of these. */
  readonly coreSteps: number
  /** Bytes kept for each situation, and for all that wait. */
  readonly bytesPerState: number
  readonly waitingBytes: number
}

/** What an exploration has come to. */
export interface ExplorationResult extends ExplorationProgress {
  /** Nothing within the bounds is left unexplored. */
  readonly complete: boolean
  /** The first promise found broken, by as few steps as break any. */
  readonly violation: ExplorationViolation | null
}

/** A promise that was broken, and how to break it again. */
export interface ExplorationViolation {
  /** Which promise, and how. */
  readonly broken: string
  /** What happened, input by input. */
  readonly schedule: readonly string[]
}

/** Situations between two calls of `progress`. */
const PROGRESS_EVERY = 256

const ranges = {
  members: { from: 1, to: 5, usual: 3 },
  terms: { from: 1, to: 9, usual: 2 },
  commands: { from: 0, to: 9, usual: 1 },
  crashes: { from: 0, to: 9, usual: 0 },
  stepDowns: { from: 0, to: 9, usual: 0 },
  heartbeats: { from: 0, to: 9, usual: 0 },
  losses: { from: 0, to: 9, usual: 0 },
  maxStates: { from: 1, to: 2 ** 30, usual: 1_000_000 },
} as const satisfies { [Name in keyof ExplorationOptions]: { from: number; to: number; usual: number } }

/**
 * Explores, breadth first, every situation that a group of real cores can come to within the bounds: whichever timeout fires, whatever is lost,
 * late, repeated or reordered, however long each write takes. Stops at the first broken promise.
 * @throws {RaftedError} `invalid-argument` for a bound out of its range.
 */
export function explore(options: ExplorationOptions = {}): ExplorationResult {
  const { symmetry = true, steps = true, core = Core, progress = () => true } = options
  const exploration = new Exploration(boundsOf(options), { symmetry, steps }, core)
  const maxStates = bound(options, 'maxStates')
  let explored = 0
  while (exploration.states < maxStates && exploration.advance())
    if (++explored % PROGRESS_EVERY === 0 && !progress(reportOf(exploration))) break
  const { violation } = exploration
  return {
    ...reportOf(exploration),
    complete: violation === null && exploration.waiting === 0 && exploration.moves.cut === 0,
    violation:
      violation === null
        ? null
        : { broken: violation.broken, schedule: readSchedule(exploration.schedule(), exploration.moves) },
  }
}

function reportOf(exploration: Exploration): ExplorationProgress {
  const { states, unreduced, transitions, depth, waiting, moves, bytesPerState, waitingBytes } = exploration
  const { states: memberStates, messages, coreSteps } = moves
  return {
    states,
    unreduced,
    transitions,
    depth,
    waiting,
    memberStates,
    messages,
    coreSteps,
    bytesPerState,
    waitingBytes,
  }
}

function boundsOf(options: ExplorationOptions): Bounds {
  const inOrder = options.network === 'in order'
  if (!inOrder && bound(options, 'losses') > 0)
    throw new RaftedError(
      'invalid-argument',
      'explore: "losses" is given, but in any order all messages may be lost. Give "network" as "in order", or no losses.',
      { outcome: 'not-applied' },
    )
  return {
    members: bound(options, 'members'),
    terms: bound(options, 'terms'),
    commands: bound(options, 'commands'),
    crashes: bound(options, 'crashes'),
    stepDowns: bound(options, 'stepDowns'),
    heartbeats: bound(options, 'heartbeats'),
    losses: bound(options, 'losses'),
    inOrder,
  }
}

function bound(options: ExplorationOptions, name: keyof typeof ranges): number {
  const { from, to, usual } = ranges[name]
  const value = options[name] ?? usual
  if (Number.isInteger(value) && value >= from && value <= to) return value
  throw new RaftedError(
    'invalid-argument',
    `explore: "${name}" is ${String(value)}. Give a whole number from ${from} to ${to}.`,
    { outcome: 'not-applied' },
  )
}
