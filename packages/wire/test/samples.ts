/** One of everything that is encoded, written out by hand: what the golden files hold, and what gets mutated. */
import type { LogEntry, SnapshotMeta } from '@rafted/contracts'
import { type Configuration, EntryKind, type Heads, type Member, type Message } from '@rafted/core'
import { encodeConfiguration } from '../src/configuration-codec.ts'
import { encodeCommandPayload, encodeSessionPayload } from '../src/entry-payload.ts'
import type { BatchHead, Item, MemberItem, RequestItem, ResponseItem } from '../src/envelope.ts'
import { FIRST_SETTINGS, type PlacedSettings, type SettingChange } from '../src/group-settings.ts'
import type { MemberStatus, QueryRequest, Request, Response } from '../src/request.ts'
import { encodeSettingsPayload } from '../src/settings-codec.ts'
import { valueCodec } from '../src/value-codec.ts'

export const head: BatchHead = { cluster: 'shop', versions: [1, 1], sender: 'host-a' }

const incarnation = '0123456789abcdef0123456789abcdef'
const from = 'member-a'
const to = 'member-b'

export function member(id: string, more: Partial<Member> = {}): Member {
  return {
    id,
    host: `host-${id}`,
    address: `${id}.example:7000`,
    durable: true,
    wire: [1, 1],
    machine: [1, 1],
    ...more,
  }
}

export const configuration: Configuration = {
  voters: [member('a'), member('b'), member('c', { durable: false, wire: [1, 300], machine: [2, 70_000] })],
  outgoing: null,
  learners: [{ ...member('d'), promote: true }],
}

export const jointConfiguration: Configuration = {
  voters: [member('a'), member('d')],
  outgoing: [member('a'), member('b'), member('c')],
  learners: [
    { ...member('e', { address: 'ää:1' }), promote: false },
    { ...member('b'), promote: false },
  ],
}

export const meta: SnapshotMeta = {
  index: 1000,
  term: 7,
  time: 123_456_789,
  configuration: { index: 990, configuration },
  incarnation,
  format: 1,
  machineVersion: 3,
  size: 70_000,
  checksum: 0xdeadbeef,
}

const command = encodeCommandPayload({
  session: 12,
  sequence: 345,
  acknowledged: 344,
  key: null,
  command: valueCodec.encode(['enqueue', 'abc']),
})

export const changes: readonly SettingChange[] = [
  { setting: 'electionMs', value: 1000.5 },
  { setting: 'retainedResults', value: 300 },
]

/** Index and term are set where the entry is used. */
export const payloads: Record<keyof typeof EntryKind, Uint8Array> = {
  noop: new Uint8Array(0),
  configuration: encodeConfiguration(configuration),
  settings: encodeSettingsPayload({ ifSettingsAt: null, changes }),
  lease: new Uint8Array([4, 5, 6]),
  command,
  session: encodeSessionPayload({ op: 'open', session: 0, acknowledged: 0 }),
  time: new Uint8Array(0),
}

export function appendOf(entries: readonly LogEntry[], prevIndex: number, prevTerm: number): MemberItem {
  const message: Message = {
    kind: 'append',
    from,
    to,
    term: 9,
    prevIndex,
    prevTerm,
    heads: entries.length === 0 ? null : headsOf(entries, []),
    commit: 40,
  }
  return { kind: 'member', incarnation, message, entries, chunk: null }
}

/** The heads as the decoder makes them while no run grows past 64 KiB. */
export function headsOf(entries: readonly LogEntry[], configurations: Heads['configurations']): Heads {
  const runs: { first: number; term: number; bytes: number; time: number }[] = []
  for (const { index, term, time, payload } of entries) {
    const run = runs.at(-1)
    if (run?.term === term) {
      run.bytes += payload.length + 32
      run.time = time
    } else runs.push({ first: index, term, bytes: payload.length + 32, time })
  }
  return { runs, last: entries.at(-1)!.index, configurations }
}

function appendOfKind(kind: keyof typeof EntryKind): MemberItem {
  const entry: LogEntry = { index: 43, term: 9, kind: EntryKind[kind], time: 70_000, payload: payloads[kind] }
  const item = appendOf([entry], 42, 8)
  if (kind !== 'configuration') return item
  const heads = headsOf([entry], [{ index: 43, configuration }])
  return { ...item, message: { ...item.message, heads } as Message }
}

