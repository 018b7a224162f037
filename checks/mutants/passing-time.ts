/** Faults of entries that say what time it is. */
import { type Mutant, plantedIn } from './mutant.ts'

const host = plantedIn('packages/host/src').mutant

export const passingTime: readonly Mutant[] = [
  host(
    'time-is-told-again-while-it-is-under-way',
    'time-entries.ts',
    'leads && !this.#entry.isUnderWay(state.applied) ?',
    'leads ?',
    'A leader is cut off from its followers when a deadline comes. Until it steps down, fifty entries a second go into a log that nobody commits.',
    'test host test/time-entries.test.ts an entry is due when it would carry',
  ),
  host(
    'time-is-told-by-a-leader-that-does-not-know-it',
    'time-entries.ts',
    'leads && !this.#entry.isUnderWay(state.applied) ?',
    '!this.#entry.isUnderWay(state.applied) ?',
    'A new leader goes by the deadline of a value that lacks what was committed before it was elected: it has done what is done already.',
    'test host test/time-entries.test.ts a member that has not applied the first entry',
  ),
  host(
    'time-that-stands-still-fills-the-log',
    'time-entries.ts',
    'Math.max(this.#notBefore, now + Math.max(0, deadline - stamp))',
    'now + Math.max(0, deadline - stamp)',
    'A machine does much work in parts, or its deadline is wrong and stays in the past: the leader does nothing any more but to say what time it is.',
    'test checks test/host/passing-time.test.ts a deadline that stays where it was',
  ),
  host(
    'time-is-told-for-ever-to-who-has-nothing-to-do',
    'time-entries.ts',
    'return isOver ? null : deadline',
    'return deadline',
    'The value is a lease that is over, and nobody takes it for a year. Fifty entries a second say so.',
    'test checks test/host/passing-time.test.ts queries see that the time is over',
  ),
  host(
    'time-passes-and-nothing-is-done',
    'replicated-state.ts',
    '    if (kind === EntryKind.time) return this.#timePassed(entry)\n',
    '',
    'A lock is over and others wait for it. The entry says so, and the command of the machine, which would give it to the next one, is not applied.',
    'test checks test/host/passing-time.test.ts the command of the machine is applied',
  ),
  host(
    'time-is-kept-from-watchers',
    'watchers.ts',
    'return kind === EntryKind.time ? payload : null',
    'return null',
    'A watcher keeps a copy of the value, and never hears of what was done because its time had come.',
    'test checks test/host/passing-time.test.ts the command of the machine is applied',
  ),
  host(
    'time-is-told-when-somebody-happens-to-wake',
    'member.ts',
    'Math.min(this.core.wakeAt, this.#leading?.dueAt ?? NEVER, this.#calls',
    'Math.min(this.core.wakeAt, this.#calls',
    'A deadline comes between two heartbeats, and is noticed with the second: everything that is due is late by up to a heartbeat.',
    'test checks test/host/passing-time.test.ts the command of the machine is applied',
  ),
  host(
    'time-is-not-told-to-queries',
    'queries.ts',
    'instance.query(query, { time, version })',
    'instance.query(query, { time: 0, version })',
    'A lease is over. Whoever asks whether it is held goes by a time that never comes.',
    'test checks test/host/passing-time.test.ts queries see that the time is over',
  ),
]
