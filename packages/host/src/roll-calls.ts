/**
 * Whether quiet members still stand as those do on which they rely. What was to wake one may be lost, and with it whoever would have said it again: a leader that is stopped right
 * after its first heartbeat, or goes on without a member that has not heard of it. So each of them is named now and then to the host that it relies on (`pulses.ts`), and that one
 * says of which it isn't so. A member that ends says so by itself.
 */
import { memberOf as configured } from '@rafted/core'
import type { QuietGroup, RollCallItem } from '@rafted/wire'
import type { Member } from './member.ts'

/** What is needed of a member. */
export type Counterpart = Pick<Member, 'id' | 'ended'> & {
  readonly core: Pick<Member['core'], 'standing' | 'peers'>
}

type MemberOf = (incarnation: string) => Counterpart | undefined

/** @returns those of the groups named by a host of which no member here is what a quiet one there relies on. */
export function missingOf({ groups }: RollCallItem, host: string, memberOf: MemberOf): QuietGroup[] {
  return groups.filter(({ incarnation, term }) => {
    const member = memberOf(incarnation)
    return member === undefined || !isReliable(member, host, term)
  })
}

/** Whether it leads the member on that host in this term, and does not rest without it; or follows it. */
function isReliable({ id, ended, core }: Counterpart, host: string, term: number): boolean {
  const { leader, configuration, ...standing } = core.standing
  if (ended !== null || standing.term !== term || leader === null || configuration === null) return false
  const isThere = (member: string): boolean => configured(configuration.configuration, member)?.host === host
  return leader === id ? core.peers().some((peer) => !peer.isAbsent && isThere(peer.id)) : isThere(leader)
}