const entries: LogEntry[] = [
  { index: 43, term: 8, kind: EntryKind.command, time: 1000, payload: command },
  { index: 44, term: 8, kind: EntryKind.command, time: 1000, payload: new Uint8Array(300).fill(0xab) },
  { index: 45, term: 9, kind: EntryKind.noop, time: 1500, payload: new Uint8Array(0) },
]

function say(message: Message, more: Partial<MemberItem> = {}): MemberItem {
  return { kind: 'member', incarnation, message, entries: [], chunk: null, ...more }
}

const envelope = { from, to, term: 9 }

export const messages: Record<string, MemberItem> = {
  'pre-vote-request': say({
    kind: 'pre-vote-request',
    ...envelope,
    campaign: 10,
    lastIndex: 42,
    lastTerm: 8,
  }),
  'pre-vote': say({ kind: 'pre-vote', ...envelope, campaign: 10, granted: true }),
  'vote-request': say({ kind: 'vote-request', ...envelope, lastIndex: 300, lastTerm: 9, transfer: false }),
  'vote-request-transfer': say({
    kind: 'vote-request',
    ...envelope,
    lastIndex: 300,
    lastTerm: 9,
    transfer: true,
  }),
  vote: say({ kind: 'vote', ...envelope, granted: false }),
  'append-empty': appendOf([], 42, 8),
  'append-three': appendOf(entries, 42, 8),
  heartbeat: say({ kind: 'heartbeat', ...envelope, round: 77, commit: 41, abstainMs: 0 }),
  'heartbeat-abstain': say({ kind: 'heartbeat', ...envelope, round: 77, commit: 41, abstainMs: 1000 }),
  ack: say({ kind: 'ack', ...envelope, match: 2 ** 53 - 1, round: 0, leadership: 'normal' }),
  'ack-preferred': say({ kind: 'ack', ...envelope, match: 7, round: 3, leadership: 'preferred' }),
  'ack-damaged': say({ kind: 'ack', ...envelope, match: 7, round: 3, leadership: 'damaged' }),
  'ack-excluded': say({ kind: 'ack', ...envelope, match: 7, round: 3, leadership: 'excluded' }),
  conflict: say({ kind: 'conflict', ...envelope, prevIndex: 42, hintIndex: 0, hintTerm: 0 }),
  snapshot: say(
    { kind: 'snapshot', ...envelope, index: 1000, indexTerm: 7 },
    {
      chunk: {
        meta,
        transfer: 2 ** 40,
        offset: 65_536,
        bytes: new Uint8Array(64).fill(1),
        checksum: 0xcafe_f00d,
      },
    },
  ),
  stale: say({ kind: 'stale', ...envelope }),
  removed: say({ kind: 'removed', ...envelope, index: 50, commit: 60 }),
  'timeout-now': say({ kind: 'timeout-now', ...envelope }),
  repair: say({ kind: 'repair', ...envelope, number: 2 ** 48, last: 0 }),
  repairing: say({ kind: 'repairing', ...envelope, number: 2 ** 40 + 1, upTo: 45 }),
  'read-request': say({ kind: 'read-request', ...envelope, attempt: 2 ** 40 }),
  'read-answer': say({ kind: 'read-answer', ...envelope, attempt: 2 ** 40, index: 300 }),
  quiet: say({ kind: 'quiet', ...envelope, index: 300 }),
}

/** An append with one entry of each kind. */
export const entryKinds: Record<string, MemberItem> = Object.fromEntries(
  (Object.keys(EntryKind) as (keyof typeof EntryKind)[]).map((kind) => [kind, appendOfKind(kind)]),
)

const asked = { id: 1_000_000, group: 'queue', incarnation }

function query(
  read: QueryRequest['read'],
  maxStalenessMs: number,
  here: boolean,
  payload: Uint8Array = new Uint8Array(0),
): QueryRequest {
  return { kind: 'query', ...asked, read, maxStalenessMs, here, payload }
}

