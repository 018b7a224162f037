/**
 * The frames of a seed. Number `i` of seed `s` is always the same, but for the ids, terms and indexes of the groups there are. What is said to the honest
 * group is such as the model lets a host or a client say that is no member of it; what only a member could do harm with goes to a group that is sacrificed.
 */
import { isRaftedError, type Lane, type Sender } from '@rafted/contracts'
import { SeededRandom } from '@rafted/testing'
import { type CommandRequest, type Item, type QueryRequest, type Request, valueCodec } from '@rafted/wire'
import { hostileValue } from './hostile-values.ts'
import { HOSTS, type Knowledge, type KnownGroup } from './knowledge.ts'
import { distorted } from './lies.ts'
import { mutated, mutatedWithin } from './mutations.ts'
import {
  allKinds,
  batchOf,
  betweenKinds,
  messageKinds,
  NOBODY,
  requestKinds,
  responseKinds,
  Samples,
} from './samples.ts'

export const sorts = {
  outside: 'no batch: bytes to the listener, or to a subject, before or behind the handshake',
  mutated: 'a batch whose bytes were changed',
  within: 'a batch whose bytes were changed within an item, lengths set right',
  lies: 'an item with forged numbers and names, from a member of the sacrificed group',
  unknown: 'for a group, an incarnation or a member that is not there',
  old: 'of an older term of the honest group, in the name of its members',
  role: 'from a client what members say; from either what only others may ask; answers to nothing',
  payloads: 'hostile payloads in commands and queries',
} as const
export type Sort = keyof typeof sorts
type WithoutRequest = Exclude<Sort, 'role' | 'payloads'>

/** In percent. */
const SHARES: readonly (readonly [Sort, number])[] = [
  ['outside', 2],
  ['mutated', 22],
  ['within', 22],
  ['lies', 22],
  ['unknown', 10],
  ['old', 5],
  ['role', 9],
  ['payloads', 8],
]

export interface Frame {
  readonly sort: Sort
  /** Which of the hosts it is sent to. */
  readonly at: number
  readonly as: Sender['role']
  readonly lane: Lane
  /** Of frames from outside: what the bytes are to be mixed with. */
  readonly batch: Uint8Array
  /** Of hostile payloads: what they stand in. */
  readonly asked: CommandRequest | QueryRequest | null
  /** For more of the same chance. */
  readonly random: SeededRandom
}

/** A session in which hostile commands are sent. */
export interface OwnSession {
  readonly session: number
  sequence: number
}

export interface Sessions {
  readonly honest: OwnSession | null
  readonly sacrificed: OwnSession | null
}

/** What a batch of one item begins with. */
const headBytesOf = (sender: string): number => 4 + 3 * 2 + 1 + 4 + 1 + sender.length + 1

/** More than any group has of sessions, indexes or members. */
const FAR = 2 ** 40

const FAKE: KnownGroup = {
  name: 'never there',
  incarnation: 'f'.repeat(32),
  members: [NOBODY],
  leader: '',
  term: 3,
  lastIndex: 10,
  configurationIndex: 2,
}

const ODD_GROUPS = [
  'never there',
  '__proto__',
  'constructor',
  'x'.repeat(255),
  'ä',
  '\0',
  'honest ',
  'Honest',
]

export function frameOf(seed: number, number: number, knowledge: Knowledge, sessions: Sessions): Frame {
  const random = new SeededRandom((Math.imul(seed, 0x2545f491) + number) | 0)
  const maker = new FrameMaker(number, knowledge, sessions, random)
  return maker.make(sortOf(random.below(100)))
}

function sortOf(percent: number): Sort {
  let sum = 0
  for (const [sort, share] of SHARES) {
    sum += share
    if (percent < sum) return sort
  }
  throw new Error('the shares of the sorts are no hundred')
}

class FrameMaker {
  readonly #knowledge: Knowledge
  readonly #sessions: Sessions
  readonly #random: SeededRandom
  readonly #sender: string
  readonly #at: number

