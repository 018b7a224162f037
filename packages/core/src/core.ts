/**
 * One member of a group as a pure machine: `step` takes what happened, `drain` says what is due. This is the only file that
 * sees all parts; each part is one file beside it.
 *
 * It is level-triggered: inputs change the state and do nothing to the world; once per turn `drain` derives writes, messages
 * and answers from the state as it is. Nobody decides "send now?", and batching and pipelining fall out.
 */
import { askLeader, onReadAnswer, refuseAsked, retryAt } from './asking.ts'
import { invariant, isCount } from './assert.ts'
import { advanceCommit, countSelf } from './commit.ts'
import { addedAt, committed, effective } from './configurations.ts'
import * as damage from './damage.ts'
import { hand, persisted } from './durability.ts'
import type { Effects, Standing, Write } from './effects.ts'
import * as election from './election.ts'
import type { ConfigurationEntry, Heads, MemberId } from './entry.ts'
import * as following from './following.ts'
import type { Answer, Input, Taken } from './input.ts'
import * as leading from './leading.ts'
import { doubtClock, leaseUntil } from './lease.ts'
import { advanceMembership, change, noticeRemoval } from './membership.ts'
import type { Message } from './message.ts'
import { type CoreOptions, resolveOptions } from './options.ts'
import { excuse } from './progress.ts'
import { beginTerm, propose, refuse, stamp } from './proposing.ts'
import { fallQuiet, isQuiet, onQuiet, stirBy } from './quiet.ts'
import { advanceReads, freshness, onReadRequest, read } from './reads.ts'
import { becomeFollower } from './role.ts'
import { loadState, type SavedCore, saveState } from './saved.ts'
import { takeSettings } from './settings.ts'
import { compact, install } from './snapshot.ts'
import { initialState } from './starting.ts'
import type { Fresh, State } from './state.ts'
import { emptyLog, type Stored } from './stored.ts'
import { placeInTurn, suspectLeader } from './succession.ts'
import { bytesBetween, lastTime, runsBetween, termAt } from './term-runs.ts'
import { advanceTransfer, cancelTransfer, successorLost, transfer } from './transfer.ts'
import type { PeerView, TransferView } from './views.ts'
import { campaignAt, excuseDisk, noteRoom, yieldIfDue } from './yielding.ts'

const NONE: readonly damage.DamagedRange[] = []

/**
 * One member of a group: a pure machine, without time, chance, disk or network of its own. Whoever holds it steps it with what
 * happens, and carries out what `drain` says.
 */
export class Core {
  #s: State

  /**
   * A member as its log store gives it back, or `emptyLog()` for one that is new.
   * @throws {CoreOptionError} if an option is out of range. @throws {InvariantError} if `stored` contradicts itself.
   */
  constructor(options: CoreOptions, stored: Stored, now: number) {
    this.#s = initialState(resolveOptions(options), stored, now)
  }

  /** A core that goes on exactly where `save` was called, given the same random numbers. */
  static load(saved: SavedCore, options: CoreOptions): Core {
    const core = new Core({ ...options, random: () => 0 }, emptyLog(), 0)
    core.#s = loadState(saved, resolveOptions(options))
    return core
  }

