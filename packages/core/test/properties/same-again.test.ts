/**
 * A core is a pure machine: the same inputs give the same outputs, and one that was saved and loaded goes on as if it
 * had not been.
 */
import { expect, test } from 'vitest'
import { type ConfigurationEntry, Core, emptyLog } from '../../src/index.ts'
import { alone, configurationOf, electionMs, type Hand, heartbeatMs } from '../by-hand.ts'
import { heartbeat, voteRequest } from '../paper/messages.ts'
import { goesOnWhereItWasSaved, repeats } from './run-properties.ts'

test('same inputs, same outputs', () => repeats(25))

test('saved and loaded between any two calls, it goes on in the same way', () => goesOnWhereItWasSaved(50))

test('what is saved is a copy: it does not change when the core goes on', () => {
  const core = new Core({ id: 'a', random: () => 0 }, emptyLog(), 0)
  const saved = core.save()
  const text = JSON.stringify(saved)
  core.step({ kind: 'read', id: 1 }, 5)
  core.drain(5)
  expect(JSON.stringify(saved)).toBe(text)
})

test('a saved core of another format is refused', () => {
  const core = new Core({ id: 'a', random: () => 0 }, emptyLog(), 0)
  const other = { ...core.save(), format: 2 as 1 }
  expect(() => Core.load(other, { id: 'a', random: () => 0 })).toThrow(TypeError)
})

test('never and always are saved as such', () => {
  const b = alone('b', { term: 1 })
  b.hear(heartbeat('a', 'b', 1, 1))
  b.complete()
  b.input({ kind: 'host-suspect', host: 'host-a' })
  const loaded = Core.load(JSON.parse(JSON.stringify(b.core.save())), { id: 'b', random: () => 0.5 })
  // The leader was last heard before all time: a candidate is heeded at once.
  loaded.step({ kind: 'message', message: voteRequest('c', 'b', 2) }, b.group.now)
  loaded.drain(b.group.now)
  expect(loaded.standing.term).toBe(2)
  const options = { id: 'x', random: () => 0 }
  const waiting = new Core(options, emptyLog(), 0)
  waiting.drain(0)
  expect(Core.load(waiting.save(), options).wakeAt).toBe(Number.POSITIVE_INFINITY)
})

/**
 * A member that has just been told to begin after a snapshot which brings the configuration that is in effect here
 * already.
 */
function resetTo(configuration: ConfigurationEntry): { b: Hand; loaded: Core } {
  const b = alone('b', { log: [1], term: 1 })
  b.step({ kind: 'snapshot-installed', meta: { index: 9, term: 1, time: 0, configuration } })
  const options = { id: 'b', random: () => 0.5, electionMs, heartbeatMs }
  return { b, loaded: Core.load(JSON.parse(JSON.stringify(b.core.save())), options) }
}

// What has changed since the last drain is found out by identity, which saving takes apart. The loaded core reports
// no change, and nothing has changed that could be seen; the one that goes on reports its configuration once more.
test.fails('also when the configuration was replaced by an equal one, which is not reported yet', () => {
  const { b, loaded } = resetTo({ index: 0, configuration: configurationOf('abc') })
  expect(loaded.drain(b.group.now).changed).toEqual(b.turn().changed)
})
