/**
 * Runs of a group of up to five members in which anything may happen in any order: messages are delivered, lost,
 * repeated and reordered, writes complete late, processes restart, time passes, members change. A run is a list of
 * actions, so that a failing one can be shrunk and replayed.
 */
import fc from 'fast-check'
import {
  configurationOf,
  electionMs,
  Group,
  type Hand,
  type Hooks,
  heartbeatMs,
  learner,
} from '../by-hand.ts'

export type Action =
  /** Everything under way arrives, in order. */
  | { readonly kind: 'deliver-all' }
  /** One message under way arrives, is lost, or arrives and will arrive again. */
  | { readonly kind: 'deliver' | 'lose' | 'repeat'; readonly at: number }
  /** Some of a member's writes complete. */
  | { readonly kind: 'complete'; readonly at: number; readonly count: number }
  | { readonly kind: 'restart'; readonly at: number; readonly kept: number }
  /** Time passes until one member wants to be woken, and only that one notices. */
  | { readonly kind: 'rouse'; readonly at: number }
  /** Time passes, and whoever asked to be woken is woken. */
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'propose'; readonly at: number; readonly count: number; readonly bytes: number }
  | { readonly kind: 'read'; readonly at: number }
  | {
      readonly kind: 'change'
      readonly at: number
      readonly voters: string
      readonly learners: string
      readonly promote: boolean
    }
  | { readonly kind: 'snapshot'; readonly at: number; readonly share: number; readonly keep: number }
  /** A snapshot that a leader asked for arrives, or doesn't. */
  | { readonly kind: 'transfer'; readonly at: number; readonly ok: boolean }
  /** A leader hands over to a member, or to the best there is; or gives that up. */
  | { readonly kind: 'hand-over'; readonly at: number; readonly to: string | null }
  | { readonly kind: 'lead-on'; readonly at: number }
  | { readonly kind: 'suspect'; readonly at: number; readonly of: number }
  /** Those on one side hear nothing of the others; nobody on a side: everyone hears everyone. */
  | { readonly kind: 'split'; readonly side: string }
  /** Several times over, everything arrives, and writes complete but those of one member. */
  | { readonly kind: 'work'; readonly times: number; readonly but: number }

const everyone = 'abcde'
const index = fc.nat(200)
const membersOf = (minLength: number) => fc.subarray([...everyone], { minLength }).map((ids) => ids.join(''))
const of = <K extends Action['kind'], Rest extends object>(
  kind: K,
  rest: { [Key in keyof Rest]: fc.Arbitrary<Rest[Key]> },
) => fc.record({ kind: fc.constant(kind), ...rest }) as unknown as fc.Arbitrary<Action>

