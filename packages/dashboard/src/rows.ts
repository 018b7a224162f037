/** A group as the list shows it, made of how the member here stands. */
import type { MemberStatus } from '@rafted/wire'

/** What the member here is, or why there is none. `elsewhere`: what is told is of a member on another host. */
export type RowState = 'leading' | 'following' | 'learning' | 'electing' | 'waiting' | 'stopped' | 'elsewhere'

/** What is not as it should be. */
export type Trouble =
  | 'no-leader'
  | 'stopped'
  | 'removed'
  | 'damaged'
  | 'silent-peers'
  | 'lagging'
  | 'joint'
  | 'transfer'
  | 'moving'
  | 'unplaced'

/** A group, as its member here sees it. */
export interface GroupRow {
  /** As hosts have it. */
  readonly name: string
  /** As its fleet has it, or null. */
  readonly title: string | null
  readonly state: RowState
  readonly term: number | null
  /** The host that leads, as this member knows. */
  readonly leader: string | null
  /** Where its members are, as far as is known here. */
  readonly hosts: readonly string[]
  readonly voters: number
  readonly learners: number
  readonly commitIndex: number | null
  /** Entries that are committed each second, of the last look. */
  readonly perSecond: number | null
  /** Entries by which the last of the peers is behind, where this member leads; else those it has not applied itself. */
  readonly behind: number | null
  readonly troubles: readonly Trouble[]
}

/** A group of the fleet that has no member here: what the registry says of it. */
export function rowElsewhere(
  { name, title }: Pick<GroupRow, 'name' | 'title'>,
  { hosts, isServing, isMoving }: Pick<GroupRow, 'hosts'> & { isServing: boolean; isMoving: boolean },
): GroupRow {
  const troubles: Trouble[] = []
  if (!isServing) troubles.push('unplaced')
  if (isMoving) troubles.push('moving')
  return { ...waiting(name, title), state: 'elsewhere', hosts, voters: hosts.length, troubles }
}

function waiting(name: string, title: string | null): GroupRow {
  return {
    name,
    title,
    state: 'waiting',
    term: null,
    leader: null,
    hosts: [],
    voters: 0,
    learners: 0,
    commitIndex: null,
    perSecond: null,
    behind: null,
    troubles: [],
  }
}

/** So far behind, and it is not the usual coming and going. */
const LAGGING = 1000

export function rowOf(
  { name, title }: Pick<GroupRow, 'name' | 'title'>,
  hostId: string,
  status: MemberStatus | null,
  perSecond: number | null,
): GroupRow {
  if (status === null) return waiting(name, title)
  const { configuration } = status.configuration ?? { configuration: null }
  const behind = behindOf(status)
  return {
    name,
    title,
    state: stateOf(status, hostId),
    term: status.term,
    leader: leaderHost(status),
    hosts: membersOf(status).map(({ host }) => host),
    voters: configuration?.voters.length ?? 0,
    learners: configuration?.learners.length ?? 0,
    commitIndex: status.commitIndex,
    perSecond,
    behind,
    troubles: troublesOf(status, behind),
  }
}

/** The host of the leader, or null where none is known. */
export function leaderHost(status: MemberStatus): string | null {
  if (status.leader === null) return null
  return membersOf(status).find(({ id }) => id === status.leader)?.host ?? status.leader.slice(0, 8)
}

/** All that the member's configuration names, those included that are on their way out. */
export function membersOf(status: MemberStatus) {
  const { voters = [], outgoing = null, learners = [] } = status.configuration?.configuration ?? {}
  const leaving = (outgoing ?? []).filter(({ id }) => ![...voters, ...learners].some((one) => one.id === id))
  return [...voters, ...learners, ...leaving]
}

function stateOf(status: MemberStatus, hostId: string): RowState {
  if (status.host !== hostId) return 'elsewhere'
  if (status.stopped !== null || status.removedAt !== null) return 'stopped'
  if (status.role === 'leader') return 'leading'
  if (status.role !== 'follower') return 'electing'
  const learners = status.configuration?.configuration.learners ?? []
  return learners.some(({ id }) => id === status.member) ? 'learning' : 'following'
}

function behindOf(status: MemberStatus): number {
  const own = status.lastIndex - status.appliedIndex
  return status.peers.reduce((most, { match }) => Math.max(most, status.lastIndex - match), own)
}

function troublesOf(status: MemberStatus, behind: number): Trouble[] {
  const { stopped, removedAt, leader, damage, unresponsive, configuration, transfer } = status
  const isIn = stopped === null && removedAt === null
  const found: [Trouble, boolean][] = [
    ['removed', removedAt !== null],
    ['stopped', stopped !== null && removedAt === null],
    ['no-leader', isIn && leader === null],
    ['damaged', damage !== null],
    ['silent-peers', unresponsive.length > 0],
    ['lagging', behind >= LAGGING],
    ['joint', configuration?.configuration.outgoing != null],
    ['transfer', transfer !== null],
  ]
  return found.filter(([, isSo]) => isSo).map(([trouble]) => trouble)
}
