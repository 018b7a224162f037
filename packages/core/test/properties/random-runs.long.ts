/** The properties of random runs, many times more often than for every change. */
import { test } from 'vitest'
import { goesOnWhereItWasSaved, keepsPromises, recovers, repeats } from './run-properties.ts'

const timeout = 60_000

// Each is interrupted before its timeout: then it has run as often as there was time for.
test('with changes of members nothing promised is broken', () => keepsPromises(5000), timeout)
test('once everything works again, one leader brings all logs to the same end', () => recovers(3000), timeout)
test('same inputs, same outputs', () => repeats(1000), timeout)
test(
  'saved and loaded between any two calls, it goes on in the same way',
  () => goesOnWhereItWasSaved(1000),
  timeout,
)
