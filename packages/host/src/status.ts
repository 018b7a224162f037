/** How a member stands, for people and programs. */
import type { RaftedError, RaftedEvent } from '@rafted/contracts'
import { type Core, memberOf, type PeerView, type Standing } from '@rafted/core'
import { type DamageStatus, type MemberStatus, type PlacedSettings, SETTING_NAMES } from '@rafted/wire'
import type { HostContext } from './context.ts'
import type { LogAges } from './log-ages.ts'
import type { ReplicatedState } from './replicated-state.ts'
import type { KeptSnapshot } from './snapshot-taking.ts'

/** What identifies the member. */
export interface Identity {
  readonly group: string
  readonly incarnation: string
  readonly id: string
  readonly leaderAddress: string | null
  /** Why it takes part in nothing any more, or null. */
  readonly ended: RaftedError | null
}

/** What it is made of. */
interface Parts {
  readonly core: Core
  readonly state: ReplicatedState
  readonly settings: PlacedSettings
  readonly snapshot: KeptSnapshot | null
  readonly ages: LogAges
  readonly elections: MemberStatus['elections']
  readonly damage: DamageStatus | null
}

export function statusOf(
  { group, incarnation, id, leaderAddress, ended }: Identity,
  host: HostContext,
  { core, state, settings, snapshot, ages, elections, damage }: Parts,
  now: number,
): MemberStatus {
  const { role, term, leader, configuration, removedAt } = core.standing
  const peers = ended === null ? core.peers() : []
  // Quiet peers are not asked: their hosts are.
  const silent = peers.filter(({ isAbsent, lastHeard }) =>
    core.isQuiet ? isAbsent : now - lastHeard > settings.electionMs,
  )
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
    settings: placedOnly(settings),
    peers: peers.map((peer) => peerStatus(core, peer, silentMs(core, peer, host, now))),
    uncommittedBytes: core.uncommittedBytes,
    log: {
      bytes: core.bytesAfter(core.baseIndex),
      oldestMs: ages.ofOldest(core.baseIndex, core.lastIndex, now),
    },
    snapshot:
      snapshot === null
        ? null
        : { index: snapshot.index, bytes: snapshot.size, ageMs: ages.since(snapshot.time, now) },
    elections,
    loop: host.loopLatency(),
    disk: host.diskLatency(),
    transfer: ended === null ? transferOf(core, now) : null,
    damage,
  }
}

/** As they are now, and nothing of the host's own. */
function placedOnly(settings: PlacedSettings): PlacedSettings {
  const values = SETTING_NAMES.map((name) => [name, settings[name]])
  return { index: settings.index, ...Object.fromEntries(values) } as PlacedSettings
}

function peerStatus(
  core: Core,
  { id, state, match, next }: PeerView,
  silentFor: number,
): MemberStatus['peers'][number] {
  // Only a stream runs ahead of what is acknowledged.
  const inFlightBytes = state === 'stream' ? core.bytesAfter(match) - core.bytesAfter(next - 1) : 0
  return { member: id, state, match, next, inFlightBytes, silentMs: Math.max(0, silentFor) }
}

/** While the group is quiet its host is heard in its place. */
function silentMs(
  core: Core,
  { id, lastHeard, isAbsent }: PeerView,
  { pulses }: HostContext,
  now: number,
): number {
  if (!core.isQuiet || isAbsent) return now - lastHeard
  const host = memberOf(core.configuration?.configuration, id)?.host
  return host === undefined ? now - lastHeard : Math.min(now - lastHeard, pulses.silentMs(host))
}

function transferOf({ transfer }: Core, now: number): MemberStatus['transfer'] {
  return transfer === null ? null : { to: transfer.to, forMs: now - transfer.since }
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
