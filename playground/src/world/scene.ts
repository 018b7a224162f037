/** What is to be seen at one moment, of a world or of a recording: all that the drawing knows. */
import type { Configuration } from '@rafted/core'
import type { Link, Pace } from './action.ts'
import type { EntrySort } from './calls.ts'
import { lastIndexOf } from './disk.ts'
import { type Flight, messageText } from './flight.ts'
import { type Ballot, type Member, times } from './member.ts'
import type { RecordedMessage } from './recording.ts'
import type { Broken } from './safety.ts'
import type { World } from './world.ts'

export interface Cell {
  readonly index: number
  readonly term: number
  /** Null where it isn't known. */
  readonly sort: EntrySort | null
  /** What a command sets the value to. */
  readonly value: number | null
}

/** How the group has a member. `old`: it counts until the change under way is done; `new`: both in it and from then on. */
export type Part = 'voter' | 'learner' | 'old' | 'new' | 'none'

/** Time that runs down. */
export interface Timer {
  readonly kind: 'election' | 'heartbeat'
  readonly leftMs: number
  /** The longest it can be. */
  readonly ofMs: number
}

export interface PeerLine {
  readonly id: string
  readonly state: string
  readonly match: number
  readonly next: number
}

export interface MemberScene {
  readonly id: string
  readonly name: string
  readonly state: 'up' | 'down' | 'stopped'
  /** Why it has stopped. */
  readonly problem: string | null
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader'
  readonly term: number
  readonly vote: string | null
  readonly leader: string | null
  readonly part: Part
  readonly isRemoved: boolean
  /** The log begins after this index. */
  readonly base: number
  readonly cells: readonly Cell[]
  readonly commit: number
  readonly durable: number
  readonly timer: Timer | null
  readonly ballot: Ballot | null
  readonly pace: Pace
  /** Writes under way. */
  readonly writing: number
  readonly patience: number | null
  readonly value: string | null
  readonly peers: readonly PeerLine[]
}

export interface FlightScene extends Omit<RecordedMessage, 'ends'> {
  readonly id: number
  /** From 0 to 1. */
  readonly progress: number
}

export interface Scene {
  readonly at: number
  readonly members: readonly MemberScene[]
  readonly flights: readonly FlightScene[]
  readonly cuts: readonly Link[]
  /** Whoever leads the newest term; null for nobody. */
  readonly leader: string | null
  /** A change of members is in its joint phase. */
  readonly isJoint: boolean
  readonly broken: readonly Broken[]
}

/** @param now virtual milliseconds, at or after the world's last event: messages and timers are shown as far as they are by then. */
export function sceneOf(world: World, now = world.now): Scene {
  const members = [...world.members.values()]
  const configuration = configurationOf(members)
  return {
    at: now,
    members: members.map((member) => memberScene(world, member, configuration, now)),
    flights: world.flights.map((flight) => flightScene(flight, now)),
    cuts: world.cuts,
    leader: leaderOf(members)?.id ?? null,
    isJoint: configuration?.outgoing != null,
    broken: world.broken,
  }
}

function leaderOf(members: readonly Member[]): Member | null {
  let best: Member | null = null
  for (const member of members) {
    if (member.core?.standing.role !== 'leader') continue
    if (best === null || member.core.standing.term > best.core!.standing.term) best = member
  }
  return best
}

/** As the leader has it; else, of those there are, the one that stands furthest. */
function configurationOf(members: readonly Member[]): Configuration | null {
  const leading = leaderOf(members)?.core?.configuration
  if (leading != null) return leading.configuration
  const known = members.flatMap(({ core }) => core?.configuration ?? [])
  return known.toSorted((a, b) => b.index - a.index)[0]?.configuration ?? null
}

export function partOf(configuration: Configuration | null, id: string): Part {
  if (configuration === null) return 'none'
  const is = (list: readonly { readonly id: string }[] | null): boolean =>
    list?.some((member) => member.id === id) ?? false
  const { voters, outgoing, learners } = configuration
  if (outgoing === null) return is(voters) ? 'voter' : is(learners) ? 'learner' : 'none'
  if (is(voters)) return is(outgoing) ? 'voter' : 'new'
  return is(outgoing) ? 'old' : is(learners) ? 'learner' : 'none'
}

function memberScene(
  world: World,
  member: Member,
  configuration: Configuration | null,
  now: number,
): MemberScene {
  const { id, core, disk, problem, ballot, pace, writes, patience } = member
  const shared = {
    id,
    name: `S${id}`,
    problem,
    part: partOf(configuration, id),
    ballot,
    pace,
    writing: writes.length,
    patience,
  }
  if (core === null) {
    const base = disk.base?.index ?? 0
    return {
      ...shared,
      state: problem === null ? 'down' : 'stopped',
      role: 'follower',
      term: disk.term,
      vote: disk.vote,
      leader: null,
      isRemoved: false,
      base,
      cells: disk.entries.map(({ term }, at) => cell(world, base + at + 1, term)),
      commit: 0,
      durable: lastIndexOf(disk),
      timer: null,
      value: null,
      peers: [],
    }
  }
  const { role, term, leader, removedAt } = core.standing
  const base = core.baseIndex
  return {
    ...shared,
    state: 'up',
    role,
    term,
    vote: member.vote,
    leader,
    isRemoved: removedAt !== null,
    base,
    cells: Array.from({ length: core.lastIndex - base }, (_, at) =>
      cell(world, base + at + 1, core.termAt(base + at + 1)!),
    ),
    commit: core.commitIndex,
    durable: core.durableIndex,
    timer: timerOf(member, now),
    value: world.valueAt(member),
    peers: core.peers().map(({ id: peer, state, match, next }) => ({ id: peer, state, match, next })),
  }
}

function cell(world: World, index: number, term: number): Cell {
  return { index, term, sort: world.calls.sortOf(index, term), value: world.calls.valueOf(index, term) }
}

function timerOf({ core }: Member, now: number): Timer | null {
  const left = core!.wakeAt - now
  if (left === Number.POSITIVE_INFINITY) return null
  const leads = core!.standing.role === 'leader'
  const ofMs = leads ? times.heartbeatMs : 2 * times.electionMs
  return { kind: leads ? 'heartbeat' : 'election', leftMs: Math.max(0, Math.min(left, ofMs)), ofMs }
}

function flightScene({ id, message, sentAt, arrivesAt, isLost }: Flight, now: number): FlightScene {
  const { from, to, kind, term } = message
  // What is lost gets halfway.
  const whole = isLost ? 2 * (arrivesAt - sentAt) : arrivesAt - sentAt
  return {
    id,
    from,
    to,
    kind,
    term,
    text: messageText(message),
    granted: kind === 'vote' || kind === 'pre-vote' ? message.granted : null,
    carries: kind === 'append' && message.heads !== null,
    progress: whole <= 0 ? 1 : Math.max(0, Math.min(1, (now - sentAt) / whole)),
    isLost,
  }
}
