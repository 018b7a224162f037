/**
 * Changes of members asked for by others: begun in the core, answered when they are committed. A call waits for a place in the log: for the
 * configuration there, and what follows from it. What is so already, or under way, is waited for and not begun again: asking twice is asking once.
 */
import type { ErrorCode } from '@rafted/contracts'
import {
  type ConfigurationEntry,
  type Core,
  isSameArrangement,
  type Member,
  type MemberId,
  membersOf,
  rearranged,
  type WantedConfiguration,
  withLearner,
  withUpdated,
} from '@rafted/core'
import {
  type ChangeMembersRequest,
  commonVersion,
  type JoinRequest,
  type RisingSetting,
  type UpdateMemberRequest,
  WIRE_VERSIONS,
} from '@rafted/wire'
import {
  alreadyMember,
  hostInUse,
  lostMember,
  memberOfAnother,
  noSuchMember,
  otherVersions,
  type Refusal,
  refusalOf,
} from './change-refusals.ts'
import { levelProblem } from './feature-level.ts'
import { versionProblem } from './machine-versions.ts'
import type { Answers, Caller, ReplyTo } from './waiters.ts'

/** Changes that may wait at a time. */
const MAX_WAITING = 256
/** Of these, those from one place that wait for the same members to vote. */
const MAX_ALIKE = 4

export type ChangeRequest = JoinRequest | ChangeMembersRequest | UpdateMemberRequest

interface Waiting extends Caller {
  /** The configuration that is to be committed, and what follows from it. */
  readonly index: number
  /** Term of the entry there: another one may have taken its place since. */
  readonly entryTerm: number | undefined
  /** The term in which this member led. */
  readonly term: number
  /** Learners that are waited for until they vote. */
  readonly newcomers: readonly MemberId[]
}

/** What is asked of a leader that has not heard enough members since its group was quiet. */
interface Unheard {
  readonly request: ChangeRequest
  readonly replyTo: ReplyTo
  /** By then they have been silent for too long. */
  readonly until: number
  /** What had been heard when it was asked. */
  readonly heard: number
}

/** What a request comes to, at the configuration in effect. */
type Plan =
  | Refusal
  /** To wait for what is so, or will be. */
  | { readonly wanted: null; readonly newcomers: readonly MemberId[] }
  | Change

interface Change {
  readonly wanted: WantedConfiguration
  readonly newcomers: readonly MemberId[]
  readonly evenIfQuorumAtRisk: boolean
}

export interface ChangesOptions {
  readonly incarnation: string
  /** Those in force now. */
  times(): { readonly electionMs: number; readonly quietAfterMs: number }
  now(): number
  /** The core has been told something. */
  wake(): void
  readonly core: Core
  readonly answers: Answers
  /** What members must know of what rises by itself: it is in force, or about to be. */
  required(setting: RisingSetting): number
}

export class Changes {
  readonly #options: ChangesOptions
  #waiting: Waiting[] = []
  #unheard: Unheard[] = []

  constructor(options: ChangesOptions) {
    this.#options = options
  }

  get isIdle(): boolean {
    return this.#waiting.length + this.#unheard.length === 0
  }

  /** When to settle at the latest: a group that falls quiet again meanwhile has nothing else to wake for. */
  get dueAt(): number {
    return this.#unheard.reduce((least, { until }) => Math.min(least, until), Number.POSITIVE_INFINITY)
  }

  ask(request: ChangeRequest, replyTo: ReplyTo, now: number): void {
    this.#ask(request, replyTo, now, now + this.#options.times().electionMs)
  }

  /** @param until it may wait for members to be heard. */
  #ask(request: ChangeRequest, replyTo: ReplyTo, now: number, until: number): void {
    const { core } = this.#options
    const caller = { id: request.id, replyTo }
    const { role, configuration: current } = core.standing
    if (role !== 'leader' || current === null) {
      this.#refuse(caller, refusalOf('not-leader'))
      return
    }
    // Until then it may lack what was decided before it, or have what another leader undoes: who is a member isn't known to it (F35l).
    if (core.termAt(core.commitIndex) !== core.standing.term) {
      this.#refuse(caller, refusalOf('no-own-term-entry'))
      return
    }
    const plan = this.#planOf(request, current, now)
    if ('code' in plan) this.#refuse(caller, plan)
    else if (this.#waiting.length >= MAX_WAITING) this.#refuse(caller, tooMany)
    else if (plan.wanted === null) this.#wait(caller, current.index, plan.newcomers)
    else this.#begin(caller, plan, request, current.index, now, until)
  }

