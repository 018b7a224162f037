/**
 * One peer as the leader sees it.
 *
 *     probe     one append at a time, until an ack shows where the logs agree
 *     stream    appends follow each other without waiting, up to a window of bytes
 *     snapshot  the log no longer holds what the peer needs next
 *
 * `match` is what this leader knows to be durable there. It never exceeds what this leader itself verified, and never
 * moves back, unless the peer itself says that its log is damaged; always match < next.
 */
import { invariant } from './assert.ts'
import type { MemberId } from './entry.ts'
import type { Ack } from './message.ts'

export interface Progress {
  id: MemberId
  state: 'probe' | 'stream' | 'snapshot'
  match: number
  next: number
  /** Probe: an append is out, and nothing has come back. */
  paused: boolean
  /** Probe: the last entry that has been sent from `next` on, and the round of heartbeats that went before it or with it; 0 if none is under way. */
  probed: number
  probedRound: number
  /** Stream: ask whether what was sent has arrived. */
  checkDue: boolean
  /** Highest commit index told. */
  sentCommit: number
  /** What it last said of how much it wants to lead, or that it can't. */
  leadership: Ack['leadership']
  /** When the peer last answered, or would have, where this member was blocked meanwhile. */
  lastHeard: number
  /** So much of that, milliseconds, it has not shown: its answers of that time may wait unread, or there are none. */
  excusedMs: number
  /** It led before, its host was lost when this member campaigned, and it has not answered since: nobody waits for it (`quiet.ts`). */
  isMissed: boolean
  /** Highest heartbeat round it has answered. */
  round: number
  /** From then on it votes for nobody else, as it has answered a heartbeat sent then: `lease.ts`. */
  abstainsFrom: number
  /** `match` when the round before was answered: no progress since means that something sent may be lost. */
  matchAtRound: number
  /** Snapshot: a transfer is under way. */
  sending: boolean
  /** Snapshot: not before this time. */
  retryAt: number
  /** Its log is damaged, and this leader has begun anew with it: what it has asked, and what it was answered. */
  repair: PeerRepair | null
}

export interface PeerRepair {
  readonly request: number
  /** Answers to earlier rounds may be of before the damage. */
  readonly round: number
  /** The leader's last index then. */
  readonly upTo: number
}

export function newProgress(id: MemberId, next: number, now: number, isMissed = false): Progress {
  return {
    id,
    state: 'probe',
    match: 0,
    next,
    paused: false,
    probed: 0,
    probedRound: 0,
    checkDue: false,
    sentCommit: 0,
    leadership: 'normal',
    lastHeard: now,
    excusedMs: 0,
    isMissed,
    round: 0,
    abstainsFrom: Number.NEGATIVE_INFINITY,
    matchAtRound: 0,
    sending: false,
    retryAt: Number.NEGATIVE_INFINITY,
    repair: null,
  }
}

/** It has answered. */
export function heard(peer: Progress, now: number): void {
  peer.lastHeard = now
  peer.excusedMs = 0
  peer.isMissed = false
}

/** This member was blocked, or asked nobody, for so long: the peer gets as much more time to be heard. */
export function excuse(peer: Progress, late: number, now: number): void {
  const more = Math.min(late, now - peer.lastHeard)
  peer.lastHeard += more
  peer.excusedMs += more
}

/** Goes on one append at a time, from `next`. */
export function probeFrom(peer: Progress, next: number): void {
  peer.state = 'probe'
  peer.next = Math.max(next, peer.match + 1)
  peer.paused = false
  forgetProbe(peer)
  peer.checkDue = false
  peer.sending = false
}

/** Nothing of the kind is under way, as far as this leader knows. */
export function forgetProbe(peer: Progress): void {
  peer.probed = 0
  peer.probedRound = 0
}

/** The peer's log is damaged: nothing is known of it, and it is shown again from `next` on. */
export function forgetMatch(peer: Progress, next: number): void {
  peer.match = 0
  peer.matchAtRound = 0
  peer.sentCommit = 0
  peer.abstainsFrom = Number.NEGATIVE_INFINITY
  probeFrom(peer, next)
}

/** An ack says that everything up to `match` is durable there. */
export function advance(peer: Progress, match: number, base: number): void {
  if (match > peer.match) peer.match = match
  const caughtUp =
    peer.state === 'probe' ? peer.match >= peer.next - 1 : peer.state === 'snapshot' && peer.match >= base
  peer.next = Math.max(peer.next, peer.match + 1)
  if (caughtUp) {
    // What a probe has carried is on its way, and need not be sent again.
    peer.next = Math.max(peer.match, peer.probed) + 1
    // Leaving the snapshot state by acks alone: appends or an earlier snapshot have caught the peer up (F68).
    peer.state = 'stream'
    peer.paused = false
    forgetProbe(peer)
    peer.checkDue = false
    peer.sending = false
  }
  invariant(4, peer.match < peer.next, 'peer {}: match {}, next {}', peer.id, peer.match, peer.next)
}
