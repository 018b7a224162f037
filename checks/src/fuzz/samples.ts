/** One of everything that travels, about a group there is, as an honest host or client might say it. */
import { crc32 } from 'node:zlib'
import type { LogEntry, SnapshotMeta } from '@rafted/contracts'
import { EntryKind, type Member, type Message } from '@rafted/core'
import type { SeededRandom } from '@rafted/testing'
import {
  type CommandPayload,
  decodeBatch,
  encodeBatch,
  encodeCommandPayload,
  encodeConfiguration,
  encodeLease,
  encodeSessionPayload,
  encodeSettingsPayload,
  FIRST_SETTINGS,
  type Item,
  type MemberItem,
  type MemberStatus,
  type RelayedRequest,
  type Request,
  type Response,
  type SettingChange,
  valueCodec,
} from '@rafted/wire'
import { CLUSTER, type KnownGroup, PEER } from './knowledge.ts'

/** Of a member that no group has. */
export const NOBODY = '00000000000000000000000000000000'
/** Transfers of snapshots are numbered from here on by the attacker: no honest one gets so far. */
export const FIRST_TRANSFER = 2 ** 40

/** A kind that is added to the wire, and not here, doesn't compile. */
function kindsIn<Kind extends string>(kinds: Readonly<Record<Kind, true>>): readonly Kind[] {
  return Object.keys(kinds) as Kind[]
}

export const messageKinds = kindsIn<Message['kind']>({
  'pre-vote-request': true,
  'pre-vote': true,
  'vote-request': true,
  vote: true,
  append: true,
  heartbeat: true,
  ack: true,
  conflict: true,
  snapshot: true,
  stale: true,
  removed: true,
  'timeout-now': true,
  repair: true,
  repairing: true,
  'read-request': true,
  'read-answer': true,
  quiet: true,
})

export const betweenKinds = kindsIn<Exclude<Item['kind'], 'member' | 'request' | 'response'>>({
  'snapshot-progress': true,
  fetch: true,
  fetched: true,
  'fetch-snapshot': true,
  'fetched-part': true,
  pulse: true,
  'roll-call': true,
  missing: true,
})

export const requestKinds = kindsIn<Request['kind']>({
  locate: true,
  'open-session': true,
  'keep-session': true,
  'close-session': true,
  command: true,
  query: true,
  'create-group': true,
  join: true,
  'change-members': true,
  'update-member': true,
  'change-settings': true,
  'transfer-leadership': true,
  'cancel-transfer': true,
  status: true,
  watch: true,
  relay: true,
  resolve: true,
  backup: true,
})

export const responseKinds = kindsIn<Response['kind']>({
  error: true,
  located: true,
  session: true,
  result: true,
  done: true,
  settings: true,
  status: true,
  changes: true,
  backup: true,
})

/** How kinds are named in what is printed: `append`, `fetch`, `request command`, `response done`. */
export const allKinds: readonly string[] = [
  ...messageKinds,
  ...betweenKinds,
  ...requestKinds.map((kind) => `request ${kind}`),
  ...responseKinds.map((kind) => `response ${kind}`),
]

export function kindOf(item: Item): string {
  if (item.kind === 'member') return item.message.kind
  if (item.kind === 'request') return `request ${item.request.kind}`
  return item.kind === 'response' ? `response ${item.response.kind}` : item.kind
}

type MessageKind = Message['kind']

/** Makes items about one group, addressed to its member on one host. */
export class Samples {
  readonly #group: KnownGroup
  readonly #random: SeededRandom
  readonly #from: string
  readonly #to: string

