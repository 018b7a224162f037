/**
 * How a host takes its member out of a group: it asks the leader until that says that the removal is committed. An election under
 * way, or another change of members, is waited for; asking twice is harmless, since a member that is gone is gone.
 */
import { type Clock, RaftedError, type Random } from '@rafted/contracts'
import { askLeader, type Call, pauseAfter } from './leader-calls.ts'
import type { Member } from './member.ts'

/** What another attempt may cure. */
const PASSING: ReadonlySet<string> = new Set([
  'change-pending',
  'configuration-changed',
  'no-own-term-entry',
  'not-leader',
  'transferring',
  'unreachable',
  'timeout',
  'overloaded',
])

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
    evenIfQuorumAtRisk = false,
    timeoutMs = 10_000,
  } = options
  const { incarnation, id } = member
  const until = clock.now() + timeoutMs
  const inTime: Call = (to, request) => call(to, request, Math.max(1, until - clock.now()))
  let isOpen = false
  for (let attempt = 0; ; attempt++) {
    const response = await askLeader(inTime, [address, ...member.addresses, ...join], {
      kind: 'change-members',
      group,
      incarnation,
      places: [{ member: id, place: 'out' }],
      others: 'keep',
      ifConfigurationAt: null,
      evenIfQuorumAtRisk,
    })
    if (response === null || response.kind === 'done') return
    if (response.kind !== 'error') throw new TypeError(`a removal was answered by "${response.kind}"`)
    isOpen ||= response.outcome === 'unknown'
    if (response.code === 'no-such-member' || member.ended?.code === 'member-removed') return
    // One that has merely stopped is still a member to the others: they can remove it.
    if (member.ended?.code === 'closed') throw member.ended
    const pause = pauseAfter(attempt, random)
    if (!PASSING.has(response.code) || clock.now() + pause > until)
      throw new RaftedError(response.code, response.message, { outcome: isOpen ? 'unknown' : 'not-applied' })
    await new Promise<void>((resolve) => {
      clock.after(pause, resolve)
    })
  }
}
