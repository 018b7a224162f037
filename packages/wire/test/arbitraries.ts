/** Everything there is a layout for, drawn at random: each value is one that the encoder must take. */
import type { LogEntry, SnapshotMeta } from '@rafted/contracts'
import { MAX_MACHINE_VERSION } from '@rafted/contracts'
import { type Configuration, EntryKind, type Member, type Message } from '@rafted/core'
import fc from 'fast-check'
import { encodeConfiguration } from '../src/configuration-codec.ts'
import type { CommandPayload, SessionPayload } from '../src/entry-payload.ts'
import type {
  BatchHead,
  FetchedItem,
  FetchedPartItem,
  FetchItem,
  FetchSnapshotItem,
  Item,
  MemberItem,
  SnapshotProgressItem,
} from '../src/envelope.ts'
import { type PlacedSettings, SETTING_NAMES } from '../src/group-settings.ts'
import {
  MAX_ID_BYTES,
  MAX_KEY_BYTES,
  MAX_NAME_BYTES,
  MAX_TEXT_BYTES,
  MAX_TRACE_BYTES,
  MAX_VERSION,
} from '../src/limits.ts'
import type {
  DirectRequest,
  MemberStatus,
  RelayedRequest,
  RelayRequest,
  Request,
  Response,
} from '../src/request.ts'
import type { SettingsPayload } from '../src/settings-codec.ts'
import { utf8Length } from '../src/utf8.ts'
import type { Withdrawn } from '../src/withdrawal-codec.ts'
import { headsOf } from './samples.ts'

/** Objects like those the decoder makes. */
export function record<T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(parts, { noNullPrototype: true })
}

/** Mostly small, at times at the edges of every length a number can have. */
export const uint: fc.Arbitrary<number> = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.constantFrom(-1, 0, 1))
    .map(([sevens, more]) => 2 ** (7 * sevens) + more),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1),
)
const positive = uint.map((value) => Math.max(1, value))
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.uint8Array({ minLength: 120, maxLength: 300, size: 'max' }),
)

/** Text without halves of surrogate pairs, of 0 … `max` bytes, at times of exactly `max`. */
function text(max: number): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: Math.min(max, 80) }).filter((value) => utf8Length(value) <= max),
    fc.nat(max).map((length) => 'x'.repeat(length)),
    fc.constant('ä'.repeat(max / 2)),
    fc.constant('x'.repeat(max)),
  )
}
const name = (max: number): fc.Arbitrary<string> => text(max).map((value) => value || '0')
const id = fc.oneof(fc.stringMatching(/^[0-9a-f]{32}$/), name(MAX_ID_BYTES))
const address = name(MAX_NAME_BYTES)
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary)
const versions: fc.Arbitrary<readonly [number, number]> = fc
  .tuple(fc.integer({ min: 1, max: MAX_VERSION }), fc.nat(MAX_VERSION))
  .map(([oldest, more]) => [oldest, Math.min(MAX_VERSION, oldest + more)])

export const head: fc.Arbitrary<BatchHead> = record({
  cluster: address,
  versions: fc.integer({ min: 1, max: MAX_VERSION }).map((newest) => [1, newest] as const),
  sender: address,
})

export const member: fc.Arbitrary<Member> = record({
  id,
  host: id,
  address,
  durable: fc.boolean(),
  wire: versions,
  machine: fc
    .tuple(fc.integer({ min: 1, max: MAX_MACHINE_VERSION }), fc.nat(MAX_MACHINE_VERSION))
    .map(([oldest, more]) => [oldest, Math.min(MAX_MACHINE_VERSION, oldest + more)] as const),
})

/** No id and no host stands twice; one of `outgoing` may also stand in another list. */
export const configuration: fc.Arbitrary<Configuration> = fc
  .tuple(
    fc.uniqueArray(member, {
      minLength: 1,
      maxLength: 5,
      comparator: (a, b) => a.id === b.id || a.host === b.host,
    }),
    fc.uniqueArray(member, { maxLength: 3, comparator: (a, b) => a.id === b.id || a.host === b.host }),
    fc.integer({ min: 1, max: 5 }),
    fc.boolean(),
    fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  )
  .map(([members, former, voters, shared, promote]) => {
    const outgoing = shared ? [...members.slice(0, 2)] : former
    return {
      voters: members.slice(0, voters),
      outgoing: outgoing.length === 0 ? null : outgoing,
      learners: members.slice(voters).map((one, i) => ({ ...one, promote: promote[i]! })),
    }
  })