const common: fc.WeightedArbitrary<Action>[] = [
  { weight: 16, arbitrary: of('work', { times: fc.integer({ min: 1, max: 4 }), but: fc.nat(20) }) },
  { weight: 6, arbitrary: of('rouse', { at: index }) },
  { weight: 3, arbitrary: of('split', { side: fc.oneof(fc.constant(''), membersOf(1)) }) },
  { weight: 6, arbitrary: of('deliver-all', {}) },
  { weight: 12, arbitrary: of('deliver', { at: index }) },
  { weight: 5, arbitrary: of('lose', { at: index }) },
  { weight: 3, arbitrary: of('repeat', { at: index }) },
  { weight: 14, arbitrary: of('complete', { at: index, count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: of('restart', { at: index, kept: fc.nat(3) }) },
  {
    weight: 8,
    arbitrary: of('wait', {
      ms: fc.constantFrom(1, 10, heartbeatMs, heartbeatMs, electionMs, 2 * electionMs),
    }),
  },
  {
    weight: 8,
    arbitrary: of('propose', {
      at: index,
      count: fc.integer({ min: 1, max: 3 }),
      bytes: fc.integer({ min: 1, max: 3000 }),
    }),
  },
  { weight: 3, arbitrary: of('read', { at: index }) },
  {
    weight: 2,
    arbitrary: of('snapshot', {
      at: index,
      share: fc.nat(100).map((percent) => percent / 100),
      keep: fc.nat(3),
    }),
  },
  { weight: 4, arbitrary: of('transfer', { at: index, ok: fc.boolean() }) },
  { weight: 3, arbitrary: of('hand-over', { at: index, to: fc.option(fc.constantFrom(...everyone)) }) },
  { weight: 1, arbitrary: of('lead-on', { at: index }) },
  { weight: 1, arbitrary: of('suspect', { at: index, of: fc.nat(4) }) },
]
const changes: fc.WeightedArbitrary<Action> = {
  weight: 4,
  arbitrary: of('change', { at: index, voters: membersOf(1), learners: membersOf(0), promote: fc.boolean() }),
}

export interface Run {
  readonly actions: readonly Action[]
  /** Chance in the cores. */
  readonly seed: number
}

/** Runs of up to `maxLength` actions, with or without changes of members. */
export function runs(maxLength: number, withChanges: boolean): fc.Arbitrary<Run> {
  return fc.record({
    actions: fc.array(fc.oneof(...common, ...(withChanges ? [changes] : [])), { maxLength, size: 'max' }),
    seed: fc.integer(),
  })
}

/** Numbers in [0, 1) that follow from a seed. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /**
   * A counter, scrambled: unlike a linear congruence, two of these don't fall into step when one draws a number more.
   */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** Dice that will give the same numbers. */
  copy(): Dice {
    return new Dice(this.#state)
  }
}

/** Three voters that know each other, and two who know nothing. Small limits, so that they are reached. */
function begin(run: Run, hooks: Hooks): Group {
  const options = { maxAppendBytes: 2000, maxInflightBytes: 6000, maxUncommittedBytes: 20_000 }
  const dice = new Dice(run.seed)
  const onBegin: Hooks['onBegin'] = (hand, ...rest) => {
    if (hand.chance === 0.5) hand.chance = new Dice(dice.next() * 2 ** 32).next
    hooks.onBegin?.(hand, ...rest)
  }
  const group = new Group({ voters: 'abc', founded: true, options, hooks: { ...hooks, onBegin } })
  for (const id of 'de') group.join(id)
  return group
}

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list.length === 0 ? undefined : list[at % list.length]
}

/** A member that leads if there is one, for what only leaders take. */
function leading(group: Group, at: number): Hand {
  return group.at(pick(group.leaders, at) ?? everyone[at % everyone.length]!)
}

/** Every attempt to read has a new id. */
let reads = 0

function perform(group: Group, action: Action): unknown {
  switch (action.kind) {
    case 'deliver-all':
      return batch(group)
    case 'deliver':
    case 'lose':
    case 'repeat':
      return message(group, action)
    case 'work':
      return work(group, action)
    case 'split':
      group.lost = ({ from, to }) => action.side.includes(from) !== action.side.includes(to)
      return
    case 'complete':
    case 'restart':
      return disk(group, action)
    case 'rouse':
      return rouse(group, action.at)
    case 'wait':
      group.now += action.ms
      return wake(group)
    case 'propose':
      return leading(group, action.at).propose(action.count, action.bytes)
    case 'read':
      return leading(group, action.at).input({ kind: 'read', id: reads++ })
    case 'change':
      return change(group, action)
    case 'snapshot':
      return snapshot(group, action)
    case 'transfer':
      return transfer(group, action)
    case 'hand-over':
      return leading(group, action.at).input({ kind: 'transfer', to: action.to })
    case 'lead-on':
      return leading(group, action.at).input({ kind: 'cancel-transfer' })
    case 'suspect':
      return group.at(everyone[action.at % everyone.length]!).input({
        kind: 'host-suspect',
        host: `host-${everyone[action.of]}`,
      })
  }
}

/** Whoever asked to be woken is. */
function wake(group: Group): void {
  for (const hand of group.hands.values()) if (hand.core.wakeAt <= group.now) hand.turn()
}

function rouse(group: Group, at: number): void {
  const asleep = [...group.hands.values()].filter((hand) => Number.isFinite(hand.core.wakeAt))
  const hand = pick(asleep, at)
  if (hand !== undefined) group.timeOut(hand.id)
}

/** What is under way arrives as batches, one turn for each. */
function batch(group: Group): void {
  const arriving = group.drop().filter((message) => !group.lost(message))
  for (const hand of group.hands.values()) {
    const own = arriving.filter(({ to }) => to === hand.id)
    for (const message of own) hand.step({ kind: 'message', message })
    if (own.length > 0) hand.turn()
  }
}

function work(group: Group, { times, but }: Extract<Action, { kind: 'work' }>): void {
  for (let i = 0; i < times; i++) {
    batch(group)
    for (const hand of group.hands.values())
      if (hand.writes.length > 0 && hand.id !== everyone[but]) hand.complete()
  }
}

function message(group: Group, { kind, at }: Extract<Action, { kind: 'deliver' | 'lose' | 'repeat' }>): void {
  const one = pick(group.wire, at)
  if (one === undefined) return
  if (kind !== 'repeat') group.wire.splice(group.wire.indexOf(one), 1)
  if (kind !== 'lose' && !group.lost(one)) group.at(one.to).hear(one)
}

function disk(group: Group, action: Extract<Action, { kind: 'complete' | 'restart' }>): void {
  const writing = [...group.hands.values()].filter((hand) => hand.writes.length > 0)
  if (action.kind === 'complete') pick(writing, action.at)?.complete(action.count)
  else pick([...group.hands.values()], action.at)!.restart(action.kept)
}

function change(group: Group, action: Extract<Action, { kind: 'change' }>): void {
  const learners = [...action.learners].filter((id) => !action.voters.includes(id))
  leading(group, action.at).change(
    { ...configurationOf(action.voters), learners: learners.map((id) => learner(id, action.promote)) },
    { evenIfQuorumAtRisk: true },
  )
}

function snapshot(group: Group, { at, share, keep }: Extract<Action, { kind: 'snapshot' }>): void {
  const able = [...group.hands.values()].filter(
    ({ core, disk }) =>
      Math.min(core.commitIndex, disk.last) > disk.base.index && disk.base.index === core.baseIndex,
  )
  const hand = pick(able, at)
  if (hand === undefined || hand.core.standing.removedAt !== null) return
  // Only what is on disk as it is in the core can be compacted there.
  const { base } = hand.disk
  const to = base.index + Math.ceil(share * (Math.min(hand.core.commitIndex, hand.disk.last) - base.index))
  if (hand.disk.termAt(to) !== hand.core.termAt(to)) return
  hand.snapshot(to, Math.max(base.index, to - keep))
}

function transfer(group: Group, { at, ok }: Extract<Action, { kind: 'transfer' }>): void {
  const from = pick(
    [...group.hands.values()].filter((hand) => hand.snapshotsTo.length > 0),
    at,
  )
  if (from !== undefined) send(group, from, ok)
}

function send(group: Group, from: Hand, ok: boolean): void {
  const to = from.snapshotsTo.shift()!
  const meta = from.disk.snapshotAt(Math.max(from.disk.base.index, from.disk.commit))
  const arrived = ok && arrives(group.at(to), from, meta)
  from.input({ kind: 'snapshot-sent', to, index: meta.index, ok: arrived })
}

/** The first part is heard, and if the snapshot is wanted it is installed. */
function arrives(hand: Hand, from: Hand, meta: ReturnType<Hand['disk']['snapshotAt']>): boolean {
  const { id: to } = hand
  const { term } = from.core.standing
  const part = { kind: 'snapshot', from: from.id, to, term, index: meta.index, indexTerm: meta.term } as const
  const wanted = hand.step({ kind: 'message', message: part }).taken
  if (wanted) hand.step({ kind: 'snapshot-installed', meta })
  hand.turn()
  return wanted
}

/** The whole run. `each` is told before every action. */
export function play(run: Run, hooks: Hooks, each: (group: Group, at: number) => void = () => {}): Group {
  const group = begin(run, hooks)
  for (const [at, action] of run.actions.entries()) {
    each(group, at)
    perform(group, action)
  }
  return group
}

/**
 * Whatever has happened, from here on everything works, until all of `ids` have what their leader has, and it hands over to nobody.
 * @returns it.
 */
export function recover(group: Group, ids: string): Hand {
  group.lost = () => false
  for (let beat = 0; beat < 300; beat++) {
    group.now += heartbeatMs / 2
    wake(group)
    for (const hand of group.hands.values()) while (hand.snapshotsTo.length > 0) send(group, hand, true)
    group.settle()
    const leader = group.leaders.length === 1 ? group.at(group.leaders[0]!) : undefined
    const last = leader?.core.lastIndex
    if (leader?.core.standing.transferringTo === null && [...ids].every((id) => isLevel(group.at(id), last!)))
      return leader
  }
  throw new Error('the group does not recover')
}

function isLevel({ core, disk }: Hand, last: number): boolean {
  return core.lastIndex === last && core.commitIndex === last && disk.last === last
}
