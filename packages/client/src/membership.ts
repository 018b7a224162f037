/** What people do to the members of a group. Newcomers add themselves, by `group` on their host; all else is asked of the leader, here. */
import type { ChangeMembersRequest, DoneResponse } from '@rafted/wire'
import { invalidArgument } from './failures.ts'
import { checkName, type WaitOptions } from './options.ts'

/** Who the members are, and the index at which the log says so. */
export type PlacedConfiguration = NonNullable<DoneResponse['configuration']>

/** All members there are to be, by their ids. Each is a member already. */
export interface WantedMembers {
  readonly voters: readonly string[]
  /** They stay learners until `promote`. Default: none. */
  readonly learners?: readonly string[] | undefined
}

/** How sure a change of members must be. */
export interface ChangeOptions extends WaitOptions {
  /** Go on even if the voters that answer now are no majority of those there will be, or a learner that is to vote has not caught up. */
  readonly evenIfQuorumAtRisk?: boolean | undefined
}

/** How sure it must be, and on what it is based. */
export interface ChangeMembershipOptions extends ChangeOptions {
  /**
   * Only if the configuration in effect stands at this index (`status(…).configuration.index`): else `configuration-changed`, unless it is as it is to be already.
   * Default: whatever it is.
   */
  readonly ifConfigurationAt?: number | undefined
}

/**
 * Changes of members, each resolved with the configuration there is when it is committed. What is so already is done. Rejects with `no-such-member`,
 * `change-pending` (another change is under way), `quorum-at-risk`, and others. A learner that is to vote at once is waited for until it has caught up;
 * `timeout` names `not-caught-up` when that takes too long.
 */
export interface Membership {
  /** Exactly these members, in one joint change. Whoever is not named is removed. */
  changeMembership(
    name: string,
    members: WantedMembers,
    options?: ChangeMembershipOptions,
  ): Promise<PlacedConfiguration>
  /** Makes a learner a voter as soon as it has caught up, whoever leads by then; resolves when it votes. */
  promote(name: string, memberId: string, options?: ChangeOptions): Promise<PlacedConfiguration>
  /** Makes a voter a learner, until it is promoted. */
  demote(name: string, memberId: string, options?: ChangeOptions): Promise<PlacedConfiguration>
  /** Removes a member. */
  removeMember(name: string, memberId: string, options?: ChangeOptions): Promise<PlacedConfiguration>
  /**
   * Makes the learner `newId` a voter in the place of `oldId`, which is removed, in one joint change: at no moment is there a voter more or less. The
   * newcomer's host has joined with `learner: true`. Rejects with `already-member` if it votes already.
   */
  replaceMember(
    name: string,
    oldId: string,
    newId: string,
    options?: ChangeOptions,
  ): Promise<PlacedConfiguration>
}

/** What is asked of the leader. */
export type AskedChange = Pick<ChangeMembersRequest, 'places' | 'others' | 'ifConfigurationAt'>

type Place = AskedChange['places'][number]['place']

/** Each of these members in its place, the others where they are. @throws {RaftedError} `invalid-argument`. */
export function placing(...places: readonly [member: string, place: Place][]): AskedChange {
  return asked(places, 'keep')
}

/** All members in their places. @throws {RaftedError} `invalid-argument`. */
export function exactly(members: WantedMembers, { ifConfigurationAt }: ChangeMembershipOptions): AskedChange {
  const { voters, learners = [] } = members ?? {}
  if (!Array.isArray(voters) || !Array.isArray(learners))
    throw invalidArgument('`voters` and `learners` are arrays of member ids.')
  if (voters.length === 0) throw invalidArgument('A group needs a voter: name one in `voters` at least.')
  if (ifConfigurationAt !== undefined && !(Number.isSafeInteger(ifConfigurationAt) && ifConfigurationAt > 0))
    throw invalidArgument('`ifConfigurationAt` is the index of a configuration, as `status` tells it.')
  const placed = (ids: readonly string[], place: Place) => ids.map((id): [string, Place] => [id, place])
  return asked([...placed(voters, 'voter'), ...placed(learners, 'learner')], 'remove', ifConfigurationAt)
}

function asked(
  named: readonly [member: string, place: Place][],
  others: AskedChange['others'],
  ifConfigurationAt: number | null = null,
): AskedChange {
  const places = named.map(([member, place]) => {
    checkName('A member id', member)
    return { member, place }
  })
  const twice = places.find(({ member }, i) => places.findIndex((other) => other.member === member) < i)
  if (twice !== undefined) throw invalidArgument(`The member "${twice.member}" is named twice.`)
  return { places, others, ifConfigurationAt }
}
