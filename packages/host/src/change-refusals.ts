/** Why a change of members is not begun, each with its code and what to do. */
import type { ErrorCode } from '@rafted/contracts'
import type { HostId, MemberId } from '@rafted/core'
import { WIRE_VERSIONS } from '@rafted/wire'

export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
}

/** What the core refuses, by its reason. */
const REFUSALS: Partial<Record<string, readonly [ErrorCode, string]>> = {
  'not-leader': ['not-leader', 'Another member leads.'],
  'change-pending': ['change-pending', 'Another change of members is under way. Try again when it is done.'],
  transferring: ['transferring', 'The leader is handing over to another member. Try again in a moment.'],
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
    'The voters that answer now, and whose logs are sound, would be no majority after the change. Bring members back first, or say that you accept it: evenIfQuorumAtRisk.',
  ],
  unheard: [
    'overloaded',
    'The leader was held up, or its group was quiet, and it has not heard enough of those voters since. Try again in a moment.',
  ],
  'not-caught-up': [
    'not-caught-up',
    'A learner that is to vote has not caught up. Try again when it has, or say that you accept it: evenIfQuorumAtRisk.',
  ],
  'invalid-configuration': [
    'invalid-configuration',
    'What would be left is no configuration: a group needs a voter, and no host counts twice.',
  ],
}

export function refusalOf(reason: string): Refusal {
  const [code, message] = REFUSALS[reason] ?? ['overloaded', `The change is refused: ${reason}.`]
  return { code, message }
}

export function noSuchMember(member: MemberId): Refusal {
  return { code: 'no-such-member', message: `"${member}" is no member of the group.` }
}

/** To take one out for one that votes already would make the group smaller. */
export function alreadyMember(member: MemberId): Refusal {
  const message = `"${member}" votes already, and would take nobody's place. To have one member less, remove the other.`
  return { code: 'already-member', message }
}

export function hostInUse(host: HostId): Refusal {
  const message = `A member on a host "${host}" is part of the group and answers. Host ids must differ; one that was just restarted tries again.`
  return { code: 'host-id-in-use', message }
}

export function memberOfAnother(member: MemberId, host: HostId): Refusal {
  return { code: 'invalid-argument', message: `The member "${member}" is not on host "${host}".` }
}

export function lostMember(host: HostId): Refusal {
  const message =
    `Host "${host}" has come back empty in place of a member that kept its log on disk. Start it with the directory it had, or, ` +
    "if that is lost for good, say so: host.group(name, { …, formerData: 'lost' }) lets it join as a new member in its place."
  return { code: 'member-lost', message }
}

export function otherVersions(wire: readonly [number, number]): Refusal {
  const versions = `${wire.join(' to ')}, this one ${WIRE_VERSIONS.join(' to ')}`
  return { code: 'version-mismatch', message: `The member reads wire versions ${versions}.` }
}
