/** Faults of groups in which nothing happens, and of the hosts that watch each other for them. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/host/src')

export const quiet: readonly Mutant[] = [
  mutant(
    'quiet-silence-is-not-noticed',
    'pulses.ts',
    'if (now - watched.heardAt > watched.electionMs)',
    'if (now - watched.heardAt > 86_400_000)',
    'The host that leads a thousand quiet groups is unplugged. Nobody waits for heartbeats, and nobody leads them until each is asked for something.',
    'test host test/pulses.test.ts is lost to all that rely on it',
  ),
  mutant(
    'quiet-new-lives-are-taken-for-old-ones',
    'pulses.ts',
    'if (watched.time !== null && watched.time !== time)',
    'if (watched.time !== null && time.length === 0)',
    'A host is started again within an election timeout. Its members lead nothing any more, and those that follow them wait for nobody.',
    'test host test/pulses.test.ts was started anew',
  ),
  mutant(
    'quiet-leaders-end-without-a-word',
    'rest.ts',
    '    if (this.#isQuiet && this.#member.leads) pulses.leaderEnded()\n',
    '',
    'The machine of a quiet leader throws, and the member stops. Its host is there, and those that follow it wait for nobody.',
    'test checks test/host/quiet.test.ts when the leader alone has stopped',
  ),
  mutant(
    'quiet-hosts-are-lost-to-who-was-blocked',
    'pulses.ts',
    'if (late > everyMs) watched.heardAt = Math.min(now, watched.heardAt + late)',
    'void late',
    'A process is blocked for a minute. All the hosts that it watches seem lost to it, and it campaigns in all its groups.',
    'test host test/pulses.test.ts before it calls them lost',
  ),
  mutant(
    'quiet-peers-seem-unresponsive',
    'status.ts',
    'core.isQuiet ? isAbsent : now',
    'isAbsent || now',
    'A group is quiet for an hour. Its leader says that nobody answers it, and whoever looks after it is woken at night.',
    'test checks test/host/quiet.test.ts cost two batches per pair',
  ),
  mutant(
    'quiet-members-forget-who-waits',
    'member.ts',
    'if (this.#calls?.isIdle === true) this.#calls = null',
    'this.#calls = null',
    'Somebody watches a value that nobody changes for a while. Then somebody does, and whoever watches is told a minute later, when it asks again.',
    'test checks test/host/quiet.test.ts tell whoever watches',
  ),
  mutant(
    'losses-are-told-to-all-at-once',
    'losses.ts',
    '        if (this.#told.size >= AT_ONCE) break\n',
    '',
    'The host that led three thousand groups is unplugged. All are campaigned for at once, by both of those that are left, each vote takes longer than the other waits, and terms come and go for seconds.',
    'test checks test/host/quiet.test.ts few at a time',
  ),
  mutant(
    'losses-wait-for-those-that-nobody-can-lead',
    'losses.ts',
    'return now >= until || ended',
    'return ended',
    'Two of five hosts are unplugged. A hundred groups have lost a majority, and those that have one wait behind them for ever.',
    'test host test/losses.test.ts where nobody is led again',
  ),
  mutant(
    'losses-are-not-known-to-who-is-asked-to-vote',
    'host.ts',
    '      if (member !== undefined) this.#context.losses.hurry(member, from.name)\n',
    '',
    'A host that led hundreds of groups is unplugged. Those that campaign are refused by those that have not been told yet, and have to wait for them.',
    'test checks test/host/quiet.test.ts few at a time',
  ),
  mutant(
    'started-again-members-wait-a-timeout',
    'member-core.ts',
    '  if (isReadBack) return heartbeatMs * host.random.number()\n',
    '',
    'A host comes back with ten thousand groups, and looks for the leaders of a hundred at a time. Each of them waits for one to two seconds before it asks.',
    'test host test/member-core.test.ts one that is started again',
  ),
]
