/** A leader: what it makes of answers, and what it sends next to whom (paper §5.3, thesis §10.2). */
import { noticeCommit } from './commit.ts'
import type { ConfigurationEntry, Heads, MemberId } from './entry.ts'
import { abstainMs, markRound, noteAbstention } from './lease.ts'
import type { Ack, Conflict } from './message.ts'
import { advance, forgetProbe, heard, type Progress, probeFrom } from './progress.ts'
import type { State } from './state.ts'
import { bytesBetween, fitting, highestNotAbove, runsBetween, termAt } from './term-runs.ts'

export function peerOf(s: State, id: MemberId): Progress | undefined {
  const peers = s.leading?.peers ?? []
  for (let i = 0; i < peers.length; i++) if (peers[i]!.id === id) return peers[i]
  return undefined
}

export function onAck(s: State, m: Ack, now: number): void {
  const peer = peerOf(s, m.from)
  // An ack beyond the log's end can't be true: whoever says so is broken, and this member's state is not.
  if (peer === undefined || m.match > s.log.last) return
  heard(peer, now)
  peer.leadership = m.leadership
  // It may be of before the damage.
  if (peer.repair !== null && m.round < peer.repair.round) return
  const newRound = m.round > peer.round
  // It has heard what was sent later, so the probe should have arrived as well.
  if (m.round > peer.probedRound) forgetProbe(peer)
  advance(peer, m.match, s.log.baseIndex)
  if (newRound) answeredRound(s, peer, m)
  noteAbstention(s, peer, Math.min(m.round, s.leading!.round))
  if (peer.sentCommit < Math.min(peer.match, s.commit)) noticeCommit(s, now)
}

/** A heartbeat was answered for the first time: what was sent before it should have arrived. */
function answeredRound(s: State, peer: Progress, m: Ack): void {
  peer.round = Math.min(m.round, s.leading!.round)
  if (peer.state === 'probe') {
    peer.paused = false
  } else if (peer.state === 'stream') {
    // A match below what it once was: the peer was restarted and must be shown again where the logs agree.
    if (m.match < peer.match) probeFrom(peer, peer.match + 1)
    // Nothing new since the answer before, though something is under way: is it slow, or lost? Ask.
    else if (peer.match === peer.matchAtRound && peer.match < peer.next - 1) peer.checkDue = true
  }
  peer.matchAtRound = peer.match
}

/** The peer doesn't hold what an append stood on: go back, whole terms at a time (paper §5.3). */
export function onConflict(s: State, m: Conflict, now: number): void {
  const peer = peerOf(s, m.from)
  if (peer === undefined) return
  heard(peer, now)
  // An answer to an older append than the last ones says nothing about where to go on. And a peer that no longer holds what it
  // acknowledged has lost it: there is nothing to go back to, and asking again at once would be asking for ever.
  const current =
    m.prevIndex > peer.match &&
    (peer.state === 'probe' ? m.prevIndex === peer.next - 1 : peer.state === 'stream')
  if (!current || m.hintIndex >= m.prevIndex + 1) return
  const at = highestNotAbove(s.log, m.hintIndex, m.hintTerm)
  const known = m.hintIndex >= s.log.baseIndex && at.term <= m.hintTerm
  // Below the log's base: nothing there can be compared, the next drain turns to a snapshot.
  probeFrom(peer, known ? Math.min(at.index + 1, m.prevIndex) : Math.min(s.log.baseIndex, m.prevIndex))
}

export function onSnapshotSent(s: State, to: MemberId, index: number, ok: boolean, now: number): void {
  const peer = peerOf(s, to)
  if (peer === undefined || peer.state !== 'snapshot') return
  peer.sending = false
  if (ok) probeFrom(peer, index + 1)
  else peer.retryAt = now + s.settings.heartbeatMs
}