  /** The whole state, as plain data; nothing is changed by it. */
  save(): SavedCore {
    return saveState(this.#s)
  }

  /**
   * Takes an input. Changes state, does nothing to the world; what follows is handed out by `drain`.
   * @param now monotonic milliseconds; never less than in the call before.
   * @throws {InvariantError} and from then on the member must take part in nothing.
   */
  step(input: Input, now: number): Answer {
    const s = this.#s
    const before = s.lastNow
    passTime(s, now)
    if (s.removedAt !== null && input.kind !== 'persisted') return refuseRemoved(s, input)
    stirBy(s, input, now)
    switch (input.kind) {
      case 'message':
        return message(s, input.message, now)
      case 'propose':
        return propose(s, input.count, input.bytes, now)
      case 'read':
        read(s, input)
        return nothing(s)
      case 'change':
        return change(s, input, now)
      case 'transfer':
        return transfer(s, input.to, now)
      case 'cancel-transfer':
        return cancelTransfer(s)
      case 'persisted':
        persisted(s.durability, input.seq, now)
        return nothing(s)
      case 'snapshot-taken':
        compact(s, input.index, input.compactTo)
        return nothing(s)
      case 'snapshot-sent':
        leading.onSnapshotSent(s, input.to, input.index, input.ok, now)
        return nothing(s)
      case 'snapshot-installed':
        return install(s, input.meta, now) ? nothing(s, input.meta.index) : refuse('snapshot-not-needed')
      case 'restored':
        damage.restored(s, input.from, input.to)
        return nothing(s)
      case 'host-suspect':
        successorLost(s, input.host)
        suspectLeader(s, input.host, now)
        return nothing(s)
      case 'host-alive':
      case 'nudge':
        return nothing(s)
      case 'room':
        noteRoom(s, input.ok)
        return nothing(s)
      case 'clock-doubt':
        doubtClock(s, input.aheadMs, before, now)
        return nothing(s)
      case 'settings':
        takeSettings(s, input.settings, now)
        return nothing(s)
    }
  }

  /**
   * What is due now. Time passes here: elections begin, heartbeats leave, a leader without majority steps down.
   * @throws {InvariantError} see `step`.
   */
  drain(now: number): Effects {
    const s = this.#s
    passTime(s, now)
    const snapshotsTo: MemberId[] = []
    if (s.removedAt === null) {
      elect(s, now)
      if (s.leading !== null) lead(s, snapshotsTo, now)
      else askLeader(s, now)
      noticeRemoval(s)
      election.grantOwedVote(s)
      damage.askForRepair(s)
      following.ackIfDue(s)
      damage.endLoss(s)
    } else refuseAsked(s, 'removed')
    const effects: Effects = {
      write: nextWrite(s, now),
      own: s.own,
      messages: s.outbox,
      commitIndex: Math.min(s.commit, damage.readableTo(s)),
      reads: s.ready,
      refused: s.refused,
      snapshotsTo,
      changed: report(s),
    }
    s.own = []
    s.outbox = []
    s.ready = []
    s.refused = []
    s.wakeAt = nextWake(s)
    return effects
  }

  /** When to call `drain` if nothing else happens; Infinity for never. */
  get wakeAt(): number {
    return this.#s.wakeAt
  }

  /** How this member stood at the last drain. */
  get standing(): Standing {
    return this.#s.reported
  }

  /** The configuration in effect now; `standing` has the one there was at the last drain. */
  get configuration(): ConfigurationEntry | null {
    return effective(this.#s.configurations)
  }

  /** Whether its log, committed or not, says that it was added to the group. It may be out again since. */
  get wasAdded(): boolean {
    return addedAt(this.#s.configurations, this.#s.options.id) !== null
  }

  /** Index of the last entry of the log, committed or not; 0 before the first. */
  get lastIndex(): number {
    return this.#s.log.last
  }

  /**
   * Everything up to this index is committed, as far as this member knows. It may be damaged: what can be applied is `commitIndex`
   * of the effects.
   */
  get commitIndex(): number {
    return this.#s.commit
  }

  /** The log begins after this index. */
  get baseIndex(): number {
    return this.#s.log.baseIndex
  }

  /** Whether nothing happens in the group, and this member waits for no time to pass: its host watches those of the others. */
  get isQuiet(): boolean {
    return isQuiet(this.#s)
  }

  /** How many voters campaign before it when its leader is lost (`succession.ts`); null if it follows nobody, or has no vote. */
  get placeInTurn(): number | null {
    return placeInTurn(this.#s)
  }

  /** Whether this leader has told another member to campaign in its term: it may be deposed without having heard of it. */
  get hasOffered(): boolean {
    return this.#s.leading?.hasOffered ?? false
  }

  /** The transfer of leadership that is under way, and since when, by this core's `now`; null for none. */
  get transfer(): TransferView | null {
    const under = this.#s.leading?.transfer ?? null
    return under === null ? null : { to: under.to, since: under.since }
  }

  /** Until when no other member can be elected, by this core's `now`; −Infinity unless it leads and holds a lease. */
  get leaseUntil(): number {
    return leaseUntil(this.#s)
  }

  /** What this member knows of the group's commit index, and from when: what has applied as much is no older. */
  freshness(now: number): Fresh {
    return freshness(this.#s, now)
  }

  /** Replicated time of an entry that is proposed now, milliseconds; null unless it leads. */
  stampAt(now: number): number | null {
    return this.#s.leading === null ? null : stamp(this.#s, now)
  }

  /** Everything up to here is durable, as far as the disk has answered. */
  get durableIndex(): number {
    return this.#s.durability.index
  }

  /** Bytes of the entries after `index`, which the log reaches. */
  bytesAfter(index: number): number {
    return bytesBetween(this.#s.log, index + 1, this.#s.log.last)
  }

  /** Bytes that are not committed yet. */
  get uncommittedBytes(): number {
    return bytesBetween(this.#s.log, this.#s.commit + 1, this.#s.log.last)
  }

  /** Entries whose payloads can't be read (indexes, inclusive): ascending, apart from each other. */
  get damaged(): readonly damage.DamagedRange[] {
    return this.#s.damage?.ranges ?? NONE
  }

  /** While the log has lost entries that it can't name: how far it is known to have reached. Else null. */
  get lostTo(): number | null {
    return this.#s.damage?.lostTo ?? null
  }

  /** Term of the entry at `index`, undefined where the log doesn't reach. */
  termAt(index: number): number | undefined {
    return termAt(this.#s.log, index)
  }

  /**
   * Of a leader, its term and where that begins in its log: with the entry that the core makes, or with what was proposed before that was due. Null for others. Once all up to there is
   * committed, all that was committed before its term is, too (paper §8).
   */
  get termBegins(): { readonly term: number; readonly index: number } | null {
    const { leading, term } = this.#s
    return leading === null ? null : { term, index: leading.termStart + 1 }
  }

  /** A leader knows that every member has its log up to there on its disk. Null for others, who don't know. */
  get heldByAll(): number | null {
    const { leading } = this.#s
    if (leading === null) return null
    let held = Number.POSITIVE_INFINITY
    for (const { match } of leading.peers) held = Math.min(held, match)
    return held
  }

  /** Peers as the leader sees them; empty for others. */
  peers(): readonly PeerView[] {
    const s = this.#s
    if (s.leading === null) return []
    const others = s.leading.peers.filter((peer) => peer.id !== s.options.id)
    return others.map(({ id, state, match, next, lastHeard, repair }) => {
      const isAbsent = s.leading!.absent.includes(id)
      return { id, state, match, next, lastHeard, isAbsent, repair: repair?.request ?? null }
    })
  }
}

/**
 * Notes that time has passed. A call that comes later than one heartbeat after it was asked for (a blocked or paused
 * process) says nothing about the others: what they sent may wait unread. So deadlines move: the leader's messages, or the
 * followers' acks, get one heartbeat to be read first. An election deadline moves once: where every turn is late, nobody would
 * ever campaign.
 */
function passTime(s: State, now: number): void {
  invariant(14, now >= s.lastNow, 'time goes back from {} to {}', s.lastNow, now)
  const late = now - Math.max(s.wakeAt, s.lastNow)
  s.lastNow = now
  if (late <= s.settings.heartbeatMs) return
  excuseDisk(s, late, now)
  if (!s.deadlineMoved) {
    s.deadlineMoved = true
    s.electionDeadline = Math.max(s.electionDeadline, now + s.settings.heartbeatMs * (1 + s.options.random()))
  }
  for (const peer of s.leading?.peers ?? []) excuse(peer, late, now)
}

/** One place for terms, whatever the message (paper §5.1), then role × kind. */
function message(s: State, m: Message, now: number): Answer {
  if (m.to !== s.options.id) {
    // Meant for a former member of this host. Nothing of it is taken, but whoever still asks that one may be removed as well,
    // and know nobody else.
    if (m.kind === 'pre-vote-request') election.tellIfRemoved(s, m.from)
    return nothing(s)
  }
  invariant(11, isCount(m.term), 'a message of term {}', m.term)
  if (m.kind === 'pre-vote-request') {
    election.onPreVoteRequest(s, m, now)
    return nothing(s)
  }
  if (m.term > s.term) {
    // Whoever hears a leader takes no part in an election, not even by its term (thesis §4.2.3).
    // One whom the leader itself has told to campaign is excepted (thesis §4.2.3).
    if (m.kind === 'vote-request' && !m.transfer && election.mayNotVote(s, m.from, now)) return nothing(s)
    becomeFollower(s, m.term, null, now)
  } else if (m.term < s.term && m.kind !== 'pre-vote' && m.kind !== 'removed') {
    return older(s, m)
  }
  return current(s, m, now)
}

/** A message of an older term: whoever leads or campaigns there learns of the newer one. */
function older(s: State, m: Message): Answer {
  if (m.kind === 'vote-request') election.refuseVote(s, m.from)
  else if (m.kind === 'append' || m.kind === 'heartbeat' || m.kind === 'snapshot' || m.kind === 'quiet')
    s.outbox.push({ kind: 'stale', from: s.options.id, to: m.from, term: s.term })
  return m.kind === 'snapshot' ? refuse('snapshot-not-needed') : nothing(s)
}

function current(s: State, m: Message, now: number): Answer {
  switch (m.kind) {
    case 'pre-vote':
      election.onPreVote(s, m, now)
      break
    case 'vote-request':
      election.onVoteRequest(s, m, now)
      break
    case 'vote':
      election.onVote(s, m, now)
      break
    case 'append': {
      const from = following.onAppend(s, m, now)
      const taken = from > 0 && m.heads !== null && from <= m.heads.last
      return taken ? nothing(s, from, m.heads!.last - from + 1) : nothing(s)
    }
    case 'heartbeat':
      following.onHeartbeat(s, m, now)
      break
    case 'snapshot':
      return following.onSnapshotPart(s, m, now) ? nothing(s, m.index) : refuse('snapshot-not-needed')
    case 'ack':
      if (s.leading !== null) leading.onAck(s, m, now)
      break
    case 'conflict':
      if (s.leading !== null) leading.onConflict(s, m, now)
      break
    case 'removed':
      election.onRemoved(s, m, now)
      break
    case 'timeout-now':
      election.onTimeoutNow(s, m, now)
      break
    case 'repair':
      if (s.leading !== null) damage.onRepair(s, m, now)
      break
    case 'repairing':
      damage.onRepairing(s, m)
      break
    case 'read-request':
      onReadRequest(s, m)
      break
    case 'read-answer':
      onReadAnswer(s, m)
      break
    case 'quiet':
      onQuiet(s, m, now)
      break
    case 'stale':
    case 'pre-vote-request':
      break
  }
  return nothing(s)
}

/** Elections, as time and durability have it. */
function elect(s: State, now: number): void {
  if (s.leading !== null) {
    countSelf(s, now)
    // "A leader steps down if an election timeout elapses without a successful round of heartbeats to a majority" (thesis §6.2).
    if (now >= election.checkQuorumAt(s)) becomeFollower(s, s.term, null, now)
    else yieldIfDue(s, now)
    return
  }
  // Whoever alone decides has nobody to wait for, unless it follows a leader that is just leaving.
  const alone = s.role === 'follower' && s.leader === null && election.canElectItself(s, now)
  if (now >= (alone ? s.abstention.until : campaignAt(s))) election.electionTimeout(s, now)
  election.askForVotes(s, now)
}

/** All that follows from leading, in the order in which one thing makes the next due. */
function lead(s: State, snapshotsTo: MemberId[], now: number): void {
  beginTerm(s, now)
  countSelf(s, now)
  advanceCommit(s, now)
  advanceMembership(s, now)
  if (s.leading === null) return
  advanceReads(s, now)
  advanceTransfer(s, now)
  fallQuiet(s, now)
  leading.sendDue(s, snapshotsTo, now)
}

/** What the disk doesn't hold or hasn't been handed yet. */
function nextWrite(s: State, now: number): Write | null {
  const { durability, log } = s
  const from = durability.handedIndex + 1
  const same = durability.handedTerm === s.term && durability.handedVote === s.vote
  const healed = damage.takeHealed(s)
  if (same && s.reset === null && s.truncateFrom === null && from > log.last && !healed) return null
  const first = Math.max(from, log.baseIndex + 1)
  const entries: Heads | null =
    first > log.last
      ? null
      : {
          runs: runsBetween(log, first, log.last),
          last: log.last,
          configurations: leading.configurationsBetween(s, first, log.last),
        }
  const time = lastTime(log)
  const isWritable = isCount(s.term) && isCount(log.last) && isCount(time)
  invariant(15, isWritable, 'term {}, index {} and time {} are to be written', s.term, log.last, time)
  const { reset, truncateFrom } = s
  s.reset = null
  s.truncateFrom = null
  const seq = hand(durability, s.term, s.vote, log.last, now)
  return { seq, term: s.term, vote: s.vote, reset, truncateFrom, entries, healed }
}

/** How the member stands, if that has changed since the last drain. */
function report(s: State): Standing | null {
  const configuration = effective(s.configurations)
  const committedConfigurationIndex = committed(s.configurations, s.commit)?.index ?? 0
  const { reported, role, term, leader, removedAt } = s
  const transferringTo = s.leading?.transfer?.to ?? null
  if (
    reported.role === role &&
    reported.term === term &&
    reported.leader === leader &&
    reported.transferringTo === transferringTo &&
    reported.removedAt === removedAt &&
    reported.configuration === configuration &&
    reported.committedConfigurationIndex === committedConfigurationIndex
  )
    return null
  s.reported = { role, term, leader, transferringTo, configuration, committedConfigurationIndex, removedAt }
  return s.reported
}

function nextWake(s: State): number {
  if (s.removedAt !== null) return Number.POSITIVE_INFINITY
  if (s.leading === null)
    return Math.min(s.roster.ids.length === 0 ? Number.POSITIVE_INFINITY : campaignAt(s), retryAt(s))
  let wake = Math.min(s.leading.heartbeatAt, s.leading.noticeAt, election.checkQuorumAt(s))
  if (s.leading.transfer !== null) wake = Math.min(wake, s.leading.transfer.deadline)
  for (const peer of s.leading.peers)
    if (peer.state === 'snapshot' && !peer.sending) wake = Math.min(wake, peer.retryAt)
  return wake
}

function refuseRemoved(s: State, input: Input): Answer {
  if (input.kind === 'read') s.refused.push({ id: input.id, reason: 'removed' })
  return refuse('removed')
}

function nothing(s: State, index = 0, count = 0): Taken {
  return { taken: true, index, term: s.term, count, time: lastTime(s.log) }
}
