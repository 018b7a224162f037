/** One member between its core and what the core speaks of: the entries that are written are those that the core names. */
import { type LogEntry, pureMachine } from '@rafted/contracts'
import type { Message } from '@rafted/core'
import { type Item, valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { defaultSettings, type HostContext } from '../src/context.ts'
import { Member, type MemberWrite } from '../src/member.ts'
import { configurationEntry, configurationOf, entryOf, headsOf } from './log-entries.ts'

const machine = pureMachine({
  init: () => 0,
  command: (value: number) => [value, value] as const,
  query: (value: number) => value,
})

/** The member `a` of three, whose log holds their configuration; the test plays `b`, and lets time pass. */
function setting() {
  let now = 0
  const written: LogEntry[] = []
  const host = {
    id: 'host-a',
    address: 'at-a',
    clock: { now: () => now, wall: () => now, after: () => () => {}, soon: () => {} },
    random: { number: () => 0.5, bytes: (count: number) => new Uint8Array(count) },
    logs: { room: () => 'ok' },
    codec: valueCodec,
    outbox: { maxPayloadBytes: 1 << 20, push: (_address: string, _item: Item) => {} },
    now: () => now,
    event: () => {},
    answer: () => {},
    wake: () => {},
  } as unknown as HostContext
  const configuration = configurationOf('a', 'b', 'c')
  const first = configurationEntry(1, configuration)
  const heads = { ...headsOf([first]), configurations: [{ index: 1, configuration }] }
  const base = { base: { index: 0, term: 0 }, baseTime: 0, baseConfiguration: null }
  const member = new Member({
    host,
    group: 'count',
    incarnation: 'one',
    id: 'a',
    machine,
    hooks: {},
    settings: defaultSettings,
    stored: { ...base, term: 1, vote: null, commit: 1, heads },
    restored: null,
  })
  const turn = (): void => {
    const writes: MemberWrite[] = []
    member.drain(writes, now)
    for (const { write, seq } of writes) {
      written.push(...write.entries)
      member.persisted(seq)
    }
  }
  const receive = (message: Message, entries: readonly LogEntry[] = []): void =>
    member.onItem(
      { kind: 'member', incarnation: 'one', message, entries, chunk: null },
      { name: 'host-b', role: 'peer', reply: 'at-b' },
    )
  /** It is elected by `b` in the term after this one. */
  const elected = (term: number): void => {
    const from = { from: 'b', to: 'a' }
    turn()
    now = member.wakeAt
    turn()
    receive({ kind: 'pre-vote', ...from, term, campaign: term + 1, granted: true })
    turn()
    turn()
    receive({ kind: 'vote', ...from, term: term + 1, granted: true })
    turn()
    turn()
  }
  return { member, written, turn, receive, elected }
}

test('an own entry that is cut before its turn ends does not stand in the way of a later one', () => {
  const { member, written, turn, receive, elected } = setting()
  elected(1)
  receive({ kind: 'ack', from: 'b', to: 'a', term: 2, match: 2, round: 1 })
  turn()
  member.onRequest({ kind: 'open-session', id: 1, group: 'count', incarnation: 'one' }, 'at-x')
  turn()
  expect(written.map(({ index, term }) => [index, term])).toEqual([
    [2, 2],
    [3, 2],
  ])
  // In one turn: it begins to remove c, with entry 4, and b, which leads by now, has another entry 3.
  const remove = { kind: 'remove-member', id: 2, group: 'count', incarnation: 'one', member: 'c' } as const
  member.onRequest({ ...remove, evenIfQuorumAtRisk: true }, 'at-x')
  expect(member.core.lastIndex).toBe(4)
  const other = entryOf(3, 3)
  const between = { kind: 'append', from: 'b', to: 'a', term: 3, prevIndex: 2, prevTerm: 2 } as const
  receive({ ...between, heads: headsOf([other]), commit: 2 }, [other])
  turn()
  turn()
  elected(3)
  expect(member.ended).toBe(null)
  expect(written.slice(2).map(({ index, term }) => [index, term])).toEqual([
    [3, 3],
    [4, 4],
  ])
})
