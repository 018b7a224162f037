import { isRaftedError } from '@rafted/contracts'
import { FIRST_SETTINGS, type MemberStatus } from '@rafted/wire'
import { expect, test } from 'vitest'
import { done, error, located } from './scripted-link.ts'
import { leaderAt, setting, watched } from './setting.ts'

const status: MemberStatus = {
  group: 'queue',
  incarnation: 'f00d',
  member: 'm',
  host: 'a',
  role: 'leader',
  term: 1,
  leader: 'm',
  leaderAddress: 'a',
  lastIndex: 1,
  commitIndex: 1,
  appliedIndex: 1,
  snapshotIndex: 0,
  configuration: null,
  removedAt: null,
  stopped: null,
  unresponsive: [],
  damage: null,
  sessions: 0,
  settings: FIRST_SETTINGS,
  peers: [],
  uncommittedBytes: 0,
  log: { bytes: 0, oldestMs: 0 },
  snapshot: null,
  elections: { campaigns: 0, won: 0, leaders: 0 },
  loop: { lastMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 },
  disk: { lastMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0, waitingMs: 0, stalls: 0 },
  transfer: null,
}

test('createGroup asks the named host and nobody else', async () => {
  const { clock, link, client } = setting()
  link.script = () => done
  const plain = watched(client.createGroup('queue', { at: 'b' }))
  const checked = watched(client.createGroup('other', { at: 'c', unreachable: 'checked' }))
  await clock.turn()
  expect([plain.state, checked.state]).toEqual(['resolved', 'resolved'])
  expect(link.sent.map(({ address, request }) => ({ address, request }))).toMatchObject([
    { address: 'b', request: { kind: 'create-group', group: 'queue', unreachableChecked: false } },
    { address: 'c', request: { kind: 'create-group', group: 'other', unreachableChecked: true } },
  ])
})

test('createGroup is refused with what the host says', async () => {
  const { clock, link, client } = setting()
  link.script = () => error('already-exists')
  const call = watched(client.createGroup('queue', { at: 'b' }))
  await clock.turn()
  expect(call.error).toMatchObject({ code: 'already-exists', outcome: 'not-applied' })
  expect(link.sent.length).toBe(1)
})

test('createGroup asks again when no answer comes; a group that then exists may be its own', async () => {
  const { clock, link, client } = setting()
  let asked = 0
  link.script = () => (++asked === 1 ? error('timeout', { outcome: 'unknown' }) : error('already-exists'))
  const call = watched(client.createGroup('queue', { at: 'b' }))
  await clock.advance(100)
  expect(call.error).toMatchObject({ code: 'already-exists', outcome: 'unknown' })
  link.script = () => 'unreachable'
  const never = watched(client.createGroup('third', { at: 'b', timeoutMs: 500 }))
  await clock.advance(500)
  expect(never.error).toMatchObject({
    code: 'timeout',
    outcome: 'not-applied',
    details: { last: 'unreachable' },
  })
})

test('a group that was created anew is the one that is meant', async () => {
  const { clock, link, client, command, query } = setting()
  link.script = leaderAt('a')
  command(1)
  await clock.turn()
  link.script = () => ({ ...done, incarnation: 'beef' }) as never
  await client.createGroup('queue', { at: 'a' })
  link.script = (_, request) => {
    if (request.incarnation !== 'beef') return error('group-mismatch')
    return request.kind === 'locate' ? located('a', { incarnation: 'beef' }) : leaderAt('a')('a', request)
  }
  const call = query(2)
  await clock.turn()
  expect(call.value).toBe(2)
  const old = command(3)
  await clock.turn()
  expect(old.error).toMatchObject({ code: 'ambiguous-group', outcome: 'not-applied' })
})

test('locate gives the leader as soon as a member names it', async () => {
  const { clock, link, client } = setting()
  link.script = (address) =>
    address === 'a' ? error('no-such-group') : located('b', { term: 3, members: ['a', 'b'] })
  const call = watched(client.locate('queue'))
  await clock.turn()
  expect(call.value).toEqual({ incarnation: 'f00d', leader: 'b', term: 3, members: ['a', 'b'] })
  expect(link.sent.length).toBe(2)
})

