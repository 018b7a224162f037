/** Whether the members of a group stand where the plan has them. */
import { type ConfigurationEntry, type MemberId, memberOf } from '@rafted/core'
import type { Host, Member } from '@rafted/host'
import type { Addresses } from './addresses.ts'
import type { HitRole } from './coverage.ts'
import type { PlannedGroup } from './plan.ts'

/** @returns what is not as planned, or null. */
export function whyNotInPlace(
  known: ConfigurationEntry | null,
  { hosts, learners: planned }: Pick<PlannedGroup, 'hosts' | 'learners'>,
  addresses: Addresses,
): string | null {
  const { voters = [], outgoing = null, learners = [] } = known?.configuration ?? {}
  if (outgoing !== null || voters.length !== hosts.length - planned.size || learners.length !== planned.size)
    return `the configuration is ${JSON.stringify(known)}`
  const misplaced = voters.find(({ host }) => planned.has(host))
  if (misplaced !== undefined) return `${misplaced.host} is a voter, and another one the learner`
  const elsewhere = [...voters, ...learners].find(({ host, address }) => address !== addresses.of(host))
  if (elsewhere !== undefined)
    return `${elsewhere.host} is at ${addresses.of(elsewhere.host)}, not at ${elsewhere.address}`
  return null
}

/** Whether another member counts this one among its own. One that was removed, and doesn't know it yet, is known to itself only. */
export function isKnownToOthers(
  processes: Iterable<{ readonly host: Pick<Host, 'inspect'> }>,
  member: MemberId,
  group: string,
): boolean {
  return [...processes].some(({ host }) => {
    const other = host.inspect(group)
    return other?.id !== member && memberOf(other?.core.configuration?.configuration, member) !== undefined
  })
}

/** What the member goes by, to be compared. */
export function settingsOf(member: Member): string {
  return JSON.stringify(member.status().settings)
}

/** What a member is. */
export function roleIn({ id, core }: Member): HitRole {
  const { role, configuration } = core.standing
  if (role === 'leader') return 'leader'
  const { voters = [], outgoing = null } = configuration?.configuration ?? {}
  if (!voters.some((one) => one.id === id) && !(outgoing ?? []).some((one) => one.id === id)) return 'learner'
  return role === 'follower' ? 'follower' : 'candidate'
}
