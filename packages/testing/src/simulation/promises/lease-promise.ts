/** While a member trusts a lease, no other one leads a later term: by the time of the cluster, whatever clocks say (thesis §6.4.1). */
import type { Member } from '@rafted/host'
import type { HostClock } from '../host-clock.ts'

/** A member that runs, and the clock of its process. */
export interface Holder {
  readonly name: string
  readonly member: Member
  readonly clock: HostClock
}

/** @returns what is wrong, or null. */
export function brokenLease(group: string, members: readonly Holder[]): string | null {
  for (const { name, member, clock } of members) {
    const { term } = member.core.standing
    if (clock.isHeld || clock.isUnlooked || member.ended !== null || member.core.leaseUntil <= clock.now())
      continue
    const rival = members.find((other) => other.member.leads && other.member.core.standing.term > term)
    if (rival !== undefined)
      return `${group}: ${name} trusts a lease of term ${term}, and ${rival.name} leads term ${rival.member.core.standing.term}`
  }
  return null
}
