/**
 * What a host does next about one group: a pure function of what the registry wants and of what there is here. One small step at a time; whatever it was that happened in between, the
 * next step follows from how things stand then (F106). Each step that changes who the members are goes through the group's own quorum; what forgets files, or begins a
 * member, is taken only by a registry known to be current (`isGrave`).
 */
import type { Founding, Host } from '@rafted/host'
import { type Founder, type GroupRecord, hostsOf, type RemovedGroup } from './registry/records.ts'

type MemberStatus = NonNullable<ReturnType<Host['status']>>
type Member = Founding['configuration']['voters'][number]

/** How the group stands on this host. */
export interface Local {
  readonly host: string
  /** Something of it is stored here. */
  readonly isHeld: boolean
  /** A member runs here, or waits. */
  readonly isRunning: boolean
  readonly status: MemberStatus | null
  /** It leads, and knows all that was decided before. */
  readonly isServing: boolean
  /** Of the storage that the group's member lives in. */
  readonly life: string
  /** The same as the registry has it; null where this host takes no part. */
  readonly enrolledLife: string | null
  /** A person has said that what this host held before is lost. */
  readonly formerLost: boolean
  /** Whether the member that runs here was told so when it was started. */
  readonly knowsFormerLost: boolean
  /** For how long the member here has led, milliseconds. */
  readonly leadsForMs: number
}

/** What the registry says of it. */
export interface Wanted {
  readonly group: GroupRecord | null
  readonly removed: RemovedGroup | null
}

export type Step =
  /** As it is to be, as far as this host can tell. */
  | { readonly kind: 'settled' }
  /** Others have to do something first, or it is under way. */
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'found'; readonly founders: readonly Founder[] }
  | { readonly kind: 'start'; readonly learner: boolean; readonly formerLost: boolean }
  | { readonly kind: 'stop' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'discard' }
  /** Exactly these members from now on, if they still are who they were. */
  | {
      readonly kind: 'change'
      readonly voters: readonly string[]
      readonly learners: readonly string[]
      readonly ifConfigurationAt: number
    }
  | { readonly kind: 'transfer'; readonly to: string }
  /** To be told to the registry. */
  | { readonly kind: 'begins' | 'begun' | 'serving' | 'discarded' }
  | { readonly kind: 'moved'; readonly version: number; readonly bytes: number }
  /** The group stands where the registry doesn't look for it. */
  | { readonly kind: 'elsewhere'; readonly version: number; readonly hosts: readonly string[] }
  /** A person has recovered the group from what was left of it: it goes on under another incarnation. */
  | { readonly kind: 'recovered'; readonly incarnation: string }

const settled: Step = { kind: 'settled' }
const wait = (why: string): Step => ({ kind: 'wait', why })

/** A member leads for so long at least before it hands over to the one that is to lead. */
export const LEADS_AT_LEAST_MS = 10_000

/** Whether the step is taken only by what the registry is known to say now: it can't be taken back. */
export function isGrave({ kind }: Step): boolean {
  return kind === 'found' || kind === 'discard'
}

export function decide({ group, removed }: Wanted, local: Local): Step {
  if (group !== null) return hostsOf(group).includes(local.host) ? keep(group, local) : giveBack(group, local)
  if (removed !== null) return clear(removed, local)
  // Nothing is known of it: of a fleet that was made anew, or it was forgotten while this host was away. What is stored is for people to look at.
  return local.status?.removedAt != null ? { kind: 'discard' } : settled
}

/** The group was removed. */
function clear({ isOver, keepers }: RemovedGroup, local: Local): Step {
  if (local.isRunning) return { kind: 'stop' }
  if (!isOver) return settled
  if (local.isHeld) return { kind: 'discard' }
  return keepers.includes(local.host) ? { kind: 'discarded' } : settled
}

