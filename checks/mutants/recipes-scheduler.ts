/** Faults of schedules. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/recipes/src/scheduler')

export const recipesScheduler: readonly Mutant[] = [
  mutant(
    'scheduler-grants-what-was-granted',
    'machine.ts',
    "if (granted !== null && occurrence <= granted) return 'older'",
    "if (granted !== null && occurrence < granted) return 'older'",
    'Three processes come to the same occurrence: each is granted it, and it fires three times.',
    'test checks test/recipes/scheduler.test.ts and each occurrence is done once',
  ),
  mutant(
    'scheduler-any-process-is-the-one-that-lost-the-answer',
    'machine.ts',
    'if (before?.process === process && before.attempt === 1',
    'if (before?.attempt === 1',
    'While an occurrence runs, another process claims it, and is granted what the first one has.',
    'test recipes test/scheduler/machine.test.ts is granted once',
  ),
  mutant(
    'scheduler-a-lapsed-claim-is-finished',
    'machine.ts',
    'run.fence === fence && !run.isLapsed && run.until > time',
    'run.fence === fence',
    'A process is stopped past its lease and goes on: it finishes what another may be claiming at this moment.',
    'test recipes test/scheduler/machine.test.ts whose claimant is not heard of',
  ),
  mutant(
    'scheduler-what-must-not-be-begun-twice-is',
    'state.ts',
    'const mayGoOn = !run.isLapsed && run.attempt < run.attempts',
    'const mayGoOn = !run.isLapsed && run.attempt <= run.attempts',
    'A payment is made once or not at all (`attempts: 1`). Its process dies after it, and another makes it again.',
    'test recipes test/scheduler/machine.test.ts that must not be begun twice',
  ),
  mutant(
    'scheduler-clocks-of-an-earlier-term-are-believed',
    'clocks.ts',
    'const known = isSame ? clocks.reports : []',
    'const known = clocks.reports',
    'Nobody has led for an hour. All clocks are an hour further ahead of replicated time than they were: each process is refused, by what it said itself.',
    'test recipes test/scheduler/machine.test.ts after a time without a leader',
  ),
  mutant(
    'scheduler-believes-the-faster-of-two',
    'clocks.ts',
    'all[Math.floor((all.length - 1) / 2)]!',
    'all[Math.floor(all.length / 2)]!',
    'Of two processes one has a clock a day ahead: it fires tomorrow’s occurrence, and nothing fires for a day.',
    'test recipes test/scheduler/machine.test.ts is not believed against one other',
  ),
  mutant(
    'scheduler-nobody-answers-for-its-clock',
    'scheduler.ts',
    'if (ask > answered) {',
    'if (ask > answered && ask < 0) {',
    'A host with a clock a day ahead is the first to claim. The others are asked, and say nothing: it is taken for alone, and believed.',
    'test checks test/recipes/scheduler.test.ts one that is a day ahead',
  ),
  mutant(
    'scheduler-what-was-restored-never-lapses',
    'state.ts',
    '      for (const run of item[2].open) this.#index(item[1], run)\n',
    '',
    'A member is restored from a snapshot while an occurrence runs, and leads when its process dies: the occurrence runs for ever.',
    'test checks test/recipes/scheduler.test.ts every member does the same',
  ),
  mutant(
    'scheduler-claims-overtake-each-other',
    'schedule.ts',
    'this.#claims.then(() => this.#claimed(occurrence, isWanted))',
    'this.#claimed(occurrence, isWanted)',
    'A process is alone, and waits for a second before it is believed. What has come meanwhile is claimed first, and makes the one that waits too old: nobody does it.',
    'test checks test/recipes/scheduler.test.ts what has come meanwhile is claimed behind it',
  ),
  mutant(
    'scheduler-gives-up-where-the-group-is-not-created-yet',
    '../failing.ts',
    "  'not-allowed',\n",
    "  'not-allowed',\n  'no-such-group',\n",
    'A service is started, and its group is created a minute later: it does nothing, for as long as it lives.',
    'test checks test/recipes/scheduler.test.ts also where they have begun before the group is',
  ),
]