test('locate gives the newest of what members know when none of them names a leader', async () => {
  const { clock, link, client } = setting()
  link.script = (address) =>
    address === 'c'
      ? 'unreachable'
      : located(null, { term: address === 'a' ? 7 : 5, members: ['a', 'b', 'c'] })
  const call = watched(client.locate('queue'))
  await clock.turn()
  expect(call.value).toEqual({ incarnation: 'f00d', leader: null, term: 7, members: ['a', 'b', 'c'] })
})

test('locate waits for somebody to answer, and knows when nobody knows', async () => {
  const { clock, link, client } = setting({ timeoutMs: 1000 })
  link.script = (address) => (address === 'c' ? 'unreachable' : error('no-such-group'))
  const waits = watched(client.locate('queue'))
  await clock.advance(1000)
  expect(waits.error).toMatchObject({ code: 'timeout', outcome: 'not-applied' })
  link.script = () => error('no-such-group')
  const nobody = watched(client.locate('queue'))
  await clock.turn()
  expect(nobody.error).toMatchObject({ code: 'no-such-group', outcome: 'not-applied' })
  link.script = (address) => located('a', { incarnation: String(address) })
  const mixed = watched(client.locate('queue'))
  await clock.turn()
  expect(mixed.value).toMatchObject({ leader: 'a' })
  const other = mixed.value!.incarnation === 'a' ? 'b' : 'a'
  link.script = () => located(other, { incarnation: other })
  const ambiguous = watched(client.locate('queue'))
  await clock.turn()
  expect(ambiguous.error?.code).toBe('ambiguous-group')
})

test('status asks the named host, else its own, else the leader; null where there is no member', async () => {
  const { clock, link, client } = setting()
  link.script = (address, request) =>
    request.kind === 'locate'
      ? located('b')
      : { kind: 'status', status: { ...status, host: String(address) } }
  expect(await client.status('queue', { at: 'c' })).toMatchObject({ host: 'c' })
  expect(await client.status('queue')).toMatchObject({ host: 'b' })
  link.script = () => error('no-such-group')
  expect(await client.status('queue', { at: 'c' })).toBeNull()
  link.script = () => error('member-stopped')
  await expect(client.status('queue', { at: 'c' })).rejects.toMatchObject({ code: 'member-stopped' })
  link.script = () => 'unreachable'
  const call = watched(client.status('queue', { at: 'c', timeoutMs: 100 }))
  await clock.advance(100)
  expect(call.error?.code).toBe('timeout')
  const own = setting({ local: true })
  own.link.script = (address) => ({ kind: 'status', status: { ...status, host: String(address) } })
  expect(await own.client.status('queue')).toMatchObject({ host: 'null' })
})

const placed = { index: 9, configuration: { voters: [], outgoing: null, learners: [] } }
const changed = { ...done, configuration: placed } as never

test('each change of members asks the leader for who is to be what, and gives what has come of it', async () => {
  const { link, client } = setting()
  link.script = leaderAt('b', { 'change-members': () => changed })
  expect(await client.removeMember('queue', 'm3')).toEqual(placed)
  await client.removeMember('queue', 'm4', { evenIfQuorumAtRisk: true })
  await client.promote('queue', 'm1')
  await client.demote('queue', 'm2')
  await client.replaceMember('queue', 'm1', 'm5')
  await client.changeMembership('queue', { voters: ['m1', 'm2'], learners: ['m3'] }, { ifConfigurationAt: 7 })
  await client.changeMembership('queue', { voters: ['m1'] })
  const shown = link.requests('change-members').map(({ address, request }) => {
    const { places, others, ifConfigurationAt, evenIfQuorumAtRisk, incarnation } = request
    expect([address, incarnation]).toEqual(['b', 'f00d'])
    return [
      places.map(({ member, place }) => `${member} ${place}`),
      others,
      ifConfigurationAt,
      evenIfQuorumAtRisk,
    ]
  })
  expect(shown).toEqual([
    [['m3 out'], 'keep', null, false],
    [['m4 out'], 'keep', null, true],
    [['m1 promoted'], 'keep', null, false],
    [['m2 learner'], 'keep', null, false],
    [['m5 voter', 'm1 out'], 'keep', null, false],
    [['m1 voter', 'm2 voter', 'm3 learner'], 'remove', 7, false],
    [['m1 voter'], 'remove', null, false],
  ])
})

