/** Changes of members asked for by others: begun in the core, answered when they are committed. */

import type { ErrorCode } from '@rafted/contracts'
import { type ConfigurationEntry, type Core, membersOf, withLearner, withoutMember } from '@rafted/core'
import { commonVersion, type JoinRequest, type RemoveMemberRequest, WIRE_VERSIONS } from '@rafted/wire'
import type { Answers, Caller, ReplyTo } from './waiters.ts'

/** Changes that may wait at a time. */
const MAX_WAITING = 256

interface Waiting extends Caller {
  readonly member: string
  /** Whether the member is to be in the configuration, or out of it. */
  readonly present: boolean
}

export interface ChangesOptions {
  readonly incarnation: string
  readonly electionMs: number
  readonly core: Core
  readonly answers: Answers
}

export class Changes {
  readonly #options: ChangesOptions
  #waiting: Waiting[] = []

  constructor(options: ChangesOptions) {
    this.#options = options
  }

  join(request: JoinRequest, replyTo: ReplyTo, now: number): void {
    const { core, answers, electionMs } = this.#options
    const caller = { id: request.id, replyTo }
    const current = core.standing.configuration
    if (core.standing.role !== 'leader' || current === null) {
      answers.refuse(caller, 'not-leader', 'not-applied', 'Another member leads.')
      return
    }
    const { member, promote, formerDataLost } = request
    const wait = (): void => this.#wait(caller, member.id, true)
    const members = membersOf(current.configuration)
    if (members.some(({ id }) => id === member.id)) {
      wait()
      return
    }
    if (commonVersion(member.wire, WIRE_VERSIONS) === null) {
      const versions = `${member.wire.join(' to ')}, this one ${WIRE_VERSIONS.join(' to ')}`
      answers.refuse(caller, 'version-mismatch', 'not-applied', `The member reads wire versions ${versions}.`)
      return
    }
    const namesake = members.find(({ host }) => host === member.host)
    const peer = core.peers().find(({ id }) => id === namesake?.id)
    const isSelf = namesake !== undefined && peer === undefined
    if (isSelf || (peer !== undefined && now - peer.lastHeard < electionMs)) {
      answers.refuse(
        caller,
        'host-id-in-use',
        'not-applied',
        `A member on a host "${member.host}" is part of the group and answers. Host ids must differ; one that was just restarted tries again.`,
      )
      return
    }
    if (namesake?.durable === true && !formerDataLost && votes(current, namesake.id)) {
      answers.refuse(caller, 'member-lost', 'not-applied', lostMember(member.host))
      return
    }
    const wanted = withLearner(current.configuration, { ...member, promote })
    this.#begin(caller, wanted, current, false, now, wait)
  }

  remove(request: RemoveMemberRequest, replyTo: ReplyTo, now: number): void {
    const { core, answers } = this.#options
    const caller = { id: request.id, replyTo }
    const current = core.standing.configuration
    if (core.standing.role !== 'leader' || current === null) {
      answers.refuse(caller, 'not-leader', 'not-applied', 'Another member leads.')
      return
    }
    const { member, evenIfQuorumAtRisk } = request
    const wait = (): void => this.#wait(caller, member, false)
    if (!membersOf(current.configuration).some(({ id }) => id === member)) {
      // It is gone once that is committed. A host that forgot its files before could be needed for a majority again.
      if (current.index > core.standing.committedConfigurationIndex) wait()
      else answers.refuse(caller, 'no-such-member', 'not-applied', `"${member}" is no member of the group.`)
      return
    }
    this.#begin(caller, withoutMember(current.configuration, member), current, evenIfQuorumAtRisk, now, wait)
  }

  #begin(
    caller: Caller,
    wanted: ReturnType<typeof withLearner>,
    current: ConfigurationEntry,
    evenIfQuorumAtRisk: boolean,
    now: number,
    wait: () => void,
  ): void {
    const { core, answers } = this.#options
    const answer = core.step(
      { kind: 'change', ...wanted, ifConfigurationAt: current.index, evenIfQuorumAtRisk },
      now,
    )
    if (answer.taken) wait()
    else {
      const [code, message] = REFUSALS[answer.reason] ?? [
        'overloaded',
        `The change is refused: ${answer.reason}.`,
      ]
      answers.refuse(caller, code, 'not-applied', message)
    }
  }

  #wait(caller: Caller, member: string, present: boolean): void {
    if (this.#waiting.length >= MAX_WAITING) {
      const message = 'Too many changes of members wait. Try again.'
      this.#options.answers.refuse(caller, 'overloaded', 'not-applied', message)
    } else this.#waiting.push({ ...caller, member, present })
  }

  /** Answers what has been decided by the committed configuration, or by this member's leading no more. */
  settle(committed: ConfigurationEntry | null, leads: boolean): void {
    if (this.#waiting.length === 0) return
    const { incarnation, answers } = this.#options
    const ids = new Set(committed === null ? [] : membersOf(committed.configuration).map(({ id }) => id))
    const waiting = this.#waiting
    this.#waiting = []
    for (const wait of waiting) {
      if (ids.has(wait.member) === wait.present)
        answers.answer(wait.replyTo, { kind: 'done', id: wait.id, incarnation, configuration: committed })
      else if (leads) this.#waiting.push(wait)
      else
        answers.refuse(
          wait,
          'not-leader',
          'unknown',
          'This member stopped leading before the change was committed.',
        )
    }
  }

  stop(code: ErrorCode, message: string): void {
    for (const wait of this.#waiting) this.#options.answers.refuse(wait, code, 'unknown', message)
    this.#waiting = []
  }
}

/** A learner has promised nothing yet. */
function votes({ configuration: { voters, outgoing } }: ConfigurationEntry, id: string): boolean {
  return [...voters, ...(outgoing ?? [])].some((voter) => voter.id === id)
}

function lostMember(host: string): string {
  return (
    `Host "${host}" has come back empty in place of a member that kept its log on disk. Start it with the directory it had, or, ` +
    "if that is lost for good, say so: host.group(name, { …, formerData: 'lost' }) lets it join as a new member in its place."
  )
}

const REFUSALS: Partial<Record<string, readonly [ErrorCode, string]>> = {
  'not-leader': ['not-leader', 'Another member leads.'],
  'change-pending': ['change-pending', 'Another change of members is under way. Try again when it is done.'],
  'no-own-term-entry': [
    'no-own-term-entry',
    'The leader has just been elected and has committed nothing yet. Try again.',
  ],
  'configuration-changed': [
    'configuration-changed',
    'The members have changed meanwhile. Look again and decide anew.',
  ],
  'quorum-at-risk': [
    'quorum-at-risk',
    'The voters that answer now would be no majority after the change. Bring members back first, or say that you accept it.',
  ],
  'invalid-configuration': [
    'invalid-configuration',
    'What would be left is no configuration: a group needs a voter.',
  ],
}
