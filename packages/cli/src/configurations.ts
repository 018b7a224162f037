/** The members of a group, as they are printed. */
import type { ConfigurationEntry, Learner, Member } from '@rafted/core'
import { shownName } from './shown.ts'

export interface MemberReport {
  readonly host: string
  readonly member: string
  readonly address: string
  readonly durable: boolean
}

export interface ConfigurationReport {
  /** Of the entry that brought it. */
  readonly index: number
  readonly voters: readonly MemberReport[]
  /** Null, or those whose majority is needed as well, until the change is done. */
  readonly outgoing: readonly MemberReport[] | null
  readonly learners: readonly (MemberReport & { readonly promote: boolean })[]
}

export function configurationReport({ index, configuration }: ConfigurationEntry): ConfigurationReport {
  const { voters, outgoing, learners } = configuration
  return {
    index,
    voters: voters.map(memberReport),
    outgoing: outgoing === null ? null : outgoing.map(memberReport),
    learners: learners.map((learner: Learner) => ({ ...memberReport(learner), promote: learner.promote })),
  }
}

/** The same, for people: members in the order of their hosts' names, and not in that in which they have come. */
export function sortedByHost({
  index,
  voters,
  outgoing,
  learners,
}: ConfigurationReport): ConfigurationReport {
  return {
    index,
    voters: voters.toSorted(byHost),
    outgoing: outgoing === null ? null : outgoing.toSorted(byHost),
    learners: learners.toSorted(byHost),
  }
}

/** By the units of their names, alike everywhere. */
export function byHost(one: { readonly host: string }, other: { readonly host: string }): number {
  return one.host < other.host ? -1 : one.host > other.host ? 1 : 0
}

function memberReport({ id, host, address, durable }: Member): MemberReport {
  return { host, member: id, address, durable }
}

/** Members by the names of their hosts. */
export function shownConfiguration({
  voters,
  outgoing,
  learners,
}: Omit<ConfigurationReport, 'index'>): string {
  const parts = [`voters ${names(voters)}`]
  if (outgoing !== null) parts.push(`changing from voters ${names(outgoing)}`)
  if (learners.length > 0) {
    const each = learners.map(({ host, promote }) => `${shownName(host)}${promote ? ' (to be a voter)' : ''}`)
    parts.push(`learners ${each.join(', ')}`)
  }
  return parts.join('; ')
}

function names(members: readonly MemberReport[]): string {
  return members.map(({ host }) => shownName(host)).join(', ')
}
