/** How a member stands, for people and programs. */
import type { RaftedError, RaftedEvent } from '@rafted/contracts'
import type { Core, Standing } from '@rafted/core'
import type { MemberStatus } from '@rafted/wire'
import type { HostContext, MemberSettings } from './context.ts'
import { RETAINED_RESULTS } from './kept-results.ts'
import type { ReplicatedState } from './replicated-state.ts'

/** What identifies the member. */
interface Identity {
  readonly group: string
  readonly incarnation: string
  readonly id: string
  readonly leaderAddress: string | null
  /** Why it takes part in nothing any more, or null. */
  readonly ended: RaftedError | null
}

export function statusOf(
  { group, incarnation, id, leaderAddress, ended }: Identity,
  host: HostContext,
  core: Core,
  state: ReplicatedState,
  { heartbeatMs, electionMs }: MemberSettings,
  now: number,
): MemberStatus {
  const { role, term, leader, configuration, removedAt } = core.standing
  const silent = ended === null ? core.peers().filter(({ lastHeard }) => now - lastHeard > electionMs) : []
  return {
    group,
    incarnation,
    member: id,
    host: host.id,
    // Whatever it was when it stopped: nobody is led by a member that has.
    role: ended === null ? role : 'follower',
    term,
    leader: ended === null ? leader : null,
    leaderAddress: ended === null ? leaderAddress : null,
    lastIndex: core.lastIndex,
    commitIndex: core.commitIndex,
    appliedIndex: state.applied.index,
    snapshotIndex: core.baseIndex,
    configuration,
    removedAt,
    stopped: ended === null ? null : ended.message,
    unresponsive: silent.map((peer) => peer.id),
    sessions: state.sessions.size,
    settings: { heartbeatMs, electionMs, retainedResults: RETAINED_RESULTS },
  }
}

/** Tells an observer how a member's standing has changed. */
export function tellStanding(
  group: string,
  { role, term, leader, configuration }: Standing,
  before: Standing | null,
  event: (event: RaftedEvent) => void,
): void {
  if (before !== null && configuration !== null && configuration !== before.configuration) {
    const { voters, learners } = configuration.configuration
    event({
      kind: 'configuration',
      level: 'info',
      group,
      index: configuration.index,
      voters: voters.map(({ id }) => id),
      learners: learners.map(({ id }) => id),
    })
  }
  if (before === null || before.role !== role || before.term !== term || before.leader !== leader)
    event({ kind: 'role', level: 'info', group, role, term, leader })
}