export const requests: Record<string, Request> = {
  locate: { kind: 'locate', id: 1, group: 'queue', incarnation: null },
  'open-session': { kind: 'open-session', ...asked },
  'keep-session': { kind: 'keep-session', ...asked, session: 12, acknowledged: 345 },
  'close-session': { kind: 'close-session', ...asked, session: 12, acknowledged: 345 },
  command: {
    kind: 'command',
    ...asked,
    session: 12,
    sequence: 346,
    acknowledged: 345,
    key: 'order-17',
    trace: null,
    payload: valueCodec.encode(['enqueue', 'abc']),
  },
  'command-traced': {
    kind: 'command',
    ...asked,
    session: 12,
    sequence: 346,
    acknowledged: 345,
    key: null,
    trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    payload: valueCodec.encode(['enqueue', 'abc']),
  },
  query: query('linearizable', 0, false, valueCodec.encode(['length'])),
  'query-stale': query('stale', 0, true),
  'query-lease': query('lease', 0, false),
  'query-bounded': query('bounded', 1500, true),
  'create-group': { kind: 'create-group', ...asked, unreachableChecked: true },
  join: { kind: 'join', ...asked, member: member('d'), promote: true, formerDataLost: false },
  status: { kind: 'status', ...asked },
  'transfer-leadership': { kind: 'transfer-leadership', ...asked, to: 'a', ifTerm: null },
  'transfer-leadership-best': { kind: 'transfer-leadership', ...asked, to: null, ifTerm: 300 },
  'cancel-transfer': { kind: 'cancel-transfer', ...asked },
  'change-members': {
    kind: 'change-members',
    ...asked,
    places: [
      { member: 'a', place: 'voter' },
      { member: 'b', place: 'learner' },
      { member: 'd', place: 'promoted' },
      { member: 'c', place: 'out' },
    ],
    others: 'keep',
    ifConfigurationAt: null,
    evenIfQuorumAtRisk: false,
  },
  'change-members-based': {
    kind: 'change-members',
    ...asked,
    places: [{ member: 'a', place: 'voter' }],
    others: 'remove',
    ifConfigurationAt: 300,
    evenIfQuorumAtRisk: true,
  },
  'update-member': { kind: 'update-member', ...asked, member: member('b', { address: 'elsewhere:7000' }) },
  'change-settings': { kind: 'change-settings', ...asked, ifSettingsAt: null, changes },
  'change-settings-based': {
    kind: 'change-settings',
    ...asked,
    ifSettingsAt: 0,
    changes: [{ setting: 'sessionTimeoutMs', value: 60_000 }],
  },
  watch: { kind: 'watch', ...asked, after: 300, waitMs: 5000, maxBytes: 1_048_576, piece: null },
  'watch-from-now': { kind: 'watch', ...asked, after: null, waitMs: 0, maxBytes: 0, piece: null },
  'watch-piece': {
    kind: 'watch',
    ...asked,
    after: 0,
    waitMs: 0.5,
    maxBytes: 1,
    piece: { transfer: 2 ** 40, number: 1 },
  },
  resolve: { kind: 'resolve', ...asked, session: 12, sequence: 346, key: 'order-17', since: 0 },
  'resolve-key': { kind: 'resolve', ...asked, session: 0, sequence: 0, key: 'order-17', since: 300 },
  relay: {
    kind: 'relay',
    ...asked,
    to: 'c:7000',
    timeoutMs: 2999.5,
    request: {
      kind: 'query',
      ...asked,
      read: 'stale',
      maxStalenessMs: 0,
      here: true,
      payload: new Uint8Array([7]),
    },
  },
  backup: { kind: 'backup', ...asked, history: true, piece: null },
  'backup-piece': { kind: 'backup', ...asked, history: false, piece: { transfer: 2 ** 40, number: 1 } },
}

const settings: PlacedSettings = { ...FIRST_SETTINGS, index: 41, electionMs: 1000.5, snapshotFactor: 2 }