const configurationEntry = record({ index: positive, configuration })

export const meta: fc.Arbitrary<SnapshotMeta> = record({
  index: positive,
  term: positive,
  time: uint,
  configuration,
  incarnation: id,
  format: uint,
  machineVersion: uint,
  size: uint,
  checksum: fc.nat(2 ** 32 - 1),
  back: uint,
}).map(({ back, configuration, ...rest }) => ({
  ...rest,
  configuration: { index: Math.max(1, rest.index - back), configuration },
}))

export const commandPayload: fc.Arbitrary<CommandPayload> = record({
  session: uint,
  sequence: uint,
  acknowledged: uint,
  key: optional(name(MAX_KEY_BYTES)),
  command: payload,
})

const withdrawn: fc.Arbitrary<Withdrawn> = fc.oneof(
  record({
    session: positive,
    sequence: positive,
    key: optional(name(MAX_KEY_BYTES)),
    since: fc.constant(0),
  }),
  record({
    session: fc.constant(0),
    sequence: fc.constant(0),
    key: name(MAX_KEY_BYTES),
    since: uint,
  }),
)

export const sessionPayload: fc.Arbitrary<SessionPayload> = fc.oneof(
  record({
    op: fc.constantFrom('open', 'keep', 'close'),
    session: uint,
    acknowledged: uint,
  }),
  withdrawn.map((all) => ({ op: 'withdraw' as const, ...all })),
)

const envelope = { from: id, to: id, term: positive }

/** A place whose term is not above `term`. */
function place(term: number): fc.Arbitrary<{ index: number; term: number }> {
  return fc.oneof(
    fc.constant({ index: 0, term: 0 }),
    record({ index: positive, term: fc.integer({ min: 1, max: term }) }),
  )
}

const plain: fc.Arbitrary<Message> = record({
  ...envelope,
  index: uint,
  other: positive,
  yes: fc.boolean(),
}).chain(({ index, other, yes, ...rest }) =>
  place(rest.term).chain(({ index: lastIndex, term: lastTerm }) =>
    fc.constantFrom<Message>(
      { kind: 'pre-vote-request', ...rest, campaign: other, lastIndex, lastTerm },
      { kind: 'pre-vote', ...rest, campaign: other, granted: yes },
      { kind: 'vote-request', ...rest, lastIndex, lastTerm, transfer: yes },
      { kind: 'vote', ...rest, granted: yes },
      { kind: 'heartbeat', ...rest, round: index, commit: other, abstainMs: yes ? 1000.5 : 0 },
      { kind: 'read-request', ...rest, attempt: other },
      { kind: 'read-answer', ...rest, attempt: other, index: Math.max(1, index) },
      { kind: 'ack', ...rest, match: index, round: other, leadership: yes ? 'excluded' : 'damaged' },
      { kind: 'timeout-now', ...rest },
      { kind: 'quiet', ...rest, index: Math.max(1, index) },
      {
        kind: 'conflict',
        ...rest,
        prevIndex: Math.max(1, lastIndex, Math.min(other, lastIndex + 5)),
        hintIndex: lastIndex,
        hintTerm: lastTerm,
      },
      { kind: 'stale', ...rest },
      { kind: 'repair', ...rest, number: other, last: index },
      { kind: 'repairing', ...rest, number: other, upTo: index },
      {
        kind: 'removed',
        ...rest,
        index: Math.max(1, Math.min(index, other)),
        commit: Math.max(index, other),
      },
    ),
  ),
)

export const plainItem: fc.Arbitrary<MemberItem> = record({ incarnation: id, message: plain }).map(
  ({ incarnation, message }) => ({ kind: 'member', incarnation, message, entries: [], chunk: null }),
)

/** Entries after `place`, with the heads they make. */
const entryParts = record({
  kind: fc.constantFrom(...Object.values(EntryKind)),
  termStep: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1000) }),
  timeStep: fc.oneof(fc.constant(0), fc.nat(2 ** 40)),
  payload,
  configuration,
})

