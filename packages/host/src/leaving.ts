/**
 * How a host takes its member out of a group: it asks the leader until that says that the removal is committed. An election under
 * way, or another change of members, is waited for; asking twice is harmless, since a member that is gone is gone.
 */
import { type Clock, RaftedError, type Random } from '@rafted/contracts'
import type { ErrorResponse, Response } from '@rafted/wire'
import { askLeader, type Call, pauseAfter } from './leader-calls.ts'
import type { Member } from './member.ts'

/** What another attempt may cure. */
const PASSING: ReadonlySet<string> = new Set([
  'change-pending',
  'configuration-changed',
  'no-own-term-entry',
  // Unless it is believed.
  'no-such-member',
  'not-leader',
  'transferring',
  'unreachable',
  'timeout',
  'overloaded',
])

const ADDED_AGAIN = {
  code: 'configuration-changed',
  message: 'The member was removed, and added again by what its host had asked for before. Try again.',
} as const

/** How sure a removal must be, and how long it may take. */
export interface LeaveOptions {
  /** Go on even if the voters left that answer are no majority. Default false. */
  readonly evenIfQuorumAtRisk?: boolean
  /** How long elections and other changes of members are waited for, milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

interface LeavingOptions extends LeaveOptions {
  readonly group: string
  readonly address: string
  /** Asked as well: a member whose log names nobody knows no other addresses. */
  readonly join: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly call: Call
  /** Whether it has been asked to add the member, and has not been answered. */
  isBeingAdded(): boolean
}

/** Resolves when the removal is committed. @throws {RaftedError} what the last attempt was answered. */
export async function removeMember(member: Member, options: LeavingOptions): Promise<void> {
  const {
    group,
    address,
    join,
    clock,
    random,
    call,
    isBeingAdded,
    evenIfQuorumAtRisk = false,
    timeoutMs = 10_000,
  } = options
  const { incarnation, id } = member
  const until = clock.now() + timeoutMs
  const inTime: Call = (to, request) => call(to, request, Math.max(1, until - clock.now()))
  let isOpen = false
  for (let attempt = 0; ; attempt++) {
    const { namedAt } = member
    const response = await askLeader(inTime, [address, ...member.addresses, ...join], {
      kind: 'change-members',
      group,
      incarnation,
      places: [{ member: id, place: 'out' }],
      others: 'keep',
      ifConfigurationAt: null,
      evenIfQuorumAtRisk,
    })
    if (
      response === null ||
      member.ended?.code === 'member-removed' ||
      (!isBeingAdded() && isOut(member, namedAt, response))
    )
      return
    const { code, message } = refusalIn(response)
    isOpen ||= response.kind !== 'error' || response.outcome === 'unknown'
    // One that has merely stopped is still a member to the others: they can remove it.
    if (member.ended?.code === 'closed') throw member.ended
    const pause = pauseAfter(attempt, random)
    if (!PASSING.has(code) || clock.now() + pause > until)
      throw new RaftedError(code, message, { outcome: isOpen ? 'unknown' : 'not-applied' })
    await new Promise<void>((resolve) => {
      clock.after(pause, resolve)
    })
  }
}

/**
 * Whether that answer says that the member is out, for good. What its host had asked for before, to be added, may come about after it was answered, and
 * only then does its log name it: it is one again, and may have been counted on (F35l).
 * @param namedAt where its log named it when the question was asked.
 */
function isOut(member: Member, namedAt: number | null, response: Response): boolean {
  const isSaid = response.kind === 'done' || (response.kind === 'error' && response.code === 'no-such-member')
  if (!isSaid || member.namedAt === null) return isSaid
  // A leader that was deposed has never heard of those that joined since.
  return member.namedAt === namedAt && (response.kind === 'done' || response.term >= member.term)
}

function refusalIn(response: Response): Pick<ErrorResponse, 'code' | 'message'> {
  if (response.kind === 'error') return response
  if (response.kind === 'done') return ADDED_AGAIN
  throw new TypeError(`a removal was answered by "${response.kind}"`)
}
