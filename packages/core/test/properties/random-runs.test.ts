/**
 * Whatever happens in whatever order: what is promised is durable, what is committed stays, reads are not stale, and
 * it goes on.
 */
import { test } from 'vitest'
import { keepsPromises, recovers } from './run-properties.ts'

test('with changes of members nothing promised is broken', () => keepsPromises(150))

test('without them, once everything works again, one leader brings all logs to the same end', () =>
  recovers(80))