test('a change of members that is refused says why', async () => {
  const codes = [
    'no-such-member',
    'already-member',
    'change-pending',
    'configuration-changed',
    'quorum-at-risk',
    'invalid-configuration',
  ] as const
  for (const code of codes) {
    const { clock, link, client } = setting()
    link.script = leaderAt('b', { 'change-members': () => error(code) })
    const call = watched(client.removeMember('queue', 'm5'))
    await clock.turn()
    expect(call.error).toMatchObject({ code, outcome: 'not-applied' })
  }
})

test('a learner that has not caught up, a transfer and a leader of a moment ago are waited for', async () => {
  for (const code of ['not-caught-up', 'transferring', 'no-own-term-entry'] as const) {
    const { clock, link, client } = setting()
    let asked = 0
    link.script = leaderAt('b', { 'change-members': () => (++asked < 3 ? error(code) : changed) })
    const call = watched(client.replaceMember('queue', 'm1', 'm2'))
    await clock.advance(1000)
    expect([call.state, asked]).toEqual(['resolved', 3])
    link.script = leaderAt('b', { 'change-members': () => error(code) })
    const never = watched(client.replaceMember('queue', 'm1', 'm2', { timeoutMs: 500 }))
    await clock.advance(500)
    expect(never.error).toMatchObject({ code: 'timeout', outcome: 'not-applied', details: { last: code } })
  }
})

test('a change of members that is not answered may have happened', async () => {
  const { clock, link, client } = setting()
  link.script = leaderAt('b', { 'change-members': () => error('no-leader', { outcome: 'unknown' }) })
  const open = watched(client.removeMember('queue', 'm6', { timeoutMs: 500 }))
  await clock.advance(500)
  expect(open.error).toMatchObject({ code: 'timeout', outcome: 'unknown' })
  link.script = leaderAt('b', { 'change-members': () => done })
  const empty = watched(client.removeMember('queue', 'm6'))
  await clock.turn()
  expect(empty.error).toMatchObject({ code: 'unreachable', outcome: 'unknown' })
})

test('transferLeadership asks the leader; for the best there is it names the term, so that it is done once (F48h)', async () => {
  const { clock, link, client } = setting()
  const leading = { ...status, role: 'leader', term: 7 } as const
  const answers = {
    'transfer-leadership': () => done,
    'cancel-transfer': () => done,
    status: () => ({ kind: 'status', status: leading }) as const,
  }
  link.script = leaderAt('b', answers)
  await client.transferLeadership('queue', 'm3')
  await client.transferLeadership('queue', null)
  await client.cancelTransfer('queue')
  expect(link.requests('transfer-leadership')).toMatchObject([
    { address: 'b', request: { to: 'm3', ifTerm: null } },
    { address: 'b', request: { to: null, ifTerm: 7 } },
  ])
  expect(link.requests('cancel-transfer')).toHaveLength(1)
  const codes = [
    'not-a-voter',
    'member-unresponsive',
    'member-damaged',
    'transfer-pending',
    'transfer-failed',
  ] as const
  for (const code of codes) {
    link.script = leaderAt('b', { 'transfer-leadership': () => error(code) })
    const call = watched(client.transferLeadership('queue', 'm3'))
    await clock.turn()
    expect(call.error).toMatchObject({ code, outcome: 'not-applied' })
  }
  await expect(client.transferLeadership('queue', '')).rejects.toMatchObject({ code: 'invalid-argument' })
})

test('names and addresses that can not be are refused', async () => {
  const { client, link } = setting()
  expect(() => client.machine('', { codec: null })).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  )
  expect(() => client.machine('x'.repeat(256), { codec: null })).toThrow('bytes')
  const calls = [
    client.createGroup('', { at: 'a' }),
    client.createGroup('g', { at: '' }),
    client.locate('\udc00'),
    client.status('g', { at: '' }),
    client.removeMember('g', ''),
    client.promote('g', '\udc00'),
    client.demote('g', ''),
    client.replaceMember('g', 'm', 'm'),
    client.changeMembership('g', { voters: [] }),
    client.changeMembership('g', { voters: ['m', 'n', 'm'] }),
    client.changeMembership('g', { voters: ['m'], learners: ['m'] }),
    client.changeMembership('g', { voters: 'm' as never }),
    client.changeMembership('g', null as never),
    client.changeMembership('g', { voters: ['m'] }, { ifConfigurationAt: 0 }),
    client.changeMembership('g', { voters: ['m'] }, { ifConfigurationAt: 1.5 }),
    client.locate('g', { timeoutMs: -1 }),
  ]
  for (const call of calls)
    expect(await call.then(null, (error) => isRaftedError(error, 'invalid-argument'))).toBe(true)
  expect(link.sent).toEqual([])
  expect(() => setting({ addresses: [] })).toThrow('address')
  expect(() => setting({ timeoutMs: 0 })).toThrow('timeoutMs')
  expect(() => setting({ attemptTimeoutMs: Number.NaN })).toThrow('attemptTimeoutMs')
  expect(() => setting({ addresses: [], local: true })).not.toThrow()
})