  #begin(
    caller: Caller,
    { wanted, newcomers, evenIfQuorumAtRisk }: Change,
    request: ChangeRequest,
    at: number,
    now: number,
    until: number,
  ): void {
    const named = request.kind === 'change-members' ? request.ifConfigurationAt : null
    const ifConfigurationAt = named ?? at
    const { core } = this.#options
    const answer = core.step({ kind: 'change', ...wanted, ifConfigurationAt, evenIfQuorumAtRisk }, now)
    if (answer.taken) this.#wait(caller, answer.index, newcomers)
    // What was planned for is not in effect any more: another call of the same turn came first.
    else if (answer.reason === 'configuration-changed' && named === null)
      this.#refuse(caller, refusalOf('change-pending'))
    else if (answer.reason === 'unheard' && now < until && this.#mayWaitToHear())
      this.#unheard.push({ request, replyTo: caller.replyTo, until, heard: this.#heard })
    else this.#refuse(caller, refusalOf(answer.reason))
  }

  /** Whoever asked again in a moment could find the group quiet again, and nobody heard. */
  #mayWaitToHear(): boolean {
    return this.#options.times().quietAfterMs > 0 && this.#unheard.length < MAX_WAITING
  }

  /** Another number whenever a member has been heard, or this one leads no more. */
  get #heard(): number {
    return this.#options.core.peers().reduce((sum, { lastHeard }) => sum + lastHeard, 0)
  }

  #askAgain(): void {
    if (this.#unheard.length === 0) return
    const heard = this.#heard
    const now = this.#options.now()
    const due = this.#unheard.filter((one) => one.heard !== heard || now >= one.until)
    for (const one of due) {
      this.#unheard = this.#unheard.filter((other) => other !== one)
      this.#ask(one.request, one.replyTo, now, one.until)
    }
    if (due.length > 0) this.#options.wake()
  }

  #planOf(request: ChangeRequest, current: ConfigurationEntry, now: number): Plan {
    if (request.kind === 'join') return this.#planOfJoin(request, current, now)
    const isSettled = this.#isSettled(current)
    return request.kind === 'update-member'
      ? this.#planOfUpdate(request.member, current)
      : planOfChange(request, current, isSettled)
  }

  #planOfJoin(
    { member, promote, formerDataLost }: JoinRequest,
    current: ConfigurationEntry,
    now: number,
  ): Plan {
    const { core, times } = this.#options
    const { configuration } = current
    const members = membersOf(configuration)
    if (members.some(({ id }) => id === member.id)) {
      // It may have moved before its log said that it is a member.
      const plan = this.#planOfUpdate(member, current)
      const newcomers = configuration.learners.filter(({ id, promote: is }) => id === member.id && is)
      return 'code' in plan ? plan : { ...plan, newcomers: newcomers.map(({ id }) => id) }
    }
    const problem = this.#versionsProblem(member)
    if (problem !== null) return problem
    const namesake = members.find(({ host }) => host === member.host)
    const peer = core.peers().find(({ id }) => id === namesake?.id)
    const isSelf = namesake !== undefined && peer === undefined
    if (isSelf || (peer !== undefined && now - peer.lastHeard < times().electionMs))
      return hostInUse(member.host)
    if (namesake?.durable === true && !formerDataLost && votes(current, namesake.id))
      return lostMember(member.host)
    const wanted = withLearner(configuration, { ...member, promote })
    return { wanted, newcomers: promote ? [member.id] : [], evenIfQuorumAtRisk: false }
  }

  #planOfUpdate(member: Member, current: ConfigurationEntry): Plan {
    return planOfUpdate(member, current, this.#isSettled(current), (one) => this.#versionsProblem(one))
  }

  /** Why it can't take part by what it reads and knows. */
  #versionsProblem({ wire, machine }: Member): Refusal | null {
    if (commonVersion(wire, WIRE_VERSIONS) === null) return otherVersions(wire)
    const { required } = this.#options
    return (
      levelProblem(wire, required('featureLevel'), 'in the group') ??
      versionProblem(machine, required('machineVersion'), 'in the group')
    )
  }

  /** No change is under way. */
  #isSettled({ index, configuration }: ConfigurationEntry): boolean {
    return index <= this.#options.core.standing.committedConfigurationIndex && configuration.outgoing === null
  }

  #wait({ id, replyTo }: Caller, index: number, newcomers: readonly MemberId[]): void {
    const { core } = this.#options
    // Whoever waits long asks again, and no longer waits for the answer to what it asked before.
    if (newcomers.length > 0) {
      const isSame = (wait: Waiting): boolean =>
        wait.replyTo === replyTo && wait.newcomers.join() === newcomers.join()
      const before = this.#waiting.filter(isSame)
      if (before.length >= MAX_ALIKE) this.#waiting.splice(this.#waiting.indexOf(before[0]!), 1)
    }
    const { term } = core.standing
    this.#waiting.push({ id, replyTo, index, entryTerm: core.termAt(index), term, newcomers })
  }

  #refuse(caller: Caller, { code, message }: Refusal): void {
    this.#options.answers.refuse(caller, code, 'not-applied', message)
  }

  /**
   * Answers what has been decided by what is committed, or by this member's leading no more.
   * @param applied the configuration that has been applied last. It may be one of long ago, where this member has just been started.
   */
  settle(applied: ConfigurationEntry | null, leads: boolean): void {
    this.#askAgain()
    if (this.#waiting.length === 0) return
    const { incarnation, answers, core } = this.#options
    const waiting = this.#waiting
    this.#waiting = []
    for (const wait of waiting) {
      const come = applied === null ? 'nothing' : this.#comeTo(wait, applied)
      if (come === 'done')
        answers.answer(wait.replyTo, { kind: 'done', id: wait.id, incarnation, configuration: applied })
      else if (come === 'overtaken') answers.refuse(wait, 'configuration-changed', 'unknown', OVERTAKEN)
      else if (leads && core.standing.term === wait.term) this.#waiting.push(wait)
      else answers.refuse(wait, 'not-leader', 'unknown', STOPPED_LEADING)
    }
  }

  /** What a call has come to by what is committed. One change follows another, so the first that is whole from its index on is its own. */
  #comeTo(
    { index, entryTerm, term, newcomers }: Waiting,
    { index: at, configuration: { voters, outgoing, learners } }: ConfigurationEntry,
  ): 'done' | 'overtaken' | 'nothing' {
    const { core } = this.#options
    const stands = core.standing.term === term || core.termAt(index) === entryTerm
    if (at < index || outgoing !== null || !stands) return 'nothing'
    const missing = newcomers.filter((id) => !voters.some((voter) => voter.id === id))
    if (missing.length === 0) return 'done'
    const isComing = (id: MemberId): boolean =>
      learners.some((learner) => learner.id === id && learner.promote)
    return missing.every(isComing) ? 'nothing' : 'overtaken'
  }

  stop(code: ErrorCode, message: string): void {
    for (const wait of this.#waiting) this.#options.answers.refuse(wait, code, 'unknown', message)
    for (const { request, replyTo } of this.#unheard)
      this.#options.answers.refuse({ id: request.id, replyTo }, code, 'not-applied', message)
    this.#waiting = []
    this.#unheard = []
  }
}

const tooMany: Refusal = { code: 'overloaded', message: 'Too many changes of members wait. Try again.' }
const STOPPED_LEADING = 'This member stopped leading before the change was committed.'
const OVERTAKEN = 'The member was removed, or made a learner for good, before it voted.'

function planOfChange(request: ChangeMembersRequest, current: ConfigurationEntry, isSettled: boolean): Plan {
  const { places, others, ifConfigurationAt, evenIfQuorumAtRisk } = request
  const { voters, learners } = current.configuration
  const wanted = rearranged(current.configuration, request)
  const isIn = (list: readonly Member[], id: MemberId): boolean => list.some((member) => member.id === id)
  const strangers = places.filter(({ member }) => !isIn(voters, member) && !isIn(learners, member))
  const promoted = places.filter(({ member, place }) => place === 'promoted' && isIn(learners, member))
  const newcomers = promoted.map(({ member }) => member)
  const isSo = isSameArrangement(wanted, current.configuration)
  // It is gone once that is committed. A host that forgot its files before could be needed for a majority again.
  const isPending = !isSettled || strangers.length < places.length || places.length === 0
  if (isSo && isPending && strangers.every(({ place }) => place === 'out')) return { wanted: null, newcomers }
  // By another configuration than the one it is based on nothing is judged but that.
  if (isSettled && (ifConfigurationAt ?? current.index) === current.index) {
    if (strangers.length > 0) return noSuchMember(strangers[0]!.member)
    const voter = places.find(({ member, place }) => place === 'voter' && isIn(voters, member))
    if (others === 'keep' && voter !== undefined) return alreadyMember(voter.member)
  }
  return { wanted, newcomers, evenIfQuorumAtRisk }
}

function planOfUpdate(
  member: Member,
  current: ConfigurationEntry,
  isSettled: boolean,
  problemOf: (member: Member) => Refusal | null,
): Plan {
  const { configuration } = current
  const known = [...configuration.voters, ...configuration.learners].find(({ id }) => id === member.id)
  if (known === undefined) return isSettled ? noSuchMember(member.id) : refusalOf('change-pending')
  const { id, host, durable } = known
  if (host !== member.host) return memberOfAnother(id, member.host)
  const { address, wire, machine } = member
  const problem = problemOf(member)
  if (problem !== null) return problem
  if (isAsRecorded(known, member)) return { wanted: null, newcomers: [] }
  const wanted = withUpdated(configuration, { id, host, address, durable, wire, machine })
  // The voters stay who they are: nothing is at risk.
  return { wanted, newcomers: [], evenIfQuorumAtRisk: true }
}

/** Whether the configuration says of a member what it is: where it is dialled, what it reads, and what its machine knows. */
export function isAsRecorded(known: Member, { address, wire, machine }: Member): boolean {
  const isSame = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): boolean =>
    a === c && b === d
  return known.address === address && isSame(known.wire, wire) && isSame(known.machine, machine)
}

/** A learner has promised nothing yet. */
function votes({ configuration: { voters, outgoing } }: ConfigurationEntry, id: string): boolean {
  return [...voters, ...(outgoing ?? [])].some((voter) => voter.id === id)
}
