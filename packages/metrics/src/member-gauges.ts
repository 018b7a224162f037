/** What the status of a member comes to. */
import { METRICS, type MetricName, type MetricNameOf } from './description.ts'
import type { MeteredConfiguration, MeteredLatency, MeteredStatus } from './metered-host.ts'
import type { Labels } from './samples.ts'

/** @param labels beside those of host and group. */
export type Put = (name: MetricNameOf<'gauge'>, value: number, labels?: Labels) => void

/** @param status null for a group that was started and has no member yet. @param slow members that the leader here calls slow. */
export function putMember(status: MeteredStatus | null, slow: ReadonlySet<string>, put: Put): void {
  putState(stateOf(status), put)
  if (status === null) return
  const { configuration, damage, transfer } = status
  const takesPart = status.stopped === null
  put('rafted.members.leaderless', Number(takesPart && status.leader === null))
  put('rafted.members.damaged', Number(damage !== null))
  put('rafted.members.stuck', Number(damage !== null && damage.stuck !== null))
  put('rafted.changes.pending', Number(isChanging(status)))
  put('rafted.voters', configuration?.configuration.voters.length ?? 0)
  put('rafted.learners', configuration?.configuration.learners.length ?? 0)
  put('rafted.term', status.term)
  put('rafted.transfer.time', seconds(transfer?.forMs ?? 0))
  put('rafted.sessions', status.sessions)
  put('rafted.machine.version', status.settings.machineVersion)
  putLog(status, put)
  putPeers(status, slow, put)
}

/** What is the host's, as each of its members tells it. */
export function putHost({ disk, loop }: MeteredStatus, put: Put): void {
  putLatency('rafted.disk.latency', disk, put)
  put('rafted.disk.wait', seconds(disk.waitingMs))
  putLatency('rafted.loop.delay', loop, put)
}

function stateOf(status: MeteredStatus | null): string {
  if (status === null) return 'waiting'
  if (status.stopped === null) return status.role
  return status.removedAt === null ? 'stopped' : 'removed'
}

function isChanging({ configuration, commitIndex }: MeteredStatus): boolean {
  if (configuration === null) return false
  return configuration.configuration.outgoing !== null || configuration.index > commitIndex
}

function putState(state: string, put: Put): void {
  for (const each of valuesOf('rafted.members'))
    put('rafted.members', Number(each === state), { state: each })
}

function putLog({ log, snapshot, ...status }: MeteredStatus, put: Put): void {
  put('rafted.log.last_index', status.lastIndex)
  put('rafted.log.commit_index', status.commitIndex)
  put('rafted.log.applied_index', status.appliedIndex)
  put('rafted.log.uncommitted', status.lastIndex - status.commitIndex)
  put('rafted.log.unapplied', Math.max(0, status.commitIndex - status.appliedIndex))
  put('rafted.log.uncommitted_size', status.uncommittedBytes)
  put('rafted.log.size', log.bytes)
  put('rafted.log.oldest_age', seconds(log.oldestMs))
  put('rafted.snapshot.index', snapshot?.index ?? 0)
  put('rafted.snapshot.size', snapshot?.bytes ?? 0)
  put('rafted.snapshot.age', seconds(snapshot?.ageMs ?? 0))
}

function putPeers(status: MeteredStatus, slow: ReadonlySet<string>, put: Put): void {
  put('rafted.peers.unresponsive', status.unresponsive.length)
  if (status.configuration === null) return
  const hosts = hostsOf(status.configuration.configuration)
  for (const { member, match, inFlightBytes, silentMs } of status.peers) {
    const host = hosts.get(member)
    // Ids are drawn: as labels there would be ever more of them.
    if (host === undefined) continue
    const peer = { peer: host }
    put('rafted.peer.lag', status.lastIndex - match, peer)
    put('rafted.peer.silence', seconds(silentMs), peer)
    put('rafted.peer.in_flight', inFlightBytes, peer)
    put('rafted.peer.slow', Number(slow.has(member)), peer)
  }
}

function hostsOf({ voters, outgoing, learners }: MeteredConfiguration): Map<string, string> {
  const hosts = new Map<string, string>()
  for (const { id, host } of [...voters, ...(outgoing ?? []), ...learners]) hosts.set(id, host)
  return hosts
}

function putLatency(
  name: 'rafted.disk.latency' | 'rafted.loop.delay',
  { p50Ms, p99Ms, maxMs }: MeteredLatency,
  put: Put,
): void {
  for (const [at, percentile] of valuesOf(name).entries())
    put(name, seconds([p50Ms, p99Ms, maxMs][at]!), { percentile })
}

function valuesOf(name: MetricName): readonly string[] {
  return METRICS[name].label!.values
}

function seconds(ms: number): number {
  return ms / 1000
}