const status: MemberStatus = {
  group: 'queue',
  incarnation,
  member: 'a',
  host: 'host-a',
  role: 'leader',
  term: 9,
  leader: 'a',
  leaderAddress: 'a.example:7000',
  lastIndex: 45,
  commitIndex: 44,
  appliedIndex: 43,
  snapshotIndex: 0,
  configuration: { index: 40, configuration: jointConfiguration },
  removedAt: null,
  stopped: null,
  unresponsive: ['b', 'c'],
  sessions: 3,
  settings,
  peers: [
    { member: 'b', state: 'stream', match: 43, next: 46, inFlightBytes: 300, silentMs: 12.5 },
    { member: 'c', state: 'snapshot', match: 0, next: 1, inFlightBytes: 0, silentMs: 4000 },
  ],
  uncommittedBytes: 150,
  log: { bytes: 6400, oldestMs: 86_400_000.25 },
  snapshot: { index: 30, bytes: 2 ** 33, ageMs: 3_600_000 },
  elections: { campaigns: 3, won: 2, leaders: 5 },
  loop: { lastMs: 0.5, p50Ms: 1, p99Ms: 12, maxMs: 1500.5 },
  disk: { lastMs: 8.25, p50Ms: 5, p99Ms: 700, maxMs: 2500, waitingMs: 30, stalls: 2 },
  transfer: { to: 'b', forMs: 250.5 },
  damage: null,
}

export const responses: Record<string, Response> = {
  error: {
    kind: 'error',
    id: 1,
    code: 'not-leader',
    outcome: 'not-applied',
    message: 'Ask the leader: b.example:7000 (grüße).',
    leader: 'b.example:7000',
    term: 9,
    details: valueCodec.encode({ retry: true }),
  },
  located: {
    kind: 'located',
    id: 2,
    knows: 'member',
    incarnation,
    term: 9,
    leader: null,
    members: ['a.example:7000', 'b.example:7000'],
  },
  session: { kind: 'session', id: 3, incarnation, session: 12, timeoutMs: 60_000, window: 64 },
  result: { kind: 'result', id: 4, status: 'refused', index: 44, term: 8, payload: valueCodec.encode(null) },
  done: { kind: 'done', id: 5, incarnation, configuration: { index: 40, configuration } },
  'done-plain': { kind: 'done', id: 6, incarnation, configuration: null },
  status: { kind: 'status', id: 7, status },
  'status-removed': {
    kind: 'status',
    id: 8,
    status: {
      ...status,
      role: 'follower',
      leader: null,
      leaderAddress: null,
      configuration: null,
      removedAt: 50,
      stopped: 'The configuration at 50 no longer holds it (grüße).',
      unresponsive: [],
      peers: [],
      snapshot: null,
    },
  },
  'status-damaged': {
    kind: 'status',
    id: 9,
    status: {
      ...status,
      configuration: null,
      damage: {
        ranges: [
          { from: 3, to: 3 },
          { from: 300, to: 305 },
        ],
        lostTo: 400,
        restored: 12,
        stuck: {
          index: 3,
          term: 8,
          answers: [
            { member: 'b', says: 'lacks' },
            { member: 'c', says: 'silent' },
          ],
        },
      },
    },
  },
  'status-damaged-little': {
    kind: 'status',
    id: 10,
    status: {
      ...status,
      configuration: null,
      damage: { ranges: [], lostTo: null, restored: 0, stuck: null },
    },
  },
  settings: { kind: 'settings', id: 11, incarnation, settings },
  changes: {
    kind: 'changes',
    id: 12,
    upTo: 304,
    changes: [
      { index: 301, term: 7, time: 1234, command: Uint8Array.of(1, 2, 3) },
      { index: 303, term: 8, time: 1300, command: new Uint8Array(0) },
    ],
    piece: null,
  },
  'changes-none': { kind: 'changes', id: 13, upTo: 0, changes: [], piece: null },
  'changes-value': {
    kind: 'changes',
    id: 14,
    upTo: 300,
    changes: [],
    piece: {
      transfer: 2 ** 40,
      number: 0,
      isLast: false,
      index: 300,
      term: 7,
      time: 1234,
      version: 2,
      bytes: Uint8Array.of(9, 8, 7),
    },
  },
  backup: {
    kind: 'backup',
    id: 15,
    transfer: 2 ** 40,
    number: 300,
    isLast: true,
    bytes: Uint8Array.of(6, 5),
  },
}

const asRequest = (request: Request): RequestItem => ({ kind: 'request', request })
const asResponse = (response: Response): ResponseItem => ({ kind: 'response', response })

function named<T>(prefix: string, all: Record<string, T>, wrap: (one: T) => Item): [string, Item][] {
  return Object.entries(all).map(([name, one]) => [`${prefix}-${name}`, wrap(one)])
}

