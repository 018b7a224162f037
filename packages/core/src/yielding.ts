/**
 * When a member stands back because of its own disk: one that has stalled, or is nearly full. Such a leader would go on sending heartbeats
 * for as long as it likes, and nobody else would be elected (F22, F81).
 *
 * - Its disk has stalled when a write is under way and nothing has been answered for longer than an election timeout. A leader then gives up, a
 *   member doesn't campaign, and grants no pre-vote: none of them could keep what that would lead to.
 * - Where room is short no proposals are taken. A leader hands over to a member that has room, or gives up where none can take over;
 *   whoever campaigns gives the others two election timeouts to go first. Nobody is kept from leading by that: where all are short of
 *   room, one of them leads, and reads go on.
 *
 * Nothing here is needed for safety: what is promised waits for the disk in any case.
 */
import type { Progress } from './progress.ts'
import { reachedByQuorum } from './quorum.ts'
import { becomeFollower } from './role.ts'
import type { State } from './state.ts'
import { transfer } from './transfer.ts'

/** How many election timeouts longer than others such a member waits before it campaigns. */
const PATIENCE = 2

/** Whether the disk has answered nothing for longer than an election timeout, though it was asked. */
export function isStalled(s: State, now: number): boolean {
  return now - s.durability.waitingSince > s.settings.electionMs
}

/** This process was blocked or paused for so long: what the disk has answered meanwhile may wait unread. */
export function excuseDisk(s: State, late: number, now: number): void {
  s.durability.waitingSince = Math.max(
    s.durability.waitingSince,
    Math.min(now, s.durability.waitingSince + late),
  )
}

/** When to campaign, unless a leader is heard: to do so is to vote for oneself. */
export function campaignAt(s: State): number {
  const deadline = s.hasRoom ? s.electionDeadline : s.electionDeadline + patience(s)
  return Math.max(deadline, s.abstention.until)
}

/** The host has looked how much room there is. */
export function noteRoom(s: State, ok: boolean): void {
  s.hasRoom = ok
  if (ok && s.leading !== null) s.leading.hadRoom = true
}

/** A leader that should not lead steps down. It wakes for each heartbeat, so this is looked at often enough. */
export function yieldIfDue(s: State, now: number): void {
  // Whoever is elected without room had let the others go first: it stays.
  const lostRoom = !s.hasRoom && s.leading!.hadRoom
  if ((lostRoom || isOvertaken(s, now)) && isNotNeeded(s, now) && !(lostRoom && isHandingOver(s, now)))
    giveUp(s, now)
}

/** Whether a successor is about to take over, so that nobody need wait for an election. One that has not come in its time does not come. */
function isHandingOver(s: State, now: number): boolean {
  const under = s.leading!.transfer
  return under === null ? transfer(s, null, now).taken : now < under.deadline
}

/**
 * Its disk has stalled, and lacks what the others have committed without it (thesis §10.2.1). Where the others are as slow nothing is
 * committed meanwhile, and another leader would fare no better: if it gave up as well, the group might never commit anything.
 */
function isOvertaken(s: State, now: number): boolean {
  return isStalled(s, now) && s.commit > s.durability.index
}

/** Whether the others that it hears are a majority without it. If not, nobody could lead in its place. */
function isNotNeeded(s: State, now: number): boolean {
  const { id } = s.options
  const heard = (peer: Progress): number => (peer.id === id ? Number.NEGATIVE_INFINITY : peer.lastHeard)
  return now - reachedByQuorum(s.roster, s.leading!.peers, heard) < s.settings.electionMs
}

/** Steps down, and lets the others go first. */
function giveUp(s: State, now: number): void {
  becomeFollower(s, s.term, null, now)
  // Without room it is as patient every time: `campaignAt`.
  if (s.hasRoom) s.electionDeadline += patience(s)
}

function patience(s: State): number {
  return PATIENCE * s.settings.electionMs
}
