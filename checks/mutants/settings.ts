/** Faults of settings that change while a group runs: members that disagree, or that go by what is not decided. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/host/src')
const inCore = plantedIn('packages/core/src').mutant

export const settings: readonly Mutant[] = [
  mutant(
    'settings-are-not-in-the-snapshot',
    'snapshot-content.ts',
    '  state.settings = settings\n',
    '  void settings\n',
    'A member that starts from a snapshot retains other results than the rest: a command that others answer from memory runs again there.',
    'test host test/replicated-state.test.ts are in the snapshot, with where they come from',
  ),
  mutant(
    'settings-are-not-judged-where-they-are-applied',
    'settings.ts',
    '  const unchanged = unchangedBy(settings, change) ?? unoffered',
    '  const unchanged = unoffered',
    'Two changes are asked for at once, each of which is possible alone: no timeout is left that a heartbeat could keep, and every member stops.',
    'test host test/settings.test.ts changes nothing if that would be no settings',
  ),
  mutant(
    'settings-of-a-log-that-is-not-applied',
    'settings.ts',
    'if (settings === current || applied.index < this.#upTo)',
    'if (settings === current)',
    'A group whose hosts are far apart is stopped and started again: each member campaigns by times that were too short for it, and nobody is elected.',
    'test host test/settings.test.ts that is started goes by what its log comes to',
  ),
  mutant(
    'settings-a-session-loses-its-time',
    'sessions.ts',
    '      const timeoutMs = r.float()\n',
    '      const timeoutMs = Math.max(600_000, r.float())\n',
    'A member that was started from a snapshot keeps sessions for longer than the others: what they refuse as expired takes effect there.',
    'test host test/replicated-state.test.ts are in the snapshot, with where they come from',
  ),
  mutant(
    'settings-results-stay-where-fewer-are-retained',
    'replicated-state.ts',
    '    this.results.retain(outcome.retainedResults)\n',
    '',
    'Fewer results are retained from an entry on, and one that had to go is answered from memory until the next command with a key comes.',
    'test host test/replicated-state.test.ts retain as many results as they say',
  ),
  mutant(
    'settings-a-copy-is-answered-as-well',
    'requests.ts',
    'if (!this.#taken.take(from.reply, request.id)) return\n',
    "if (request.kind !== 'change-settings' && !this.#taken.take(from.reply, request.id)) return\n",
    'A change is carried twice, made by its first copy, changed again by somebody else, and the second copy is answered first: its caller is told that it was not made.',
    'test host test/taken-calls.test.ts a change that was taken is not refused',
  ),
  inCore(
    'settings-a-shorter-timeout-counts-what-was-before',
    'election.ts',
    'return Math.max(reachedByQuorum(s.roster, s.leading!.peers, lastHeardOf), since) + electionMs',
    'return (void since, reachedByQuorum(s.roster, s.leading!.peers, lastHeardOf) + electionMs)',
    'Times are made ten times shorter: the leader has heard nobody for longer than that, as it had to, gives up, and the group waits for an election with every such change.',
    'test core test/paper/settings.test.ts does not give up by a shorter timeout',
  ),
]