  constructor(number: number, knowledge: Knowledge, sessions: Sessions, random: SeededRandom) {
    this.#knowledge = knowledge
    this.#sessions = sessions
    this.#random = random
    this.#sender = `frame ${number}`
    this.#at = random.below(HOSTS.length)
  }

  make(sort: Sort): Frame {
    const random = this.#random
    const lane: Lane = random.chance(0.8) ? 'urgent' : 'bulk'
    if (sort === 'role') return this.#outOfRole(lane)
    // What members say counts from peers only.
    const as = sort === 'lies' || sort === 'old' || random.chance(0.7) ? 'peer' : 'client'
    const asked = sort === 'payloads' ? this.#hostileRequest(as) : null
    const batch =
      asked === null
        ? this.#batch(sort as WithoutRequest)
        : this.#encoded(() => ({ kind: 'request', request: asked }))
    return { sort, at: this.#at, as, lane, batch, asked, random }
  }

  #batch(sort: WithoutRequest): Uint8Array {
    const random = this.#random
    switch (sort) {
      case 'outside':
        return this.#sampleBatch()
      case 'mutated':
        return mutated(this.#sampleBatch(), this.#sampleBatch(), random)
      case 'within':
        return mutatedWithin(this.#sampleBatch(), headBytesOf(this.#sender), this.#sampleBatch(), random)
      case 'lies':
        return this.#encoded(() => this.#lie())
      case 'unknown':
        return this.#encoded(() => this.#unknown())
      case 'old':
        return this.#encoded(() => this.#old())
    }
  }

  /** What the layout has no place for is drawn again: bytes that say it all the same are among the mutated ones. */
  #encoded(draw: () => Item): Uint8Array {
    for (;;)
      try {
        return batchOf(draw(), this.#sender)
      } catch (error) {
        if (!isRaftedError(error)) throw error
      }
  }

  #sampleBatch(): Uint8Array {
    return this.#encoded(() =>
      new Samples(this.#sacrificed, this.#at, this.#random).item(this.#random.pick(allKinds)),
    )
  }

  get #sacrificed(): KnownGroup {
    return this.#knowledge.sacrificed ?? FAKE
  }

