/** What can happen to a member without a message. */
import type { Budget } from './accounts.ts'
import type { Move, Moves } from './moves.ts'

/** @param terms the last term for which an election is held. */
export function eachOwnInput(
  moves: Moves,
  state: number,
  left: Budget,
  terms: number,
  take: (move: Move | null) => void,
): void {
  const view = moves.view(state)
  if (view.writes > 0) take(moves.onWritten(state))
  if (left.crashes > 0) for (let kept = 0; kept <= view.writes; kept++) take(moves.restart(state, kept))
  if (view.role !== 'leader') {
    if (view.role === 'pre-candidate') take(moves.onPreVotes(state))
    if (view.term < terms) take(moves.onTimeout(state, 'election'))
    return
  }
  if (left.heartbeats > 0) take(moves.onTimeout(state, 'heartbeat'))
  if (left.heartbeats > 0 && view.noticeDue) take(moves.onTimeout(state, 'notice'))
  if (left.stepDowns > 0) take(moves.onTimeout(state, 'quorum'))
  if (left.commands > 0) take(moves.propose(state))
}

/** Nothing comes of these but heartbeats. */
export function onlyBeats({ input }: Move): boolean {
  return input.kind === 'timeout' && (input.timeout === 'heartbeat' || input.timeout === 'notice')
}
