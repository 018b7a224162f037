/** One member between its core and what the core speaks of: the entries that are written are those that the core names. */
import { type LogEntry, pureMachine, type RaftedEvent, type Room } from '@rafted/contracts'
import type { Message } from '@rafted/core'
import { type Response, valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { defaultSettings, type HostContext } from '../src/context.ts'
import { Member } from '../src/member.ts'
import { NOTHING_KNOWN } from '../src/settings.ts'
import type { MemberWrite } from '../src/writing.ts'
import { configurationEntry, configurationOf, entryOf, headsOf } from './log-entries.ts'

const machine = pureMachine({
  init: () => 0,
  command: (value: number) => [value, value] as const,
  query: (value: number) => value,
})

/** The member `a` of three, whose log holds their configuration; the test plays `b`, and lets time pass. */
function setting() {
  let now = 0
  const events: RaftedEvent[] = []
  const tell = { event: () => {}, valueEvent: () => {}, wants: () => false, afterTurn: () => {} }
  const written: LogEntry[] = []
  const sentTo: string[] = []
  /** From which indexes on the store was read. */
  const read: number[] = []
  const disk: { room: Room } = { room: 'ok' }
  const told: Response[] = []
  const configuration = configurationOf('a', 'b', 'c')
  const first = configurationEntry(1, configuration)
  const host = {
    id: 'host-a',
    address: 'at-a',
    clock: { now: () => now, wall: () => now, after: () => () => {}, soon: () => {} },
    random: { number: () => 0.5, bytes: (count: number) => new Uint8Array(count) },
    fraction: () => 0.5,
    logs: {
      room: () => disk.room,
      read: async (_group: string, from: number) => {
        read.push(from)
        return [first, ...written].filter(({ index }) => index >= from)
      },
    },
    codec: valueCodec,
    outbox: { maxPayloadBytes: 1 << 20, push: (address: string) => void sentTo.push(address) },
    pulses: { begin: () => {}, end: () => {}, leaderEnded: () => {}, silentMs: () => 0 },
    losses: { hurry: () => {} },
    now: () => now,
    event: (event: RaftedEvent) => void events.push(event),
    tell,
    loopLatency: () => ({ lastMs: 1, p50Ms: 1, p99Ms: 2, maxMs: 3 }),
    diskLatency: () => ({ lastMs: 4, p50Ms: 4, p99Ms: 5, maxMs: 6, waitingMs: 7, stalls: 8 }),
    answer: (_: unknown, response: Response) => void told.push(response),
    wake: () => {},
    stir: () => {},
  } as unknown as HostContext
  const heads = { ...headsOf([first]), configurations: [{ index: 1, configuration }] }
  const base = {
    base: { index: 0, term: 0 },
    baseTime: 0,
    baseConfiguration: null,
    damaged: [],
    lostTo: null,
  }
  const member = new Member({
    host,
    group: 'count',
    incarnation: 'one',
    id: 'a',
    machine,
    hooks: {},
    settings: defaultSettings,
    known: NOTHING_KNOWN,
    leadership: 'normal',
    join: { now: () => [] },
    seat: { configured: () => {} },
    stored: { ...base, term: 1, vote: null, commit: 1, heads },
    restored: null,
    begunWith: [],
    isReadBack: true,
    isFirst: false,
  })
  const turn = (): void => {
    const writes: MemberWrite[] = []
    member.drain(writes, now)
    for (const { write, seq } of writes) {
      written.push(...write.entries)
      member.persisted(seq)
    }
  }
  const receive = (message: Message, entries: readonly LogEntry[] = [], reply = 'at-b'): void =>
    member.onItem(
      { kind: 'member', incarnation: 'one', message, entries, chunk: null },
      { name: 'host-b', role: 'peer', reply },
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
  const leaderships = () => events.filter(({ kind }) => kind.startsWith('leadership-'))
  const pass = (ms: number): void => {
    now += ms
  }
  /** A turn with all that follows from it; what is not in memory is read back. */
  const settle = async (): Promise<void> => {
    turn()
    member.settle()
    await new Promise((resolve) => setImmediate(resolve))
    member.settle()
  }
  return {
    member,
    written,
    turn,
    settle,
    receive,
    elected,
    events,
    leaderships,
    pass,
    disk,
    told,
    sentTo,
    read,
  }
}

test('whoever asks to be added is sent the log where it asks from, and no longer where it was heard before (F42g)', () => {
  const { member, turn, receive, elected, pass, sentTo } = setting()
  elected(1)
  const ack = { kind: 'ack', from: 'b', to: 'a', term: 2, match: 2, round: 1, leadership: 'normal' } as const
  receive(ack, [], 'elsewhere')
  turn()
  const beat = (): readonly string[] => {
    sentTo.length = 0
    pass(defaultSettings.heartbeatMs)
    turn()
    return sentTo
  }
  expect(beat()).toContain('elsewhere')
  const { configuration } = member.core.configuration!
  const b = configuration.voters.find(({ id }) => id === 'b')!
  const asks = { kind: 'join', id: 1, group: 'count', incarnation: 'one', formerDataLost: false } as const
  // It is back where its configuration has it: nothing is to be recorded.
  member.onRequest({ ...asks, member: b, promote: true }, b.address)
  turn()
  expect(beat()).toContain(b.address)
  expect(beat()).not.toContain('elsewhere')
})

test('an own entry that is cut before its turn ends does not stand in the way of a later one', () => {
  const { member, written, turn, receive, elected } = setting()
  elected(1)
  receive({ kind: 'ack', from: 'b', to: 'a', term: 2, match: 2, round: 1, leadership: 'normal' })
  turn()
  member.onRequest({ kind: 'open-session', id: 1, group: 'count', incarnation: 'one' }, 'at-x')
  turn()
  expect(written.map(({ index, term }) => [index, term])).toEqual([
    [2, 2],
    [3, 2],
  ])
  // In one turn: it begins to remove c, with entry 4, and b, which leads by now, has another entry 3.
  const places = [{ member: 'c', place: 'out' }] as const
  const base = { others: 'keep', ifConfigurationAt: null } as const
  const remove = {
    kind: 'change-members',
    id: 2,
    group: 'count',
    incarnation: 'one',
    places,
    ...base,
  } as const
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

test('it tells that it leads once the first entry of its term is committed and applied, and that it does not as soon as it knows (F94q)', async () => {
  const { member, turn, settle, receive, elected, leaderships } = setting()
  const head = { level: 'info', group: 'count', member: 'a' } as const
  elected(1)
  await settle()
  // It leads, and has applied the configuration that was committed before: its value may be older than what others were answered.
  expect([member.leads, member.appliedIndex, member.token, leaderships()]).toEqual([true, 1, null, []])
  receive({ kind: 'ack', from: 'b', to: 'a', term: 2, match: 2, round: 1, leadership: 'normal' })
  turn()
  expect([member.core.commitIndex, member.token]).toEqual([2, null])
  await settle()
  const token = { term: 2, index: 2 }
  expect([member.token, leaderships()]).toEqual([token, [{ kind: 'leadership-gained', ...head, token }]])
  await settle()
  expect(leaderships()).toHaveLength(1)
  receive({ kind: 'stale', from: 'b', to: 'a', term: 3 })
  turn()
  expect([member.token, leaderships().at(-1)]).toEqual([null, { kind: 'leadership-lost', ...head, token }])
  elected(3)
  await settle()
  expect([member.leads, member.token]).toEqual([true, null])
  receive({ kind: 'ack', from: 'b', to: 'a', term: 4, match: 3, round: 1, leadership: 'normal' })
  await settle()
  expect(member.token).toEqual({ term: 4, index: 3 })
  member.close()
  expect([member.token, leaderships().length, leaderships().at(-1)?.kind]).toEqual([
    null,
    4,
    'leadership-lost',
  ])
  expect(member.status().elections).toEqual({ campaigns: 2, won: 2, leaders: 2 })
})

test('a leader that was never told to lead is not told that it no longer does', () => {
  const { member, turn, receive, elected, leaderships } = setting()
  elected(1)
  receive({ kind: 'stale', from: 'b', to: 'a', term: 3 })
  turn()
  member.settle()
  expect([member.leads, leaderships()]).toEqual([false, []])
})

test('its status tells of its peers, its log and its elections, as long as it leads', async () => {
  const { member, turn, settle, receive, elected, pass } = setting()
  expect(member.status()).toMatchObject({ peers: [], elections: { campaigns: 0, won: 0, leaders: 0 } })
  elected(1)
  receive({ kind: 'ack', from: 'b', to: 'a', term: 2, match: 2, round: 1, leadership: 'normal' })
  turn()
  member.onRequest({ kind: 'open-session', id: 1, group: 'count', incarnation: 'one' }, 'at-x')
  await settle()
  pass(70)
  const status = member.status()
  const { core } = member
  const entryBytes = core.bytesAfter(2)
  expect(entryBytes).toBeGreaterThan(0)
  expect(status.peers).toEqual([
    { member: 'b', state: 'stream', match: 2, next: 4, inFlightBytes: entryBytes, silentMs: 70 },
    { member: 'c', state: 'probe', match: 0, next: 2, inFlightBytes: 0, silentMs: 70 },
  ])
  expect(status).toMatchObject({
    uncommittedBytes: entryBytes,
    log: { bytes: core.bytesAfter(0) },
    snapshot: null,
    elections: { campaigns: 1, won: 1, leaders: 1 },
    loop: { lastMs: 1, p50Ms: 1, p99Ms: 2, maxMs: 3 },
    disk: { lastMs: 4, p50Ms: 4, p99Ms: 5, maxMs: 6, waitingMs: 7, stalls: 8 },
    transfer: null,
  })
  expect(status.log.oldestMs).toBeGreaterThanOrEqual(70)
  pass(1000)
  expect(member.status().unresponsive).toEqual(['b', 'c'])
  receive({ kind: 'stale', from: 'b', to: 'a', term: 3 })
  turn()
  expect(member.status()).toMatchObject({ role: 'follower', peers: [], unresponsive: [] })
})

test('its status tells of a transfer, as long as it is under way', () => {
  const { member, turn, receive, elected, pass } = setting()
  elected(1)
  receive({ kind: 'ack', from: 'b', to: 'a', term: 2, match: 1, round: 1, leadership: 'normal' })
  turn()
  const request = { id: 1, group: 'count', incarnation: 'one' }
  member.onRequest({ ...request, kind: 'transfer-leadership', to: 'b', ifTerm: null }, 'at-x')
  turn()
  pass(70)
  expect(member.status().transfer).toEqual({ to: 'b', forMs: 70 })
  member.onRequest({ ...request, kind: 'cancel-transfer' }, 'at-x')
  turn()
  expect(member.status().transfer).toBeNull()
})

test('a leader tells of a peer that keeps it waiting, and that it watches it no more when it leads no more', async () => {
  const { turn, settle, receive, elected, events, pass } = setting()
  elected(1)
  const beat = async (ms: number): Promise<void> => {
    for (let t = 0; t < ms; t += 200) {
      pass(200)
      receive({ kind: 'ack', from: 'b', to: 'a', term: 2, match: 2, round: 1, leadership: 'normal' })
      await settle()
    }
  }
  await beat(5000)
  const told = () =>
    events.flatMap((event) => (event.kind === 'slow-peer' ? [`${event.peer} ${event.state}`] : []))
  expect(told()).toEqual(['c slow'])
  receive({ kind: 'stale', from: 'b', to: 'a', term: 3 })
  turn()
  expect(told()).toEqual(['c slow', 'c unwatched'])
})

test('what the store says of its room reaches the core before anything is proposed, and both ways (F81)', () => {
  const { member, written, turn, elected, disk, told } = setting()
  const call = (id: number) =>
    member.onRequest({ kind: 'open-session', id, group: 'count', incarnation: 'one' }, 'at-x')
  elected(1)
  const { length } = written
  disk.room = 'low'
  call(1)
  turn()
  expect(told).toMatchObject([{ kind: 'error', id: 1, code: 'overloaded', outcome: 'not-applied' }])
  expect([member.leads, written.length]).toEqual([false, length])
  disk.room = 'ok'
  elected(2)
  call(2)
  turn()
  expect([member.leads, told.length, written.length]).toEqual([true, 1, length + 2])
})

test('a peer that lies about terms until there are no more stops this member, and hands nothing to the disk that has no place there (F89)', () => {
  const { member, written, turn, receive, elected, events } = setting()
  const { length } = written
  receive({ kind: 'stale', from: 'b', to: 'a', term: 2 ** 53 - 1 })
  turn()
  elected(2 ** 53 - 1)
  expect(member.ended).toMatchObject({
    code: 'member-stopped',
    message: expect.stringContaining('invariant 15'),
  })
  expect(events.filter(({ kind }) => kind === 'member-stopped')).toHaveLength(1)
  expect(written.length).toBe(length)
})

test('a leader keeps in memory what one member lacks, until that one has it (F24b)', async () => {
  const { member, settle, receive, elected, read } = setting()
  elected(1)
  let round = 0
  const acks = (from: string, match = member.core.lastIndex): void =>
    receive({ kind: 'ack', from, to: 'a', term: 2, match, round: ++round, leadership: 'normal' })
  for (const from of ['b', 'c']) acks(from)
  const request = { group: 'count', incarnation: 'one' }
  member.onRequest({ kind: 'open-session', id: 0, ...request }, 'at-x')
  await settle()
  const payload = valueCodec.encode('x'.repeat(1000))
  const command = {
    kind: 'command',
    ...request,
    session: 3,
    acknowledged: 1,
    key: null,
    trace: null,
    payload,
  } as const
  for (let sequence = 1; sequence <= 200; sequence++) {
    member.onRequest({ ...command, id: sequence, sequence }, 'at-x')
    await settle()
    acks('b')
    await settle()
  }
  expect(member.appliedIndex).toBe(203)
  expect(member.tail.first).toBeLessThanOrEqual(3)
  read.length = 0
  for (let match = 2; match < 203; match = member.core.peers()[1]!.next - 1) {
    acks('c', match)
    await settle()
  }
  acks('c')
  await settle()
  expect(read).toEqual([])
  // Within a stretch of the log its bytes are taken to be spread evenly.
  expect(member.tail.bytes).toBeLessThanOrEqual(65 * 1024)
})

test.each([false, true])(
  'a leader that rests without somebody keeps what that one lacks in memory; where all are there it keeps nothing (F131c): %s',
  async (isThere) => {
    const { member, settle, receive, elected, pass } = setting()
    member.input({ kind: 'settings', settings: { ...defaultSettings, quietAfterMs: 500 } })
    elected(1)
    for (let round = 1; round <= 10; round++) {
      const match = member.core.lastIndex
      const ack = { kind: 'ack', to: 'a', term: 2, match, round: 1000, leadership: 'normal' } as const
      for (const from of isThere ? ['b', 'c'] : ['b']) receive({ ...ack, from })
      await settle()
      pass(defaultSettings.heartbeatMs)
      await settle()
    }
    expect([member.leads, member.core.isQuiet]).toEqual([true, true])
    expect(member.tail.get(2)?.index).toBe(isThere ? undefined : 2)
  },
)
