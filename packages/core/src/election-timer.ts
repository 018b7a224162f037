/** How long a member waits for a leader. Where that one is known to be lost, it is shorter: `succession.ts`. */
import type { State } from './state.ts'

/** A new election timeout: electionMs, randomised up to twice (paper §5.2). */
export function restartElectionTimer(s: State, now: number): void {
  s.electionDeadline = now + s.settings.electionMs * (1 + s.options.random())
  s.deadlineMoved = false
  s.isQuiet = false
}
