/** How a group stands, as far as its members can be asked. */
import { isRaftedError, type RaftedError } from '@rafted/contracts'
import type { Member } from '@rafted/core'
import type { MemberStatus } from 'rafted'
import { byHost } from '../configurations.ts'
import type { Connection } from '../connection/client.ts'
import { type FailureReport, failureReport } from '../faults.ts'

/** A member may not answer: the others are not waited for by its fault. */
const MOST_MS = 2000

export type MemberPlace = 'voter' | 'learner' | 'leaving'

export interface MemberStanding {
  readonly host: string
  readonly member: string
  readonly address: string
  /** `leaving`: a voter of the configuration that is being left. */
  readonly place: MemberPlace
  /** Of a learner: it becomes a voter when it has caught up. */
  readonly promote: boolean
  /** Null if it has not answered. */
  readonly status: MemberStatus | null
  readonly error: FailureReport | null
}

export interface GroupStanding {
  readonly group: string
  readonly incarnation: string
  /** Id of the member that leads, or null if none is known. */
  readonly leader: string | null
  readonly term: number
  /** Index of the configuration in effect, null if no member that answers knows any. */
  readonly configuration: number | null
  readonly members: readonly MemberStanding[]
}

/** Asks all members. @throws {RaftedError} `no-such-group` and others, where no member is found. */
export async function standingOf({ client, timeoutMs }: Connection, group: string): Promise<GroupStanding> {
  const { incarnation, members } = await client.locate(group, { timeoutMs })
  const answers = new Map<string, MemberStatus | FailureReport>()
  const ask = async (address: string): Promise<void> => {
    const answer = await client
      .status(group, { at: address, timeoutMs: Math.min(timeoutMs, MOST_MS) })
      .catch((error: unknown) => {
        if (!isRaftedError(error)) throw error
        return silence(error)
      })
    answers.set(address, answer ?? noMember(address, group))
  }
  await Promise.all(members.map(ask))
  const newest = newestOf(answers)
  if (newest === null) return { group, incarnation, leader: null, term: 0, configuration: null, members: [] }
  const { voters, outgoing, learners } = newest.configuration!.configuration
  const isVoter = new Set(voters.map(({ id }) => id))
  const all: [Member, MemberPlace, boolean][] = [
    ...voters.map((member) => [member, 'voter', false] as [Member, MemberPlace, boolean]),
    ...(outgoing ?? [])
      .filter(({ id }) => !isVoter.has(id))
      .map((member) => [member, 'leaving', false] as [Member, MemberPlace, boolean]),
    ...learners.map((member) => [member, 'learner', member.promote] as [Member, MemberPlace, boolean]),
  ]
  // Members that those who were asked first had not heard of.
  await Promise.all(all.filter(([{ address }]) => !answers.has(address)).map(([{ address }]) => ask(address)))
  const { index } = newest.configuration!
  return {
    group,
    incarnation,
    ...leaderOf(answers),
    configuration: index,
    members: all.map(([member, place, promote]) => standing(member, place, promote, answers)).sort(byHost),
  }
}

type Answers = ReadonlyMap<string, MemberStatus | FailureReport>

function isStatus(answer: MemberStatus | FailureReport | undefined): answer is MemberStatus {
  return answer !== undefined && 'role' in answer
}

/** Of those that know a configuration, that of the leader, else of the one that has heard of the newest. */
function newestOf(answers: Answers): MemberStatus | null {
  let newest: MemberStatus | null = null
  for (const answer of answers.values()) {
    if (!isStatus(answer) || answer.configuration === null) continue
    const rank = (status: MemberStatus): number => status.configuration!.index
    if (
      newest === null ||
      (answer.role === 'leader' && (newest.role !== 'leader' || answer.term > newest.term)) ||
      (newest.role !== 'leader' && rank(answer) > rank(newest))
    )
      newest = answer
  }
  return newest
}

/** The leader of the highest term: one of a lower term has not heard yet that it leads no more. */
function leaderOf(answers: Answers): { readonly leader: string | null; readonly term: number } {
  let leader: string | null = null
  let term = 0
  for (const answer of answers.values()) {
    if (!isStatus(answer) || answer.term < term) continue
    if (answer.term > term) leader = null
    term = answer.term
    if (answer.role === 'leader') leader = answer.member
  }
  return { leader, term }
}

function standing(
  { id, host, address }: Member,
  place: MemberPlace,
  promote: boolean,
  answers: Answers,
): MemberStanding {
  const answer = answers.get(address)
  const head = { host, member: id, address, place, promote }
  if (!isStatus(answer)) return { ...head, status: null, error: answer ?? null }
  // Another member may be at this address by now.
  if (answer.member !== id)
    return {
      ...head,
      status: null,
      error: failed('no-such-member', `At ${address} there is another member by now: ${answer.member}.`),
    }
  return { ...head, status: answer, error: null }
}

/** What the last attempt came to says more than that there was no answer in time. */
function silence(error: RaftedError): FailureReport {
  const { last } = error.details
  if (error.code !== 'timeout' || typeof last !== 'string') return failureReport(error)
  return failed(last, error.message.replace(/^.* The last attempt: [a-z-]+\. /s, ''))
}

function noMember(address: string, group: string): FailureReport {
  return failed('no-such-member', `The host at ${address} has no member of group "${group}".`)
}

function failed(code: string, message: string): FailureReport {
  return { code, message, file: null, offset: null, outcome: 'not-applied' }
}
