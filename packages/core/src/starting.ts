/** The state of a member that starts, from what its log store gives back. */
import { invariant } from './assert.ts'
import { newDamage } from './damage.ts'
import { newDurability } from './durability.ts'
import { restartElectionTimer } from './election-timer.ts'
import { abstentionAtStart } from './lease.ts'
import { emptyRoster } from './quorum.ts'
import { configurationChanged } from './role.ts'
import { inEffect } from './settings.ts'
import type { State } from './state.ts'
import type { Stored } from './stored.ts'
import { appendRuns, lastTerm, newTermRuns } from './term-runs.ts'

export function initialState(options: State['options'], stored: Stored, now: number): State {
  const { heads } = stored
  const log = newTermRuns(stored.base, stored.baseTime)
  if (heads !== null) appendRuns(log, heads.runs, heads.last, log.last + 1)
  invariant(
    13,
    stored.commit >= log.baseIndex && stored.commit <= log.last,
    'commit index {} outside the log {}…{}',
    stored.commit,
    log.baseIndex,
    log.last,
  )
  // A term older than the log's own entries can only come from a damaged or copied store (F2, F86).
  const term = Math.max(stored.term, lastTerm(log))
  const vote = term === stored.term ? stored.vote : null
  const base = stored.baseConfiguration === null ? [] : [stored.baseConfiguration]
  const s: State = {
    options,
    settings: inEffect(options, Number.NEGATIVE_INFINITY),
    term,
    vote,
    log,
    configurations: [...base, ...(heads?.configurations ?? [])],
    commit: stored.commit,
    damage: newDamage(stored, options.random),
    durability: newDurability(stored.term, stored.vote, log.last),
    truncateFrom: null,
    reset: null,
    role: 'follower',
    leader: null,
    removedAt: null,
    hasRoom: true,
    roster: emptyRoster,
    lastNow: now,
    wakeAt: now,
    electionDeadline: 0,
    deadlineMoved: false,
    isQuiet: false,
    heardLeaderAt: Number.NEGATIVE_INFINITY,
    succession: null,
    abstention: abstentionAtStart(stored.abstainMs ?? 0, now),
    candidateLacked: false,
    following: { verified: stored.commit, ackOwed: false, acked: 0, round: 0, ackedRound: 0 },
    campaign: null,
    leading: null,
    asking: { waiting: [], batch: null, attempt: 0 },
    fresh: { asOf: Number.NEGATIVE_INFINITY, index: 0 },
    voteOwed: null,
    outbox: [],
    own: [],
    ready: [],
    refused: [],
    reported: {
      role: 'follower',
      term,
      leader: null,
      transferringTo: null,
      configuration: null,
      committedConfigurationIndex: 0,
      removedAt: null,
    },
  }
  restartElectionTimer(s, now)
  s.electionDeadline = Math.min(s.electionDeadline, now + options.firstWaitMs)
  configurationChanged(s, now)
  return s
}