/** Every kind of item, by the name of its golden file. */
export const items: Record<string, Item> = {
  ...Object.fromEntries([
    ...named('message', messages, (item) => item),
    ...named('entry', entryKinds, (item) => item),
    ...named('request', requests, asRequest),
    ...named('response', responses, asResponse),
  ]),
  fetch: {
    kind: 'fetch',
    incarnation,
    from,
    to,
    number: 7,
    index: 43,
    last: 300,
    entryTerm: 8,
    maxBytes: 65_536,
  },
  fetched: {
    kind: 'fetched',
    incarnation,
    from,
    to,
    number: 7,
    index: 43,
    entryTerm: 8,
    answer: 'given',
    entries: entries.slice(0, 2),
  },
  'fetched-nothing': {
    kind: 'fetched',
    incarnation,
    from,
    to,
    number: 8,
    index: 46,
    entryTerm: 9,
    answer: 'compacted',
    entries: [],
  },
  'fetch-snapshot': { kind: 'fetch-snapshot', incarnation, from, to },
  pulse: { kind: 'pulse', time: `${incarnation}.3`, digest: 2 ** 53 - 1 },
  'roll-call': {
    kind: 'roll-call',
    groups: [
      { incarnation, term: 3 },
      { incarnation: 'other', term: 2 ** 40 },
    ],
  },
  missing: { kind: 'missing', groups: [{ incarnation, term: 3 }] },
  'fetched-part': {
    kind: 'fetched-part',
    incarnation,
    from,
    to,
    chunk: {
      meta,
      transfer: 2 ** 40,
      offset: 65_536,
      bytes: new Uint8Array(64).fill(2),
      checksum: 0xcafe_f00d,
    },
  },
  'snapshot-progress': {
    kind: 'snapshot-progress',
    incarnation,
    from,
    to,
    transfer: 2 ** 40,
    received: 65_600,
    installed: false,
    again: true,
  },
  'snapshot-progress-refused': {
    kind: 'snapshot-progress',
    incarnation,
    from,
    to,
    transfer: 5,
    received: -1,
    installed: false,
    again: false,
  },
}

/** Users' values, with the value they come back as where that is another. */
export const values: Record<string, { value: unknown; back?: unknown }> = {
  null: { value: null },
  undefined: { value: undefined },
  booleans: { value: [true, false] },
  integers: {
    value: [
      0,
      127,
      128,
      255,
      256,
      65_535,
      65_536,
      2 ** 32 - 1,
      -1,
      -32,
      -33,
      -128,
      -129,
      -32_768,
      -32_769,
      -(2 ** 31),
    ],
  },
  fractions: {
    value: [0.5, -1.25, 2 ** 32, 2 ** 53 - 1, -(2 ** 31) - 1, 1e300, Number.NaN, Infinity, -Infinity],
  },
  'minus-zero': { value: -0, back: 0 },
  bigints: {
    value: [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n) - 1n, 3n ** 200n],
  },
  texts: {
    value: ['', 'abc', 'x'.repeat(31), 'x'.repeat(32), 'grüße', '\u{1f600}', '\ufeffmark', 'ä'.repeat(128)],
  },
  object: { value: { op: 'set', key: 'k', value: { deep: [1, { deeper: null }] } } },
  map: {
    value: new Map<unknown, unknown>([
      ['a', 1],
      [2, ['b']],
      [new Map(), new Set()],
    ]),
  },
  set: { value: new Set<unknown>(['a', 1, [2]]) },
  dates: {
    value: [new Date(0), new Date(1_700_000_000_123), new Date(-1), new Date(8.64e15), new Date(Number.NaN)],
  },
  bytes: { value: new Uint8Array([0, 1, 254, 255]) },
  buffer: { value: Buffer.from([0, 1, 254, 255]), back: new Uint8Array([0, 1, 254, 255]) },
  'typed-arrays': {
    value: [
      new Int8Array([-1]),
      new Uint8ClampedArray([255]),
      new Int16Array([-2]),
      new Uint16Array([3]),
      new Int32Array([-4]),
      new Uint32Array([5]),
      new Float32Array([0.5]),
      new Float64Array([0.25]),
      new BigInt64Array([-6n]),
      new BigUint64Array([7n]),
    ],
  },
}