test('a stale query is answered by the own host if it has a member, else by any address', async () => {
  let draws = 0
  const random = { number: () => (draws++ % 3) / 3, bytes: () => new Uint8Array() }
  const { clock, link, query } = setting({ local: true, random })
  let own = true
  link.script = (address, request) => {
    if (address === null && !own) return error('no-such-group')
    if (request.kind === 'locate') return located(null)
    return leaderAt(address)(address, request)
  }
  const first = query(1, { read: 'stale' })
  await clock.turn()
  expect(first.value).toBe(1)
  expect(link.requests('query')).toMatchObject([
    { address: null, request: { read: 'stale', incarnation: 'f00d' } },
  ])
  own = false
  const second = query(2, { read: 'stale' })
  await clock.turn()
  expect(second.value).toBe(2)
  const third = query(3, { read: 'stale' })
  await clock.turn()
  expect(third.value).toBe(3)
  const asked = link.requests('query').map(({ address }) => address)
  expect(asked.slice(1)).toEqual([null, asked[2], null, asked[2]])
  expect(asked[2]).not.toBeNull()
})

test('a stale query goes on to the next address when one does not answer, and knows when nobody knows', async () => {
  const { clock, link, query } = setting({ attemptTimeoutMs: 200 })
  link.script = (address, request) => {
    if (address === 'a') return 'hold'
    if (address === 'b') return 'unreachable'
    return request.kind === 'locate' ? located(null) : leaderAt('c')('c', request)
  }
  const call = query(1, { read: 'stale' })
  await clock.advance(300)
  expect(call.value).toBe(1)
  link.script = () => error('no-such-group')
  const nobody = query(2, { read: 'stale' })
  await clock.turn()
  expect(nobody.error).toMatchObject({ code: 'no-such-group' })
  link.script = () => error('query-failed')
  const failed = query(2, { read: 'stale' })
  await clock.turn()
  expect(failed.error).toMatchObject({ code: 'query-failed' })
})

test('each way to read goes where it is answered, and says what it may be answered from', async () => {
  const { clock, link, query } = setting({ local: true })
  link.script = (address, request) => {
    if (request.kind === 'locate') return located('a')
    if (address === null && request.kind === 'query' && !request.here)
      return error('not-leader', { leader: 'a', term: 9 })
    return leaderAt('a')(address === null ? 'a' : address, request)
  }
  const leader = { here: false, maxStalenessMs: 0 }
  const here = { here: true, maxStalenessMs: 0 }
  const ways = [
    [{}, { read: 'linearizable', ...leader }],
    [{ read: 'lease' }, { read: 'lease', ...leader }],
    [{ on: 'here' }, { read: 'linearizable', ...here }],
    [
      { read: 'lease', on: 'here' },
      { read: 'lease', ...here },
    ],
    [{ read: 'stale' }, { read: 'stale', ...here }],
    [
      { read: 'stale', on: 'leader' },
      { read: 'stale', ...leader },
    ],
    [{ read: { maxStalenessMs: 1500 } }, { read: 'bounded', here: true, maxStalenessMs: 1500 }],
    [
      { read: { maxStalenessMs: 5 }, on: 'leader' },
      { read: 'bounded', here: false, maxStalenessMs: 5 },
    ],
  ] as const
  for (const [way, said] of ways) {
    const call = query(1, way)
    await clock.advance(500)
    expect(call.value).toBe(1)
    const last = link.requests('query').at(-1)!
    expect(last.request).toMatchObject(said)
    expect(last.address === null, JSON.stringify(way)).toBe(said.here)
  }
})

