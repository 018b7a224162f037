/**
 * A member whose log is damaged: what it may still promise, and how it becomes whole again.
 *
 * *Payloads are lost, heads are known.* The member knows the (index, term) of every entry, and that names an entry for ever (Log
 * Matching, paper §5.3): whoever holds one under the same two numbers holds the same. So its log still tells whose log is the better
 * one, and it votes by it, but it can't lead: it has not what it would have to send. It acknowledges and applies what comes before
 * the first entry it can't read. Payloads come back from any member, without a leader (`restored`); a leader may cut the entry off; or
 * a snapshot, from any member as well, passes over it.
 *
 * *Heads are lost.* The log ends before the first entry that it can't name, and `lostTo` says how far it once reached. What this
 * member acknowledged may be committed, and it no longer knows what it was. It grants no vote and asks for none, until a leader of its
 * current term has shown it all that that leader holds:
 *
 *   - The member asks (`repair`, under a number drawn when it started). The leader forgets what it counted for it: the one place where a
 *     match goes back. It notes its own last index, answers with that (`repairing`), and believes no ack before one for a round of
 *     heartbeats that begins now: an ack of before the damage that is still on its way answers an earlier round.
 *   - The member is whole once everything up to `lostTo`, or up to that index if the leader's log is shorter, is durable here and agrees
 *     with the leader's log. (Waiting for all that the leader holds would be waiting for nothing, and could be for ever: a learner may
 *     become a voter without which nobody can be elected.)
 *
 * Why that is enough. Say an entry was committed in term T with this member's help, by the acks of a quorum Q. A leader of a later
 * term that was elected since the damage has the votes of a quorum V without this member. Q and V share a member, which is another
 * one; it acknowledged before it voted (else its term had been too high for T), so the leader's log holds the entry, as in the paper's
 * §5.4.3. A leader of a later term that was elected before the damage had this member's vote when its log was whole, if at all. A
 * leader of T itself holds what it was told is durable here: it sent it, and it only appends. What this member ever acknowledged is not
 * behind `lostTo`. So when it votes again, its log is the leader's as far as that could matter: it holds all that it acknowledged and that
 * is or may still become committed, or what has taken its place.
 * Nor could its vote break a promise to abstain that it no longer knows of (`lease.ts`): with the match the leader forgets that promise, and
 * counts one again once this member holds the entry that names it.
 * This holds as well for acks of before the damage that a leader counts later: the argument needs none of them back.
 *
 * What no rule can mend: until the leader hears of it, it counts a copy that is gone. An entry may so be committed that stands on one disk
 * fewer than a majority. A disk has lost what it confirmed; that no vote is given meanwhile keeps the entry from being passed over.
 */
import { compactConfigurations } from './configurations.ts'
import type { SnapshotPosition } from './input.ts'
import { peerOf } from './leading.ts'
import type { Repair, Repairing } from './message.ts'
import { forgetMatch, heard } from './progress.ts'
import type { State } from './state.ts'
import type { Stored } from './stored.ts'
import { compactTo, termAt } from './term-runs.ts'

/** Indexes, inclusive. */
export interface DamagedRange {
  readonly from: number
  readonly to: number
}

export interface Damage {
  /** Entries whose payloads can't be read: ascending, apart from each other. */
  ranges: readonly DamagedRange[]
  /** The highest index the log is known to have held, while it has lost entries that it can't name. */
  lostTo: number | null
  /** What is asked of leaders, or null. */
  repair: OwnRepair | null
  /** `lostTo` has become null, and no write has said so. */
  toldDisk: boolean
}

interface OwnRepair {
  /** Tells this request from those of former lives of the member. */
  request: number
  /** What the leader of `term` has answered: its last index then. Null before it has. */
  upTo: number | null
  term: number
}

/** What a log store has found, null for a sound log. */
export function newDamage({ damaged, lostTo }: Stored, random: () => number): Damage | null {
  if (damaged.length === 0 && lostTo === null) return null
  const request = lostTo === null ? null : 1 + Math.floor(random() * 2 ** 48)
  const repair = request === null ? null : { request, upTo: null, term: 0 }
  return { ranges: damaged, lostTo, repair, toldDisk: true }
}

/** Whether entries are missing that can't even be named: then the log is no measure for votes. */
export function hasLost(s: State): boolean {
  return s.damage !== null && s.damage.lostTo !== null
}

/**
 * Whether the log may have told, in entries that are lost, of something that is committed behind `commit`: that this member, which it says was removed, was
 * added again, and may be counted on.
 */
export function mayHaveLostNewsBehind(s: State, commit: number): boolean {
  return s.damage !== null && s.damage.lostTo !== null && s.damage.lostTo > commit
}

/** Whether nothing is wrong with the log. */
export function isWhole(s: State): boolean {
  return s.damage === null
}