/** Derives what is due to every peer. `s.outbox` and `snapshotsTo` receive it. */
export function sendDue(s: State, snapshotsTo: MemberId[], now: number): void {
  const leading = s.leading!
  const heartbeat = now >= leading.heartbeatAt
  if (heartbeat) {
    // Reads may have begun a round; if not, this heartbeat begins one, so that answers to it are told from older ones.
    if (leading.round === leading.sentRound) leading.round++
    leading.sentRound = leading.round
    markRound(s, now)
    leading.heartbeatAt = now + s.settings.heartbeatMs
  }
  const notice = now >= leading.noticeAt
  if (notice) leading.noticeAt = Number.POSITIVE_INFINITY
  for (const peer of leading.peers) {
    if (peer.id === s.options.id) continue
    sendEntries(s, peer)
    if (peer.state === 'snapshot' && !peer.sending && now >= peer.retryAt) {
      peer.sending = true
      snapshotsTo.push(peer.id)
    }
    if (heartbeat || (notice && peer.sentCommit < Math.min(peer.match, s.commit))) sendHeartbeat(s, peer)
  }
}

function sendEntries(s: State, peer: Progress): void {
  if (peer.state === 'probe' && !peer.paused) {
    if (!sendAppend(s, peer, true)) return
    peer.paused = true
  } else if (peer.state === 'stream') {
    while (
      peer.next <= s.log.last &&
      bytesBetween(s.log, peer.match + 1, peer.next - 1) < s.options.maxInflightBytes
    ) {
      peer.checkDue = false
      if (!sendAppend(s, peer, true)) return
    }
    if (!peer.checkDue) return
    peer.checkDue = false
    sendAppend(s, peer, false)
  }
}

/** Sends one append from `peer.next` on, or turns to a snapshot. @returns whether an append was sent. */
function sendAppend(s: State, peer: Progress, withEntries: boolean): boolean {
  const prevIndex = peer.next - 1
  const prevTerm = termAt(s.log, prevIndex)
  if (prevTerm === undefined) {
    peer.state = 'snapshot'
    forgetProbe(peer)
    peer.sending = false
    return false
  }
  const heads = withEntries && peer.next <= s.log.last ? headsFrom(s, peer.next) : null
  const last = heads?.last ?? prevIndex
  s.outbox.push({
    kind: 'append',
    from: s.options.id,
    to: peer.id,
    term: s.term,
    prevIndex,
    prevTerm,
    heads,
    commit: s.commit,
  })
  if (peer.state === 'stream') peer.next = last + 1
  else {
    peer.probed = last
    peer.probedRound = s.leading!.sentRound
  }
  peer.sentCommit = Math.max(peer.sentCommit, Math.min(s.commit, last))
  return true
}

function headsFrom(s: State, from: number): Heads {
  const last = fitting(s.log, from, s.options.maxAppendBytes)
  return { runs: runsBetween(s.log, from, last), last, configurations: configurationsBetween(s, from, last) }
}

const none: readonly ConfigurationEntry[] = []

/** The configuration entries among `from … last`. */
export function configurationsBetween(s: State, from: number, last: number): readonly ConfigurationEntry[] {
  const newest = s.configurations[s.configurations.length - 1]
  if (newest === undefined || newest.index < from) return none
  return s.configurations.filter((entry) => entry.index >= from && entry.index <= last)
}

function sendHeartbeat(s: State, peer: Progress): void {
  const commit = Math.min(peer.match, s.commit)
  s.outbox.push({
    kind: 'heartbeat',
    from: s.options.id,
    to: peer.id,
    term: s.term,
    round: s.leading!.round,
    commit,
    abstainMs: abstainMs(s.settings),
  })
  peer.sentCommit = Math.max(peer.sentCommit, commit)
}

/** The last word of a leader that has removed itself: with it the others know that the removal is committed. */
export function sendFarewell(s: State): void {
  for (const peer of s.leading!.peers) if (peer.id !== s.options.id) sendHeartbeat(s, peer)
}
