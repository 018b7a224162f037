/**
 * Changes of members, by joint consensus always (thesis §4.3): a change of voters first makes both majorities necessary,
 * and drops the old one when that is committed. A change that leaves the voters alone is the trivial case, one entry.
 *
 * What follows from a committed configuration (leaving the joint one, making a caught-up learner a voter, a removed
 * leader's stepping down) is derived from the state by whoever leads, so no leader can forget a change another began.
 */
import { hasCommittedOwnTerm } from './commit.ts'
import type { Member } from './configuration.ts'
import { committed, effective, holds, votesIn } from './configurations.ts'
import { mayHaveLostNewsBehind } from './damage.ts'
import type { MemberId } from './entry.ts'
import type { Answer, ChangeInput, Refusal } from './input.ts'
import { sendFarewell } from './leading.ts'
import { rearranged, type WantedConfiguration } from './places.ts'
import type { Progress } from './progress.ts'
import { appendConfiguration, refuse } from './proposing.ts'
import { becomeFollower } from './role.ts'
import type { State } from './state.ts'
import { bytesBetween } from './term-runs.ts'
import { offerInFarewell } from './transfer.ts'

/** Begins a change, or says why not. */
export function change(s: State, input: ChangeInput, now: number): Answer {
  const reason = refusal(s, input, now)
  if (reason !== null) return refuse(reason)
  return begin(s, input, now)
}

function refusal(s: State, input: ChangeInput, now: number): Refusal | null {
  if (s.leading === null) return 'not-leader'
  const current = effective(s.configurations)
  if (current === null || !isConfiguration(input)) return 'invalid-configuration'
  if (input.ifConfigurationAt !== undefined && input.ifConfigurationAt !== current.index)
    return 'configuration-changed'
  // Before an own-term commit two leaders in turn could each change from the same base, and their quorums need not meet [F29].
  if (!hasCommittedOwnTerm(s)) return 'no-own-term-entry'
  if (isUnderWay(s)) return 'change-pending'
  if (s.leading.transfer !== null) return 'transferring'
  if (input.evenIfQuorumAtRisk) return null
  if (!haveCaughtUp(s, input.voters, now, true)) return 'not-caught-up'
  if (!wouldAnswer(s, input.voters, now, true)) return 'quorum-at-risk'
  return haveCaughtUp(s, input.voters, now) && wouldAnswer(s, input.voters, now) ? null : 'unheard'
}

function begin(s: State, wanted: WantedConfiguration, now: number): Answer {
  const old = effective(s.configurations)!.configuration.voters
  const same =
    old.length === wanted.voters.length &&
    old.every((voter) => wanted.voters.some(({ id }) => id === voter.id))
  return appendConfiguration(
    s,
    { voters: wanted.voters, outgoing: same ? null : old, learners: wanted.learners },
    now,
  )
}

/** One change at a time: the effective configuration is not committed yet, or still joint. */
function isUnderWay(s: State): boolean {
  const current = effective(s.configurations)!
  return current.index > s.commit || current.configuration.outgoing !== null
}

/** No voters, an id twice, two voters or two learners on one host: that is no configuration. */
function isConfiguration({ voters, learners }: WantedConfiguration): boolean {
  const distinct = (values: string[]) => new Set(values).size === values.length
  return (
    voters.length > 0 &&
    distinct([...voters, ...learners].map(({ id }) => id)) &&
    distinct(voters.map(({ host }) => host)) &&
    distinct(learners.map(({ host }) => host))
  )
}

/** Whether those of these voters that are learners until now have caught up: they would count at once (thesis §4.2.1). @param excusing takes who may just not have been heard for one that answers. */
function haveCaughtUp(s: State, voters: readonly Member[], now: number, excusing = false): boolean {
  const { learners } = effective(s.configurations)!.configuration
  const newcomers = voters.filter(({ id }) => learners.some((learner) => learner.id === id))
  return newcomers.every(({ id }) => hasCaughtUp(s, id, now, excusing))
}

/** Whether a majority of these voters is fit: without it nobody could be elected, or lead on. @param excusing counts who may just not have been heard. */
function wouldAnswer(s: State, voters: readonly Member[], now: number, excusing = false): boolean {
  const { peers } = s.leading!
  let fit = 0
  for (const { id } of voters) {
    const peer = peers.find((known) => known.id === id)
    const isFit =
      peer !== undefined && (peer.match > 0 || peer.round > 0) && answersSoundly(s, peer, now, excusing)
    if (id === s.options.id || isFit) fit++
  }
  return fit > voters.length >> 1
}

/**
 * Whether it has answered within an election timeout, and its log is sound: one that is damaged may be unable to vote or to lead. A leader that was
 * blocked has to hear it first: it may have gone meanwhile (F37b).
 */
function answersSoundly({ settings }: State, peer: Progress, now: number, excusing = false): boolean {
  const heardAt = peer.lastHeard - (excusing ? 0 : peer.excusedMs)
  return peer.leadership !== 'damaged' && now - heardAt < settings.electionMs
}

/** Carries on what a committed configuration implies. */
export function advanceMembership(s: State, now: number): void {
  const current = effective(s.configurations)
  if (current === null || current.index > s.commit || !hasCommittedOwnTerm(s)) return
  // Whoever takes over carries it on; an entry more would be one that the successor lacks.
  if (s.leading!.transfer !== null) return
  const { voters, outgoing, learners } = current.configuration
  if (outgoing !== null) {
    appendConfiguration(s, { voters, outgoing: null, learners }, now)
    return
  }
  if (!votesIn(current.configuration, s.options.id)) {
    // "…steps down … once the C_new entry is committed" (thesis §4.2.2).
    sendFarewell(s)
    offerInFarewell(s, now)
    becomeFollower(s, s.term, null, now)
    return
  }
  const ready = learners.find((learner) => learner.promote && hasCaughtUp(s, learner.id, now))
  if (ready === undefined) return
  const places = [{ member: ready.id, place: 'voter' }] as const
  const wanted = rearranged(current.configuration, { places, others: 'keep' })
  if (wouldAnswer(s, wanted.voters, now)) begin(s, wanted, now)
}

/**
 * One more append would bring it level, and it answers soundly. Its log names it durably: a voter that doesn't know that it is one could neither be
 * told that it was removed, nor ask the others for anything once they have moved (F42f).
 */
function hasCaughtUp(s: State, id: MemberId, now: number, excusing = false): boolean {
  const peer = s.leading!.peers.find((known) => known.id === id)!
  return (
    peer.match >= effective(s.configurations)!.index &&
    answersSoundly(s, peer, now, excusing) &&
    bytesBetween(s.log, peer.match + 1, s.log.last) <= s.options.maxAppendBytes
  )
}

/** Notices a committed configuration that no longer holds this member (it held it before, or it would wait to be added). */
export function noticeRemoval(s: State): void {
  const last = committed(s.configurations, s.commit)
  if (s.removedAt !== null || last === null || holds(last.configuration, s.options.id)) return
  if (mayHaveLostNewsBehind(s, s.commit)) return
  const before = s.configurations.some(
    ({ index, configuration }) => index < last.index && holds(configuration, s.options.id),
  )
  const after = s.configurations.some(
    ({ index, configuration }) => index > last.index && holds(configuration, s.options.id),
  )
  if (before && !after && s.leading === null) s.removedAt = last.index
}