test('a member that is not up to date sends a query on to the next one', async () => {
  const { clock, link, query } = setting({ addresses: ['a', 'b'] })
  link.script = (address, request) => {
    if (request.kind === 'locate') return located(null)
    return address === 'a' ? error('too-stale') : leaderAt('b')('b', request)
  }
  const call = query(1, { read: { maxStalenessMs: 100 } })
  await clock.advance(1000)
  expect(call.value).toBe(1)
})

test('a member that has not answered is not asked first again, however little time a query has (F49e)', async () => {
  const { clock, link, query } = setting({ addresses: ['a', 'b'] })
  let silent = ''
  link.script = (address, request) => {
    if (address === silent) return 'hold'
    return request.kind === 'locate' ? located(null) : leaderAt(address)(address, request)
  }
  const first = query(1, { on: 'here' })
  await clock.turn()
  expect(first.value).toBe(1)
  silent = String(link.requests('query').at(-1)!.address)
  // As long as one host may take to answer, so that there is no time for a second one.
  const short = { on: 'here', timeoutMs: 3000 } as const
  const second = query(2, short)
  await clock.advance(3000)
  expect(second.error).toMatchObject({ code: 'timeout' })
  // One of the next ones begins elsewhere: where is drawn.
  let answered = query(3, short)
  for (let i = 0; i < 20 && answered.state !== 'resolved'; i++) {
    await clock.advance(3000)
    answered = query(3, short)
    await clock.turn()
  }
  expect(answered.value).toBe(3)
})

test('changeSettings asks the leader, and gives what is in effect', async () => {
  const { clock, link, client } = setting()
  const settings = { ...FIRST_SETTINGS, electionMs: 3000, index: 9 }
  link.script = leaderAt('b', {
    'change-settings': () => ({ kind: 'settings', incarnation: 'f00d', settings }),
  })
  const call = watched(client.changeSettings('queue', { electionMs: 3000, heartbeatMs: undefined as never }))
  const based = watched(client.changeSettings('queue', { retainedResults: 5 }, { ifSettingsAt: 0 }))
  await clock.turn()
  expect([call.value, based.value]).toEqual([settings, settings])
  const asked = link.sent.filter(({ request }) => request.kind === 'change-settings')
  expect(asked.map(({ address, request }) => ({ address, request }))).toMatchObject([
    { address: 'b', request: { ifSettingsAt: null, changes: [{ setting: 'electionMs', value: 3000 }] } },
    { address: 'b', request: { ifSettingsAt: 0, changes: [{ setting: 'retainedResults', value: 5 }] } },
  ])
})

test('changeSettings sends nothing that no group can have', async () => {
  const { client, link } = setting()
  for (const wrong of [
    {},
    null,
    { tailBytes: 5 },
    { electionMs: '5' },
    { retainedResults: 1.5 },
    { maxSessions: 0 },
  ])
    await expect(client.changeSettings('queue', wrong as never)).rejects.toMatchObject({
      code: 'invalid-argument',
      outcome: 'not-applied',
    })
  for (const ifSettingsAt of [-1, 1.5, '7' as never])
    await expect(client.changeSettings('queue', { electionMs: 500 }, { ifSettingsAt })).rejects.toMatchObject(
      {
        code: 'invalid-argument',
      },
    )
  // @ts-expect-error: a host's own
  const typed = () => client.changeSettings('queue', { tailBytes: 5 })
  expect(typed).toBeTypeOf('function')
  expect(link.sent).toHaveLength(0)
})

test('a change of settings that comes too late says so, and that it may have been its own once an answer was lost', async () => {
  for (const [lost, outcome] of [
    [false, 'not-applied'],
    [true, 'unknown'],
  ] as const) {
    const { clock, link, client } = setting()
    let asked = 0
    link.script = leaderAt('b', {
      'change-settings': () =>
        lost && ++asked === 1 ? error('timeout', { outcome: 'unknown' }) : error('settings-changed'),
    })
    const call = watched(client.changeSettings('queue', { electionMs: 3000 }, { ifSettingsAt: 3 }))
    await clock.advance(500)
    expect(call.error).toMatchObject({ code: 'settings-changed', outcome })
  }
})