/** Everything up to here can be read, as far as the log reaches. */
export function readableTo(s: State): number {
  const first = s.damage?.ranges[0]
  return first === undefined ? Number.MAX_SAFE_INTEGER : first.from - 1
}

/** The payloads of `from … to` are durable here again. */
export function restored(s: State, from: number, to: number): void {
  if (s.damage === null) return
  const { ranges } = s.damage
  s.damage.ranges = [...cutRanges(ranges, 0, from - 1), ...cutRanges(ranges, to + 1, Number.MAX_SAFE_INTEGER)]
  dropIfWhole(s)
}

/** The entries from `from` on have left the log. */
export function damageCut(s: State, from: number): void {
  if (s.damage !== null) restored(s, from, Number.MAX_SAFE_INTEGER)
}

/** What of the ranges lies between these indexes. */
function cutRanges(ranges: readonly DamagedRange[], low: number, high: number): DamagedRange[] {
  const kept: DamagedRange[] = []
  for (const range of ranges) {
    const from = Math.max(range.from, low)
    const to = Math.min(range.to, high)
    if (from <= to) kept.push({ from, to })
  }
  return kept
}

function dropIfWhole(s: State): void {
  const damage = s.damage!
  if (damage.ranges.length === 0 && damage.lostTo === null && damage.toldDisk) s.damage = null
}

/**
 * Whether a snapshot at `index` brings what this log can't read, though the log names all of it. Then whose it is makes no difference: it holds
 * what is committed, and the log, which names its last entry, agrees with it up to there.
 */
export function wantsSnapshot(s: State, index: number, term: number): boolean {
  return readableTo(s) < index && termAt(s.log, index) === term
}

/**
 * A snapshot of entries that the log names and can't all read: the log begins after it, and what follows stays, as it was
 * promised. @returns whether that could be done: not before the disk has been given all of it.
 */
export function passOver(s: State, { index }: SnapshotPosition): boolean {
  if (index > s.durability.handedIndex) return false
  s.commit = Math.max(s.commit, index)
  compactTo(s.log, index)
  compactConfigurations(s.configurations, s.log.baseIndex)
  restored(s, 0, index)
  return true
}

/** Asks the leader to begin anew with this member, with each answer to it, until it has said that it does. */
export function askForRepair(s: State): void {
  const { damage, leader, durability, following } = s
  const repair = damage?.repair
  if (repair == null || s.role !== 'follower' || leader === null) return
  if (repair.upTo !== null && repair.term === s.term) return
  if (!following.ackOwed || durability.term !== s.term) return
  const last = Math.min(s.log.last, readableTo(s))
  s.outbox.push({
    kind: 'repair',
    from: s.options.id,
    to: leader,
    term: s.term,
    number: repair.request,
    last,
  })
}

/** A leader: forget what was counted for this member, once for each number. */
export function onRepair(s: State, m: Repair, now: number): void {
  const peer = peerOf(s, m.from)
  if (peer === undefined) return
  const leading = s.leading!
  heard(peer, now)
  if (peer.repair?.request !== m.number) {
    // No heartbeat of this round has left: whoever answers it does so after it asked.
    leading.round++
    leading.heartbeatAt = now
    forgetMatch(peer, Math.min(m.last, s.log.last) + 1)
    peer.repair = { request: m.number, round: leading.round, upTo: s.log.last }
  }
  const { request: number, upTo } = peer.repair!
  s.outbox.push({ kind: 'repairing', from: s.options.id, to: m.from, term: s.term, number, upTo })
}

/** The leader has begun anew with this member. */
export function onRepairing(s: State, m: Repairing): void {
  const repair = s.damage?.repair
  if (repair == null || m.number !== repair.request || m.from !== s.leader) return
  repair.upTo = m.upTo
  repair.term = s.term
}

/** Whole again, once all that the log has lost, or has been replaced in the leader's, is durable here. */
export function endLoss(s: State): void {
  const { damage, durability, following } = s
  if (damage === null || damage.lostTo === null) return
  const { upTo, term } = damage.repair!
  const answered = upTo !== null && term === s.term ? upTo : Number.MAX_SAFE_INTEGER
  if (durability.term !== s.term || s.role !== 'follower' || s.leader === null) return
  if (Math.min(durability.index, following.verified) < Math.min(damage.lostTo, answered)) return
  damage.lostTo = null
  damage.toldDisk = false
  if (damage.ranges.length === 0) damage.repair = null
}

/** Whether the next write has to say that nothing is lost any more. @returns true once for each time. */
export function takeHealed(s: State): boolean {
  if (s.damage === null || s.damage.toldDisk) return false
  s.damage.toldDisk = true
  dropIfWhole(s)
  return true
}
