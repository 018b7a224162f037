/** Several observers as one, and the one that speaks to Node.js. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect, test } from 'vitest'
import { type Observer, observers, type RaftedEvent, type ValueEvent } from '../src/index.ts'
import { nodeObserver } from '../src/node.ts'

const role: RaftedEvent = { kind: 'role', level: 'info', group: 'g', role: 'leader', term: 2, leader: 'm' }
const elected: ValueEvent = { kind: 'elected', level: 'info', group: 'g', value: [1] }

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** What the channel says from here on. */
function heardOn(channel: string): unknown[] {
  const heard: unknown[] = []
  const hear = (message: unknown): void => void heard.push(message)
  subscribe(channel, hear)
  ends.push(() => unsubscribe(channel, hear))
  return heard
}

test('each observer is told everything, also when one before it throws', () => {
  const told: unknown[] = []
  const fail = (): never => {
    throw new Error('observers may throw')
  }
  const bad: Observer = { event: fail, valueEvent: fail, count: fail, gauge: fail, wants: fail }
  const good: Observer = {
    event: (event) => void told.push(event),
    valueEvent: (event) => void told.push(event),
    wants: (kind) => kind === 'elected',
    count: (...what) => void told.push(what),
    gauge: (...what) => void told.push(what),
  }
  const all = observers(bad, undefined, good, {})
  all.event?.(role)
  all.valueEvent?.(elected)
  all.count?.('n', 2, null)
  all.gauge?.('m', 3, 'g')
  expect(told).toEqual([role, elected, ['n', 2, null], ['m', 3, 'g']])
  expect([all.wants?.('elected'), all.wants?.('restored')]).toEqual([true, false])
})

test('Node’s diagnostics channels carry events under their kinds, and what is counted and measured', () => {
  const observer = nodeObserver()
  observer.event?.(role)
  const [roles, values] = [heardOn('rafted:role'), heardOn('rafted:elected')]
  const [counts, gauges] = [heardOn('rafted:count'), heardOn('rafted:gauge')]
  observer.event?.(role)
  observer.valueEvent?.(elected)
  observer.count?.('n', 2, 'g')
  observer.gauge?.('m', 3, null)
  expect({ roles, values, counts, gauges }).toEqual({
    roles: [role],
    values: [elected],
    counts: [{ name: 'n', by: 2, group: 'g' }],
    gauges: [{ name: 'm', value: 3, group: null }],
  })
})

test('events that show values are wanted while their channel has a subscriber', () => {
  const observer = nodeObserver()
  expect(observer.wants?.('command-committed')).toBe(false)
  heardOn('rafted:command-committed')
  expect(observer.wants?.('command-committed')).toBe(true)
  ends.splice(0).forEach((end) => {
    end()
  })
  expect(observer.wants?.('command-committed')).toBe(false)
})