  #lie(): Item {
    const random = this.#random
    const kinds = random.chance(0.8) ? messageKinds : random.chance(0.5) ? betweenKinds : requestKinds
    const kind = random.pick<string>(
      kinds === requestKinds ? requestKinds.map((one) => `request ${one}`) : kinds,
    )
    const item = new Samples(this.#sacrificed, this.#at, random).item(kind)
    return random.chance(0.2) ? item : distorted(item, this.#sacrificed, random)
  }

  #unknown(): Item {
    const random = this.#random
    const { honest, waiting } = this.#knowledge
    const name = random.chance(0.3) ? waiting : random.pick(ODD_GROUPS)
    const nowhere = { ...honest, name, incarnation: random.pick([FAKE.incarnation, NOBODY, '__proto__']) }
    if (random.chance(0.3)) {
      // Whoever is asked to create the group that is waited for does so: that is no hostile question.
      const kinds = requestKinds.filter((kind) => kind !== 'create-group' || name !== waiting)
      return new Samples(nowhere, this.#at, random).item(`request ${random.pick(kinds)}`)
    }
    const kinds = [...messageKinds, ...betweenKinds]
    if (random.chance(0.5)) return new Samples(nowhere, this.#at, random).item(random.pick(kinds))
    // The right incarnation, and a receiver that isn't there.
    return new Samples({ ...honest, members: [] }, this.#at, random).item(random.pick(kinds))
  }

  /** As the network may deliver it, late or twice. An answer to a question about a term, and word of a removal, don't name the term they are good for. */
  #old(): Item {
    const random = this.#random
    const { honest } = this.#knowledge
    if (honest.term < 2) return this.#unknown()
    const before = { ...honest, term: 1 + random.below(honest.term - 1) }
    const kinds = messageKinds.filter((kind) => kind !== 'pre-vote' && kind !== 'removed')
    return new Samples(before, this.#at, random).item(random.pick(kinds))
  }

  #outOfRole(lane: Lane): Frame {
    const random = this.#random
    const { honest } = this.#knowledge
    const samples = new Samples(honest, this.#at, random)
    const frame = { sort: 'role', at: this.#at, lane, asked: null, random } as const
    if (random.chance(0.5)) {
      const kinds = [...messageKinds, ...betweenKinds]
      return { ...frame, as: 'client', batch: this.#encoded(() => samples.item(random.pick(kinds))) }
    }
    const as = random.chance(0.5) ? 'peer' : 'client'
    if (random.chance(0.3)) {
      const answer = (): Item => samples.item(`response ${random.pick(responseKinds)}`)
      return { ...frame, as, batch: this.#encoded(answer) }
    }
    const asked = (): Item => ({ kind: 'request', request: this.#harmless(samples) })
    return { ...frame, as, batch: this.#encoded(asked) }
  }

  /** What anybody may ask of the honest group without changing it: refused, or answered. */
  #harmless(samples: Samples): Request {
    const kinds = [
      'locate',
      'status',
      'query',
      'watch',
      'create-group',
      'join',
      'update-member',
      'command',
      'keep-session',
      'close-session',
    ] as const
    const item = samples.item(`request ${this.#random.pick(kinds)}`)
    const { request } = item as Extract<Item, { kind: 'request' }>
    if (request.kind === 'join' || request.kind === 'update-member')
      return { ...request, member: { ...request.member, host: 'somebody else' } }
    if (request.kind === 'command' || request.kind === 'keep-session' || request.kind === 'close-session')
      return { ...request, session: FAR + this.#random.below(1000) }
    return request
  }

  #hostileRequest(as: Sender['role']): CommandRequest | QueryRequest {
    const random = this.#random
    const isHonest = random.chance(0.5)
    const { name, incarnation } = isHonest ? this.#knowledge.honest : this.#sacrificed
    const asked = { id: 1 + random.below(2 ** 31), group: name, incarnation, payload: hostileValue(random) }
    const own = isHonest ? this.#sessions.honest : this.#sessions.sacrificed
    if (as === 'peer' || own === null || random.chance(0.5)) {
      const read = random.pick(['linearizable', 'stale'] as const)
      return { kind: 'query', ...asked, read, maxStalenessMs: 0, here: random.chance(0.7) }
    }
    own.sequence++
    const { session, sequence } = own
    return {
      kind: 'command',
      ...asked,
      session,
      sequence,
      acknowledged: Math.max(0, sequence - 20),
      key: null,
      trace: random.chance(0.1) ? 'somebody’s' : null,
    }
  }
}

/**
 * The same with nothing wrong in it, of about the same size: for a hostile payload the same call, with a value that has as many parts where the hostile one
 * is a value at all; for all else a query of the honest group that whoever is asked answers.
 */
export function validFrame({ batch, asked }: Frame, number: number, knowledge: Knowledge): Uint8Array {
  if (asked === null) return validBatch(batch.length, number, knowledge)
  const name = asked.kind === 'command' ? 'add' : 'of'
  const length = Math.max(0, asked.payload.length - 20)
  const filling = isValue(asked.payload) ? Array.from({ length }, () => []) : new Uint8Array(length)
  const request = { ...asked, payload: valueCodec.encode([name, 'nobody', filling]) }
  return batchOf({ kind: 'request', request }, `frame ${number}`)
}

function isValue(payload: Uint8Array): boolean {
  try {
    valueCodec.decode(payload)
    return true
  } catch {
    return false
  }
}

/** As many bytes, and nothing wrong with them: a query of the honest group that whoever is asked answers. */
export function validBatch(
  bytes: number,
  number: number,
  { honest: { name, incarnation } }: Knowledge,
): Uint8Array {
  const batch = (padding: number): Uint8Array => {
    const payload = valueCodec.encode(['of', 'caller-0', new Uint8Array(padding)])
    const read = { read: 'stale', maxStalenessMs: 0, here: true } as const
    const request = { kind: 'query', id: 1 + number, group: name, incarnation, ...read, payload } as const
    return batchOf({ kind: 'request', request }, `frame ${number}`)
  }
  const least = batch(0)
  return least.length >= bytes ? least : batch(bytes - least.length)
}
