/** Planted bugs of quiescence: each with the script that finds it. */
import { type Mutant, mutant } from './mutant.ts'

export const quietGroups: readonly Mutant[] = [
  mutant(
    'quiet-leader-is-not-woken-by-proposals',
    'quiet',
    'quiet.ts',
    "    case 'persisted':\n    case 'host-alive':",
    "    case 'propose':\n    case 'persisted':\n    case 'host-alive':",
  ),
  mutant(
    'quiet-leader-sleeps-through-elections',
    'quiet_is_not_heard',
    'quiet.ts',
    "return m.kind !== 'pre-vote-request' || s.roster.ids.includes(m.from)",
    "return m.kind !== 'pre-vote-request'",
  ),
  mutant(
    'quiet-by-another-log',
    'quiet_and_late',
    'quiet.ts',
    'log.last === index &&',
    'log.last >= index &&',
  ),
  mutant(
    'quiet-follower-hears-no-suspicion',
    'quiet_leader_is_deposed',
    'succession.ts',
    "if (s.leader === null || s.role === 'leader') return\n",
    "if (s.leader === null || s.role === 'leader' || s.isQuiet) return\n",
  ),
  mutant('quiet-in-a-succession', 'quiet_after_a_loss', 'quiet.ts', 's.succession === null &&', ''),
  mutant(
    'quiet-follower-is-not-woken-by-callers',
    'quiet_and_asked',
    'quiet.ts',
    "input.kind === 'read' || input.kind === 'nudge' ||",
    "input.kind === 'read' ||",
  ),
  mutant(
    'quiet-follower-votes-for-others',
    'quiet_votes_for_nobody',
    'quiet.ts',
    '  s.heardLeaderAt = now\n',
    '',
  ),
  mutant(
    'quiet-leader-keeps-its-lease',
    'quiet_lease',
    'lease.ts',
    'peer.id === id ? Number.POSITIVE_INFINITY',
    'peer.id === id || leading.isQuiet ? Number.POSITIVE_INFINITY',
  ),
  mutant(
    'quiet-though-one-wants-to-lead',
    'quiet_waits_for_all',
    'quiet.ts',
    'return s.hasRoom && isWhole(s) && !isOutbid(s)',
    'return s.hasRoom && isWhole(s)',
  ),
  mutant(
    'quiet-leader-waits-for-the-lost',
    'quiet_without_one',
    'quiet.ts',
    'if (now - peer.lastHeard < s.settings.electionMs) return null',
    'if (now > peer.lastHeard - 1) return null',
  ),
  mutant(
    'quiet-leader-is-woken-by-each-loss',
    'quiet_without_one',
    'quiet.ts',
    '  if (!isMajorityWithout(s, absent)) {\n    stir(s, now)',
    '  if (now >= 0) {\n    stir(s, now)',
  ),
]