export const appendItem: fc.Arbitrary<MemberItem> = record({
  incarnation: id,
  from: id,
  to: id,
  index: fc.oneof(fc.nat(5), fc.nat(2 ** 50)),
  prevTerm: fc.integer({ min: 1, max: 2 ** 50 }),
  commit: uint,
  more: fc.nat(2 ** 40),
  parts: fc.array(entryParts, { maxLength: 6 }),
}).map(({ incarnation, from, to, index: prevIndex, prevTerm: anyTerm, commit, more, parts }) => {
  const prevTerm = prevIndex === 0 ? 0 : anyTerm
  const entries: LogEntry[] = []
  const configurations: { index: number; configuration: Configuration }[] = []
  let term = prevTerm
  let time = 0
  for (const part of parts) {
    const index = prevIndex + 1 + entries.length
    term = Math.max(1, term + part.termStep)
    time += part.timeStep
    const isConfiguration = part.kind === EntryKind.configuration
    if (isConfiguration) configurations.push({ index, configuration: part.configuration })
    const payload = isConfiguration ? encodeConfiguration(part.configuration) : part.payload
    entries.push({ index, term, kind: part.kind, time, payload })
  }
  const heads = entries.length === 0 ? null : headsOf(entries, configurations)
  return {
    kind: 'member',
    incarnation,
    message: { kind: 'append', from, to, term: Math.max(1, term) + more, prevIndex, prevTerm, heads, commit },
    entries,
    chunk: null,
  }
})

export const snapshotItem: fc.Arbitrary<MemberItem> = record({
  meta,
  from: id,
  to: id,
  more: fc.nat(1000),
  transfer: uint,
  offset: uint,
  bytes: payload,
  checksum: fc.nat(2 ** 32 - 1),
})
  .filter(({ meta }) => meta.term < 2 ** 53 - 1001)
  .map(({ meta, from, to, more, transfer, offset: anywhere, bytes: some, checksum }) => {
    const bytes = some.subarray(0, meta.size)
    const offset = Math.min(anywhere, meta.size - bytes.length)
    return {
      kind: 'member',
      incarnation: meta.incarnation,
      message: {
        kind: 'snapshot',
        from,
        to,
        term: meta.term + more,
        index: meta.index,
        indexTerm: meta.term,
      },
      entries: [],
      chunk: { meta, transfer, offset, bytes, checksum },
    }
  })

export const progressItem: fc.Arbitrary<SnapshotProgressItem> = record({
  kind: fc.constant('snapshot-progress' as const),
  incarnation: id,
  from: id,
  to: id,
  transfer: uint,
  received: uint.map((value) => value - 1),
  installed: fc.boolean(),
  again: fc.boolean(),
})

export const fetchSnapshotItem: fc.Arbitrary<FetchSnapshotItem> = record({
  kind: fc.constant('fetch-snapshot' as const),
  incarnation: id,
  from: id,
  to: id,
})

export const fetchedPartItem: fc.Arbitrary<FetchedPartItem> = snapshotItem.map(
  ({ incarnation, message: { from, to }, chunk }) => ({
    kind: 'fetched-part',
    incarnation,
    from,
    to,
    chunk: chunk!,
  }),
)

export const fetchItem: fc.Arbitrary<FetchItem> = record({
  kind: fc.constant('fetch' as const),
  incarnation: id,
  from: id,
  to: id,
  number: uint,
  index: positive,
  last: positive,
  entryTerm: positive,
  maxBytes: uint,
}).map((item) => ({ ...item, index: Math.min(item.index, item.last) }))

export const fetchedItem: fc.Arbitrary<FetchedItem> = record({
  incarnation: id,
  from: id,
  to: id,
  number: uint,
  index: fc.integer({ min: 1, max: 2 ** 50 }),
  entryTerm: positive,
  parts: fc.array(entryParts, { maxLength: 5 }),
  refusal: fc.constantFrom('lacks' as const, 'compacted' as const, 'damaged' as const),
}).map(({ parts, refusal, ...rest }) => {
  let time = 0
  const entries = parts.map(({ kind, timeStep, payload, configuration }, at): LogEntry => {
    time += timeStep
    const bytes = kind === EntryKind.configuration ? encodeConfiguration(configuration) : payload
    return { index: rest.index + at, term: rest.entryTerm, kind, time, payload: bytes }
  })
  return { kind: 'fetched', ...rest, answer: entries.length > 0 ? 'given' : refusal, entries }
})