/** Its members are to be elsewhere. */
function giveBack(group: GroupRecord, local: Local): Step {
  const { status } = local
  if (status?.removedAt != null) return { kind: 'discard' }
  if (status != null && isNowhereElse(group, status)) return tellWhere(group, local, status)
  // One that has not found its group has nothing to leave.
  if (local.isRunning) return { kind: local.isHeld ? 'leave' : 'stop' }
  // It learns from the others that it was removed.
  return local.isHeld ? { kind: 'start', learner: true, formerLost: false } : settled
}

/** It votes, and nobody does where the group is to be: a move was carried out that has been given up, or forgotten, just then (F109b). */
function isNowhereElse(group: GroupRecord, status: MemberStatus): boolean {
  const { voters = [] } = status.configuration?.configuration ?? {}
  const wanted = hostsOf(group)
  return votes(status) && !voters.some(({ host }) => wanted.includes(host))
}

/** Nobody could leave, and nobody who is to come would find it: the registry has to learn where it is. */
function tellWhere(group: GroupRecord, local: Local, status: MemberStatus): Step {
  const { configuration, index } = status.configuration!
  if (!local.isServing) return wait('its leader says where it is')
  const other = otherwise(group, status)
  if (other !== null) return other
  if (configuration.outgoing !== null || index > status.commitIndex) return wait('its members are changing')
  const hosts = [...new Set(configuration.voters.map(({ host }) => host))]
  return { kind: 'elsewhere', version: group.version, hosts }
}

/** A member is to be here. */
function keep(group: GroupRecord, local: Local): Step {
  const founder = group.founders?.find(({ host }) => host === local.host)
  const isFounder = founder !== undefined && !founder.hasBegun
  if (!local.isRunning) {
    if (local.isHeld || !isFounder) return start(group, local, local.formerLost)
    // It was drawn for storage that is gone, and never said that it had begun.
    if (founder.life !== local.life) return start(group, local, true)
    if (founder.mayBegin) return { kind: 'found', founders: group.founders! }
    return founder.life === local.enrolledLife ? { kind: 'begins' } : wait('the host takes no part')
  }
  const { status } = local
  // When it was started the registry here had not come so far: unless it says so, it is never let in. It may have got entries from one that lost, with its leadership, who had added it (F101f).
  if (local.formerLost && !local.knowsFormerLost && (status === null || !isNamed(status)))
    return { kind: 'stop' }
  if (status === null) {
    // It was stopped before the log that it began held anything.
    if (isFounder && founder.life === local.life) return { kind: 'stop' }
    return wait('it has not found the group yet')
  }
  if (status.removedAt !== null) return { kind: 'discard' }
  if (status.stopped !== null) return wait(status.stopped)
  // Also where another member votes in its place: the one that was drawn is never to begin.
  if (isFounder && (status.member === founder.member || votes(status))) return { kind: 'begun' }
  if (status.configuration === null) return wait('nobody has told it of its group yet')
  // Who follows has nothing to do, nor has who looks for somebody to follow: that is the group's own affair.
  if (status.role !== 'leader') return settled
  return local.isServing ? lead(group, local, status) : wait('it begins to lead')
}

function votes({ member, configuration }: MemberStatus): boolean {
  return configuration?.configuration.voters.some(({ id }) => id === member) === true
}

function isNamed({ member, configuration }: MemberStatus): boolean {
  const { voters = [], outgoing, learners = [] } = configuration?.configuration ?? {}
  return [...voters, ...(outgoing ?? []), ...learners].some(({ id }) => id === member)
}

function start(group: GroupRecord, local: Local, formerLost: boolean): Step {
  return { kind: 'start', learner: !group.hosts.includes(local.host), formerLost }
}

/** Where people have recovered the group: which of the two goes on. */
function otherwise({ incarnation, former }: GroupRecord, status: MemberStatus): Step | null {
  if (status.incarnation === incarnation) return null
  return former.includes(status.incarnation)
    ? wait('the group was recovered, and goes on elsewhere')
    : { kind: 'recovered', incarnation: status.incarnation }
}