  /** @param at which of the hosts is meant. */
  constructor(group: KnownGroup, at: number, random: SeededRandom) {
    this.#group = group
    this.#random = random
    this.#to = group.members[at] ?? NOBODY
    const others = group.members.filter((id) => id !== this.#to)
    this.#from = others.length > 0 ? random.pick(others) : NOBODY
  }

  item(kind: string): Item {
    const [first, second] = kind.split(' ') as [string, string | undefined]
    if (first === 'request') return { kind: 'request', request: this.#request(second as Request['kind']) }
    if (first === 'response')
      return { kind: 'response', response: this.#response(second as Response['kind']) }
    return this.#between(first) ?? this.#member(first as MessageKind)
  }

  get #index(): number {
    return Math.max(1, this.#group.lastIndex + this.#random.below(4) - 1)
  }

  #payload(): [kind: EntryKind, payload: Uint8Array] {
    const random = this.#random
    const command = (more: Partial<CommandPayload>): Uint8Array =>
      encodeCommandPayload({
        session: 1 + random.below(40),
        sequence: 1 + random.below(9),
        acknowledged: 0,
        key: null,
        command: valueCodec.encode(['add', 'caller-0', 1]),
        ...more,
      })
    const all: readonly [EntryKind, Uint8Array][] = [
      [EntryKind.command, command({})],
      [EntryKind.command, command({ key: 'order 17' })],
      [EntryKind.command, command({ command: new Uint8Array(300).fill(0x93) })],
      [EntryKind.noop, new Uint8Array(0)],
      [EntryKind.time, new Uint8Array(0)],
      [EntryKind.session, encodeSessionPayload({ op: 'open', session: 0, acknowledged: 0 })],
      [EntryKind.settings, encodeSettingsPayload({ ifSettingsAt: null, changes: this.#changes() })],
      [EntryKind.lease, encodeLease({ leader: this.#from, abstainMs: 1000 })],
      [EntryKind.configuration, encodeConfiguration(this.#configuration())],
    ]
    return random.pick(all)
  }

  #changes(): SettingChange[] {
    return [
      this.#random.pick([
        { setting: 'retainedResults', value: 200 },
        { setting: 'sessionTimeoutMs', value: 60_000 },
        { setting: 'snapshotFactor', value: 3 },
      ] as const),
    ]
  }

  #configuration() {
    const { members } = this.#group
    const voters = members.map((id, i) => memberOn(id, String.fromCharCode(97 + i)))
    return { voters: voters.length > 0 ? voters : [memberOn(this.#to, 'a')], outgoing: null, learners: [] }
  }

  #entries(from: number, count: number, term: number): LogEntry[] {
    return Array.from({ length: count }, (_, i) => {
      const [kind, payload] = this.#payload()
      return { index: from + i, term, kind, time: 1000, payload }
    })
  }

  #append(): MemberItem {
    const { term } = this.#group
    const prevIndex = this.#index
    const count = this.#random.below(4)
    const entries = this.#entries(prevIndex + 1, count, term)
    const heads =
      count === 0
        ? null
        : {
            runs: [{ first: prevIndex + 1, term, bytes: 1, time: 1000 }],
            last: prevIndex + count,
            configurations: [],
          }
    const envelope = { from: this.#from, to: this.#to, term }
    const message = {
      kind: 'append',
      ...envelope,
      prevIndex,
      prevTerm: term,
      heads,
      commit: prevIndex,
    } as const
    const { incarnation } = this.#group
    return { kind: 'member', incarnation, message, entries, chunk: null }
  }

  #meta(): SnapshotMeta {
    const { incarnation, term } = this.#group
    const index = this.#index + this.#random.below(50)
    const configuration = {
      index: Math.min(index, this.#group.configurationIndex),
      configuration: this.#configuration(),
    }
    const kept = { format: 1, machineVersion: 1, size: 4000, checksum: 0xdeadbeef }
    return { index, term, time: 2000, configuration, incarnation, ...kept }
  }

  #chunk() {
    const random = this.#random
    const bytes = random.bytes(random.below(3) * 50)
    const checksum = random.chance(0.8) ? crc32(bytes) : 1
    const transfer = FIRST_TRANSFER + random.below(3)
    return { meta: this.#meta(), transfer, offset: random.below(3) * 50, bytes, checksum }
  }

  #member(kind: MessageKind): MemberItem {
    if (kind === 'append') return this.#append()
    const { incarnation, term } = this.#group
    if (kind === 'snapshot') {
      const chunk = this.#chunk()
      const { index, term: indexTerm } = chunk.meta
      const message = { kind, from: this.#from, to: this.#to, term, index, indexTerm } as const
      return { kind: 'member', incarnation, message, entries: [], chunk }
    }
    return { kind: 'member', incarnation, message: this.#message(kind), entries: [], chunk: null }
  }

  #message(kind: Exclude<MessageKind, 'append' | 'snapshot'>): Message {
    const { term } = this.#group
    const random = this.#random
    const index = this.#index
    const envelope = { from: this.#from, to: this.#to, term }
    switch (kind) {
      case 'pre-vote-request':
        return { kind, ...envelope, campaign: term + 1, lastIndex: index, lastTerm: term }
      case 'pre-vote':
        return { kind, ...envelope, campaign: term + 1, granted: random.chance(0.5) }
      case 'vote-request':
        return { kind, ...envelope, lastIndex: index, lastTerm: term, transfer: random.chance(0.3) }
      case 'vote':
        return { kind, ...envelope, granted: random.chance(0.5) }
      case 'heartbeat':
        return {
          kind,
          ...envelope,
          round: random.below(100),
          commit: index,
          abstainMs: random.below(2) * 1000,
        }
      case 'ack': {
        const leadership = random.pick(['normal', 'preferred', 'excluded', 'damaged'] as const)
        return { kind, ...envelope, match: index, round: random.below(100), leadership }
      }
      case 'conflict':
        return { kind, ...envelope, prevIndex: index, hintIndex: 0, hintTerm: 0 }
      case 'stale':
      case 'timeout-now':
        return { kind, ...envelope }
      case 'quiet':
        return { kind, ...envelope, index }
      case 'removed':
        return { kind, ...envelope, index, commit: index + 3 }
      case 'repair':
        return { kind, ...envelope, number: 1 + random.below(1000), last: index }
      case 'repairing':
        return { kind, ...envelope, number: 1 + random.below(1000), upTo: index }
      case 'read-request':
        return { kind, ...envelope, attempt: 1 + random.below(1000) }
      case 'read-answer':
        return { kind, ...envelope, attempt: 1 + random.below(1000), index }
    }
  }

  #between(kind: string): Item | null {
    const { incarnation, term } = this.#group
    const random = this.#random
    const index = this.#index
    const addressed = { incarnation, from: this.#from, to: this.#to }
    const number = 1 + random.below(1000)
    switch (kind) {
      case 'snapshot-progress': {
        const transfer = FIRST_TRANSFER + random.below(3)
        const received = random.pick([-1, 0, 50, 4000])
        return {
          kind,
          ...addressed,
          transfer,
          received,
          installed: random.chance(0.5),
          again: random.chance(0.5),
        }
      }
      case 'fetch': {
        const first = 1 + random.below(index)
        const last = first + random.below(5)
        return { kind, ...addressed, number, index: first, last, entryTerm: term, maxBytes: 65_536 }
      }
      case 'fetched':
        return {
          kind,
          ...addressed,
          number,
          index,
          entryTerm: term,
          answer: 'given',
          entries: this.#entries(index, 1 + random.below(3), term),
        }
      case 'fetch-snapshot':
        return { kind, ...addressed }
      case 'fetched-part':
        return { kind, ...addressed, chunk: this.#chunk() }
      case 'pulse':
        return { kind, time: `${NOBODY}.${this.#random.below(3)}`, digest: random.below(3) }
      case 'roll-call':
      case 'missing':
        return { kind, groups: [{ incarnation, term: 1 + this.#random.below(3) }] }
      default:
        return null
    }
  }

  #request(kind: Request['kind']): Request {
    const random = this.#random
    const { name: group, members } = this.#group
    const incarnation = random.chance(0.5) ? this.#group.incarnation : null
    const asked = { id: 1 + random.below(2 ** 31), group, incarnation }
    const session = 1 + random.below(60)
    switch (kind) {
      case 'keep-session':
      case 'close-session':
        return { kind, ...asked, session, acknowledged: random.below(10) }
      case 'command': {
        const key = random.chance(0.2) ? `order ${random.below(300)}` : null
        const sequence = 1 + random.below(5)
        const payload = valueCodec.encode(['add', 'caller-0', 1])
        const trace = random.chance(0.2) ? `trace ${random.below(300)}` : null
        return { kind, ...asked, session, sequence, acknowledged: 0, key, trace, payload }
      }
      case 'resolve': {
        const key = `order ${random.below(300)}`
        if (random.chance(0.3))
          return { kind, ...asked, session: 0, sequence: 0, key, since: random.below(this.#index) }
        return {
          kind,
          ...asked,
          session,
          sequence: 1 + random.below(5),
          key: random.chance(0.5) ? key : null,
          since: 0,
        }
      }
      case 'query': {
        const read = random.pick(['linearizable', 'lease', 'bounded', 'stale'] as const)
        const maxStalenessMs = read === 'bounded' ? 1000 : 0
        const payload = valueCodec.encode(['of', 'caller-0'])
        return { kind, ...asked, read, maxStalenessMs, here: random.chance(0.5), payload }
      }
      case 'create-group':
        return { kind, ...asked, unreachableChecked: random.chance(0.5) }
      case 'join':
      case 'update-member': {
        const member = memberOn(random.pick([NOBODY, this.#from]), PEER)
        if (kind === 'update-member') return { kind, ...asked, member }
        return { kind, ...asked, member, promote: random.chance(0.2), formerDataLost: random.chance(0.5) }
      }
      case 'change-members': {
        const place = random.pick(['voter', 'learner', 'promoted', 'out'] as const)
        const places = [{ member: random.pick([...members, NOBODY]), place }]
        const ifConfigurationAt = random.chance(0.5) ? null : this.#group.configurationIndex + 1
        return {
          kind,
          ...asked,
          places,
          others: 'keep',
          ifConfigurationAt,
          evenIfQuorumAtRisk: random.chance(0.2),
        }
      }
      case 'change-settings':
        return { kind, ...asked, ifSettingsAt: null, changes: this.#changes() }
      case 'watch': {
        const piece = random.chance(0.3) ? { transfer: random.below(5), number: 1 + random.below(5) } : null
        const after = random.chance(0.3) ? null : random.below(this.#index)
        return { kind, ...asked, after, waitMs: random.below(500), maxBytes: random.below(2) * 65_536, piece }
      }
      case 'backup': {
        const piece = random.chance(0.5) ? { transfer: random.below(5), number: 1 + random.below(5) } : null
        return { kind, ...asked, history: random.chance(0.5), piece }
      }
      case 'transfer-leadership':
        return { kind, ...asked, to: random.pick([null, ...members]), ifTerm: null }
      case 'relay': {
        const kinds = ['command', 'query', 'watch', 'status', 'locate', 'open-session'] as const
        const request = { ...this.#request(random.pick(kinds)), id: asked.id } as RelayedRequest
        const to = random.pick(['b', 'c', 'nowhere'])
        const { group: of, incarnation: same } = request
        return {
          kind,
          id: asked.id,
          group: of,
          incarnation: same,
          to,
          timeoutMs: random.below(3000),
          request,
        }
      }
      default:
        return { kind, ...asked }
    }
  }

  #response(kind: Response['kind']): Response {
    const { incarnation, term, name } = this.#group
    const id = 1 + this.#random.below(2 ** 31)
    const configuration = { index: 1, configuration: this.#configuration() }
    switch (kind) {
      case 'error': {
        const said = { code: 'not-leader', outcome: 'not-applied', message: 'Ask elsewhere.' } as const
        return { kind, id, ...said, leader: 'a', term, details: valueCodec.encode({ retry: true }) }
      }
      case 'located':
        return { kind, id, knows: 'member', incarnation, term, leader: null, members: ['a', 'b'] }
      case 'session':
        return { kind, id, incarnation, session: 12, timeoutMs: 60_000, window: 64 }
      case 'result':
        return { kind, id, status: 'ok', index: 5, term, payload: valueCodec.encode(7) }
      case 'done':
        return { kind, id, incarnation, configuration }
      case 'settings':
        return { kind, id, incarnation, settings: FIRST_SETTINGS }
      case 'changes': {
        const change = { index: 5, term, time: 1000, command: valueCodec.encode(['add', 'caller-0', 1]) }
        return { kind, id, upTo: 5, changes: [change], piece: null }
      }
      case 'backup':
        return { kind, id, transfer: 1, number: 0, isLast: true, bytes: valueCodec.encode(7) }
      case 'status':
        return { kind, id, status: statusOf(name, incarnation, this.#to, configuration) }
    }
  }
}

function memberOn(id: string, host: string): Member {
  return { id, host, address: '127.0.0.1:9', durable: false, wire: [1, 1], machine: [1, 1] }
}

function statusOf(
  group: string,
  incarnation: string,
  member: string,
  configuration: MemberStatus['configuration'],
): MemberStatus {
  const none = { lastMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 }
  const places = {
    lastIndex: 5,
    commitIndex: 5,
    appliedIndex: 5,
    snapshotIndex: 0,
    removedAt: null,
    stopped: null,
  }
  const standing = { role: 'follower', term: 1, leader: null, leaderAddress: null, ...places } as const
  return {
    ...{ group, incarnation, member, host: PEER, configuration, ...standing },
    ...{ unresponsive: [], sessions: 0, settings: FIRST_SETTINGS, peers: [], uncommittedBytes: 0 },
    ...{ log: { bytes: 0, oldestMs: 0 }, snapshot: null, elections: { campaigns: 0, won: 0, leaders: 0 } },
    ...{ loop: none, disk: { ...none, waitingMs: 0, stalls: 0 }, transfer: null, damage: null },
  }
}

/** A batch of one item. */
export function batchOf(item: Item, sender: string): Uint8Array {
  return encodeBatch({ cluster: CLUSTER, versions: [1, 1], sender }, [item]).slice()
}

/** @returns the items of a batch; none of one that is refused. */
export function itemsOf(batch: Uint8Array): readonly Item[] {
  try {
    return decodeBatch(batch, { cluster: CLUSTER }).items
  } catch {
    return []
  }
}