const duration = fc.oneof(
  fc.nat(100_000),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
)

/** No setting twice. */
export const settingsPayload: fc.Arbitrary<SettingsPayload> = record({
  ifSettingsAt: fc.option(fc.nat(2 ** 40)),
  changes: fc.uniqueArray(record({ setting: fc.constantFrom(...SETTING_NAMES), value: duration }), {
    selector: ({ setting }) => setting,
  }),
})

const asked = { id: uint, group: address, incarnation: optional(id) }
const kept = { ...asked, session: uint, acknowledged: uint }

const direct: fc.Arbitrary<DirectRequest> = fc.oneof(
  record({ kind: fc.constantFrom('locate', 'open-session', 'status'), ...asked }),
  record({ kind: fc.constantFrom('keep-session', 'close-session'), ...kept }),
  fc.tuple(record(asked), withdrawn).map(([head, all]) => ({ kind: 'resolve' as const, ...head, ...all })),
  record({
    kind: fc.constant('command' as const),
    ...kept,
    sequence: uint,
    key: optional(name(MAX_KEY_BYTES)),
    trace: optional(name(MAX_TRACE_BYTES)),
    payload,
  }),
  record({
    kind: fc.constant('query' as const),
    ...asked,
    read: fc.constantFrom('linearizable', 'stale', 'lease'),
    maxStalenessMs: fc.constant(0),
    here: fc.boolean(),
    payload,
  }),
  record({
    kind: fc.constant('query' as const),
    ...asked,
    read: fc.constant('bounded' as const),
    maxStalenessMs: fc.double({ min: 1, max: 2 ** 40, noNaN: true }),
    here: fc.boolean(),
    payload,
  }),
  record({ kind: fc.constant('create-group' as const), ...asked, unreachableChecked: fc.boolean() }),
  record({
    kind: fc.constant('join' as const),
    ...asked,
    member,
    promote: fc.boolean(),
    formerDataLost: fc.boolean(),
  }),
  record({
    kind: fc.constant('change-members' as const),
    ...asked,
    places: fc.uniqueArray(
      record({ member: id, place: fc.constantFrom('out', 'learner', 'promoted', 'voter') }),
      { selector: ({ member: named }) => named, maxLength: 8 },
    ),
    others: fc.constantFrom('keep', 'remove'),
    ifConfigurationAt: fc.option(positive),
    evenIfQuorumAtRisk: fc.boolean(),
  }),
  record({ kind: fc.constant('update-member' as const), ...asked, member }),
  fc
    .tuple(record({ kind: fc.constant('change-settings' as const), ...asked }), settingsPayload)
    .map(([head, change]) => ({ ...head, ...change })),
  record({
    kind: fc.constant('transfer-leadership' as const),
    ...asked,
    to: fc.option(id),
    ifTerm: fc.option(positive),
  }),
  record({ kind: fc.constant('cancel-transfer' as const), ...asked }),
  record({
    kind: fc.constant('watch' as const),
    ...asked,
    after: fc.option(fc.nat()),
    waitMs: duration,
    maxBytes: uint,
    piece: fc.option(record({ transfer: uint, number: positive })),
  }),
  record({
    kind: fc.constant('backup' as const),
    ...asked,
    history: fc.boolean(),
    piece: fc.option(record({ transfer: uint, number: positive })),
  }),
)

/** What it carries is about the same group. */
const relay: fc.Arbitrary<RelayRequest> = fc
  .tuple(
    direct.filter(({ kind }) => kind !== 'join' && kind !== 'update-member'),
    name(MAX_NAME_BYTES),
    duration,
  )
  .map(([inner, to, timeoutMs]) => {
    const { id, group, incarnation } = inner
    return { kind: 'relay', id, group, incarnation, to, timeoutMs, request: inner as RelayedRequest }
  })

export const request: fc.Arbitrary<Request> = fc.oneof(direct, relay)

const latency = { lastMs: duration, p50Ms: duration, p99Ms: duration, maxMs: duration }

const settings: fc.Arbitrary<PlacedSettings> = record({
  index: uint,
  heartbeatMs: duration,
  electionMs: duration,
  maxUncommittedBytes: duration,
  retainedResults: duration,
  snapshotFactor: duration,
  snapshotMinBytes: duration,
  maxSessions: duration,
  sessionTimeoutMs: duration,
  clockDriftMarginMs: duration,
  machineVersion: duration,
  quietAfterMs: duration,
  featureLevel: duration,
})