/** What only the leader can do. */
function lead(group: GroupRecord, local: Local, status: MemberStatus): Step {
  const other = otherwise(group, status)
  if (other !== null) return other
  if (!group.isServing) return { kind: 'serving' }
  const { configuration, index } = status.configuration!
  if (configuration.outgoing !== null || index > status.commitIndex) return wait('its members are changing')
  if (status.transfer !== null) return wait('it hands over')
  const { voters, learners } = configuration
  const holders = hostsOf(group)
  const strange = [...learners, ...voters].find(({ host }) => !holders.includes(host))
  if (strange !== undefined) return goes(strange, group, local, status)
  if (group.move !== null) return move(group, local, status)
  const idle = learners.find(({ promote }) => !promote)
  if (idle !== undefined) return caughtUp(status, idle.id) ? change(status, null, idle) : lags
  return handOver(group, local, status)
}

const lags = wait('a newcomer has not caught up')

/** A member is to go. A leader goes last: it hands over first, where another one can lead. */
function goes(member: Member, group: GroupRecord, local: Local, status: MemberStatus): Step {
  const [heir] = member.host === local.host ? heirs(group, local, status) : []
  return heir === undefined ? change(status, member, null) : { kind: 'transfer', to: heir.id }
}

function move(group: GroupRecord, local: Local, status: MemberStatus): Step {
  const { from, to } = group.move!
  const { voters, learners } = status.configuration!.configuration
  const going = from === null ? undefined : [...voters, ...learners].find(({ host }) => host === from)
  const coming = learners.find(({ host }) => host === to)
  // A voter beside it is what that host held before, and lost.
  const isThere = to === null || (coming === undefined && voters.some(({ host }) => host === to))
  if (isThere && going === undefined)
    return { kind: 'moved', version: group.version, bytes: status.log.bytes + (status.snapshot?.bytes ?? 0) }
  if (isThere) return goes(going!, group, local, status)
  if (coming === undefined) return wait('the newcomer has not joined yet')
  if (!caughtUp(status, coming.id)) return lags
  if (going?.host === local.host) {
    const [heir] = heirs(group, local, status)
    if (heir !== undefined) return { kind: 'transfer', to: heir.id }
  }
  return change(status, going ?? null, coming)
}

/** One joint change: a member goes, a learner votes, in place of the one that its host lost if there was one. */
function change({ configuration }: MemberStatus, goes: Member | null, votes: Member | null): Step {
  const { index, configuration: current } = configuration!
  const stay = (members: readonly Member[]): string[] =>
    members.map(({ id }) => id).filter((id) => id !== goes?.id && id !== votes?.id)
  const others = current.voters.filter(({ host }) => host !== votes?.host)
  const voters = [...stay(others), ...(votes === null ? [] : [votes.id])]
  return { kind: 'change', voters, learners: stay(current.learners), ifConfigurationAt: index }
}

/** Voters that could lead now, as they are wanted. */
function heirs(group: GroupRecord, local: Local, status: MemberStatus): Member[] {
  const { voters } = status.configuration!.configuration
  const wanted = (group.move?.hosts ?? group.hosts).filter((host) => host !== local.host)
  return wanted
    .map((host) => voters.find((voter) => voter.host === host))
    .filter((voter) => voter !== undefined)
    .filter(({ id }) => !status.unresponsive.includes(id) && caughtUp(status, id))
}

/** Those leaders are spread that are where the hosts are named first. */
function handOver(group: GroupRecord, local: Local, status: MemberStatus): Step {
  const first = group.hosts[0]
  if (first === undefined || first === local.host) return settled
  const heir = heirs(group, local, status).find(({ host }) => host === first)
  if (heir === undefined) return settled
  return local.leadsForMs < LEADS_AT_LEAST_MS
    ? wait('it has led for a short while only')
    : { kind: 'transfer', to: heir.id }
}

/** Entries that a member may be behind: those that are on their way. */
const NEARLY = 64

function caughtUp(status: MemberStatus, member: string): boolean {
  const peer = status.peers.find((one) => one.member === member)
  return peer?.state === 'stream' && peer.match + NEARLY >= status.commitIndex
}
