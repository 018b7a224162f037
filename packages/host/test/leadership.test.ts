/** Am I the leader now, and tell me when that changes. */
import type { FencingToken, LeadershipState } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { EventHub } from '../src/event-hub.ts'
import { HostLeadership } from '../src/leadership.ts'

function setting() {
  const hub = new EventHub({ soon: () => {} })
  let token: FencingToken | null = null
  const leadership = new HostLeadership('g', () => token, hub)
  const head = { level: 'info', member: 'm' } as const
  const gain = (term: number, group = 'g'): void => {
    const gained = { term, index: 10 * term }
    if (group === 'g') token = gained
    hub.event({ kind: 'leadership-gained', ...head, group, token: gained })
  }
  const lose = (group = 'g'): void => {
    const lost = token ?? { term: 1, index: 1 }
    if (group === 'g') token = null
    hub.event({ kind: 'leadership-lost', ...head, group, token: lost })
  }
  return { hub, leadership, gain, lose }
}

const leads = (term: number): LeadershipState => ({ isLeader: true, token: { term, index: 10 * term } })
const follows: LeadershipState = { isLeader: false, token: null }

test('it tells how it stands, and each change of this group', () => {
  const { hub, leadership, gain, lose } = setting()
  const heard: LeadershipState[] = []
  const off = leadership.on((state) => heard.push(state))
  expect([leadership.isLeader, leadership.token]).toEqual([false, null])
  gain(3)
  gain(9, 'other')
  expect([leadership.isLeader, leadership.token]).toEqual([true, { term: 3, index: 30 }])
  lose('other')
  lose()
  gain(5)
  hub.flush()
  expect(heard).toEqual([leads(3), follows, leads(5)])
  off()
  lose()
  hub.flush()
  expect([heard.length, leadership.isLeader]).toEqual([3, false])
  expect(() => leadership.on(null as unknown as () => void)).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  )
})

test('a loop begins with how it stands; whoever is slow learns of the last change only', async () => {
  const { hub, leadership, gain, lose } = setting()
  gain(2)
  const changes = leadership.changes()
  expect((await changes.next()).value).toEqual(leads(2))
  lose()
  gain(3)
  gain(7, 'other')
  lose()
  gain(4)
  expect((await changes.next()).value).toEqual(leads(4))
  const next = changes.next()
  lose()
  expect((await next).value).toEqual(follows)
  hub.close()
  expect((await changes.next()).done).toBe(true)
})