const status: fc.Arbitrary<MemberStatus> = record({
  group: address,
  incarnation: id,
  member: id,
  host: id,
  role: fc.constantFrom('follower', 'pre-candidate', 'candidate', 'leader'),
  term: uint,
  leader: optional(id),
  leaderAddress: optional(address),
  lastIndex: uint,
  commitIndex: uint,
  appliedIndex: uint,
  snapshotIndex: uint,
  configuration: optional(configurationEntry),
  removedAt: optional(positive),
  stopped: optional(text(MAX_TEXT_BYTES).filter((reason) => reason !== '')),
  unresponsive: fc.array(id, { maxLength: 5 }),
  sessions: uint,
  settings,
  peers: fc.array(
    record({
      member: id,
      state: fc.constantFrom('probe', 'stream', 'snapshot'),
      match: uint,
      next: uint,
      inFlightBytes: uint,
      silentMs: duration,
    }),
    { maxLength: 5 },
  ),
  uncommittedBytes: uint,
  log: record({ bytes: uint, oldestMs: duration }),
  snapshot: optional(record({ index: uint, bytes: uint, ageMs: duration })),
  elections: record({ campaigns: uint, won: uint, leaders: uint }),
  loop: record(latency),
  disk: record({ ...latency, waitingMs: duration, stalls: uint }),
  transfer: optional(record({ to: id, forMs: duration })),
  damage: optional(
    record({
      ranges: fc.array(record({ from: uint, to: uint }), { maxLength: 4 }),
      lostTo: optional(positive),
      restored: uint,
      stuck: optional(
        record({
          index: uint,
          term: uint,
          answers: fc.array(record({ member: id, says: fc.constantFrom('lacks', 'damaged', 'silent') }), {
            maxLength: 4,
          }),
        }),
      ),
    }),
  ),
})

export const response: fc.Arbitrary<Response> = fc.oneof(
  record({
    kind: fc.constant('error' as const),
    id: uint,
    code: fc.constantFrom('not-leader', 'timeout', 'version-mismatch'),
    outcome: fc.constantFrom('not-applied', 'unknown'),
    message: text(MAX_TEXT_BYTES),
    leader: optional(address),
    term: uint,
    details: payload,
  }),
  record({
    kind: fc.constant('located' as const),
    id: uint,
    knows: fc.constantFrom('member', 'waiting', 'unknown'),
    incarnation: optional(id),
    term: uint,
    leader: optional(address),
    members: fc.array(address, { maxLength: 5 }),
  }),
  record({
    kind: fc.constant('session' as const),
    id: uint,
    incarnation: id,
    session: uint,
    timeoutMs: duration,
    window: uint,
  }),
  record({
    kind: fc.constant('result' as const),
    id: uint,
    status: fc.constantFrom('ok', 'refused', 'failed'),
    index: uint,
    term: uint,
    payload,
  }),
  record({
    kind: fc.constant('done' as const),
    id: uint,
    incarnation: id,
    configuration: optional(configurationEntry),
  }),
  record({ kind: fc.constant('status' as const), id: uint, status }),
  record({ kind: fc.constant('settings' as const), id: uint, incarnation: id, settings }),
  record({
    kind: fc.constant('changes' as const),
    id: uint,
    upTo: uint,
    changes: fc.array(record({ index: uint, term: uint, time: uint, command: payload }), {
      maxLength: 4,
    }),
    piece: fc.option(
      record({
        transfer: uint,
        number: uint,
        isLast: fc.boolean(),
        index: uint,
        term: uint,
        time: uint,
        version: uint,
        bytes: payload,
      }),
    ),
  }),
  record({
    kind: fc.constant('backup' as const),
    id: uint,
    transfer: uint,
    number: uint,
    isLast: fc.boolean(),
    bytes: payload,
  }),
)

export const item: fc.Arbitrary<Item> = fc.oneof(
  plainItem,
  appendItem,
  snapshotItem,
  progressItem,
  fetchItem,
  fetchedItem,
  fetchSnapshotItem,
  fetchedPartItem,
  request.map((request) => ({ kind: 'request' as const, request })),
  response.map((response) => ({ kind: 'response' as const, response })),
)
