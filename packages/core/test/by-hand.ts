/**
 * A group of cores driven by hand. Nothing happens by itself: time passes, messages arrive or are lost, and writes
 * complete when a test says so. Each core has a disk that holds what its completed writes put there, and restarts
 * from it.
 */
import {
  type Answer,
  type Configuration,
  type ConfigurationEntry,
  Core,
  type CoreOptions,
  type Effects,
  type Input,
  type Learner,
  type Member,
  type MemberId,
  type Message,
  type Position,
  type ReadyRead,
  type RefusedRead,
  type SnapshotPosition,
  type Stored,
  type Write,
} from '../src/index.ts'

export const electionMs = 1000
export const heartbeatMs = 200

export function member(id: MemberId): Member {
  return { id, host: `host-${id}`, address: id, durable: true, wire: [1, 1], machine: [1, 1] }
}

export function learner(id: MemberId, promote = false): Learner {
  return { ...member(id), promote }
}

/**
 * A configuration of one-letter ids: `configurationOf('abc')`, `configurationOf('abc', { outgoing: 'abd', learners:
 * 'e' })`.
 */
export function configurationOf(
  voters: string,
  others: { outgoing?: string; learners?: string } = {},
): Configuration {
  return {
    voters: [...voters].map(member),
    outgoing: others.outgoing === undefined ? null : [...others.outgoing].map(member),
    learners: [...(others.learners ?? '')].map((id) => learner(id)),
  }
}

interface DiskEntry {
  readonly term: number
  readonly time: number
  readonly bytes: number
  readonly configuration: Configuration | null
}

/** What one member's completed writes have left behind: plain arrays, one element per entry. */
export class Disk {
  term = 0
  vote: MemberId | null = null
  base: Position = { index: 0, term: 0 }
  baseTime = 0
  baseConfiguration: ConfigurationEntry | null = null
  /** Index of the latest snapshot. */
  commit = 0
  entries: DiskEntry[] = []

  get last(): number {
    return this.base.index + this.entries.length
  }

  /** Terms of all entries after the base. */
  get terms(): number[] {
    return this.entries.map((entry) => entry.term)
  }

  termAt(index: number): number | undefined {
    return index === this.base.index ? this.base.term : this.entries[index - this.base.index - 1]?.term
  }

  take(write: Write): void {
    this.term = write.term
    this.vote = write.vote
    if (write.reset !== null) this.#reset(write.reset)
    if (write.truncateFrom !== null) {
      if (write.truncateFrom <= this.base.index) throw new Error('a truncation below the base')
      this.entries.length = Math.min(this.entries.length, write.truncateFrom - this.base.index - 1)
    }
    if (write.entries === null) return
    const { runs, last, configurations } = write.entries
    if (runs[0]!.first !== this.last + 1) throw new Error(`${runs[0]!.first} does not follow ${this.last}`)
    for (const [at, run] of runs.entries()) {
      const end = (runs[at + 1]?.first ?? last + 1) - 1
      const bytes = run.bytes / (end - run.first + 1)
      for (let index = run.first; index <= end; index++) {
        const configuration = configurations.find((entry) => entry.index === index)?.configuration ?? null
        this.entries.push({ term: run.term, time: run.time, bytes, configuration })
      }
    }
  }

  #reset(snapshot: SnapshotPosition): void {
    this.base = { index: snapshot.index, term: snapshot.term }
    this.baseTime = snapshot.time
    this.baseConfiguration = snapshot.configuration
    this.commit = snapshot.index
    this.entries = []
  }

  /** A snapshot at `index`, as the member that holds the entries up to there would take it. */
  snapshotAt(index: number): SnapshotPosition {
    const held = this.entries.slice(0, index - this.base.index)
    let configuration = this.baseConfiguration
    for (const [at, entry] of held.entries())
      if (entry.configuration !== null)
        configuration = { index: this.base.index + at + 1, configuration: entry.configuration }
    const term = this.termAt(index)
    if (term === undefined || configuration === null) throw new Error(`no snapshot can be taken at ${index}`)
    return { index, term, time: held.at(-1)?.time ?? this.baseTime, configuration }
  }

  compact(index: number): void {
    if (index <= this.base.index) return
    const { term, time, configuration } = this.snapshotAt(index)
    this.entries.splice(0, index - this.base.index)
    this.base = { index, term }
    this.baseTime = time
    this.baseConfiguration = configuration
  }

  stored(): Stored {
    const { term, vote, base, baseTime, baseConfiguration, commit, entries, last } = this
    const runs: { first: number; term: number; bytes: number; time: number }[] = []
    const configurations: ConfigurationEntry[] = []
    for (const [at, entry] of entries.entries()) {
      const index = base.index + at + 1
      const run = runs.at(-1)
      if (run?.term === entry.term) {
        run.bytes += entry.bytes
        run.time = entry.time
      } else runs.push({ first: index, term: entry.term, bytes: entry.bytes, time: entry.time })
      if (entry.configuration !== null) configurations.push({ index, configuration: entry.configuration })
    }
    const heads = runs.length === 0 ? null : { runs, last, configurations }
    return { term, vote, base, baseTime, baseConfiguration, commit, heads, damaged: [], lostTo: null }
  }
}

/** The state a member starts with, beside the configuration of its group. */
export interface Start {
  readonly term?: number
  readonly vote?: MemberId
  /** Terms of the entries 1, 2, …: each of 10 bytes. */
  readonly log?: readonly number[]
  /** Highest index known to be committed. */
  readonly commit?: number
  /** Configurations that entries of `log` bring. */
  readonly configurations?: Readonly<Record<number, Configuration>>
  readonly options?: Partial<CoreOptions>
}

function diskFor(start: Start, base: Configuration | null): Disk {
  const disk = new Disk()
  disk.baseConfiguration = base === null ? null : { index: 0, configuration: base }
  disk.entries = (start.log ?? []).map((term, at) => ({
    term,
    time: 0,
    bytes: 10,
    configuration: start.configurations?.[at + 1] ?? null,
  }))
  disk.term = start.term ?? start.log?.at(-1) ?? 0
  disk.vote = start.vote ?? null
  disk.commit = start.commit ?? 0
  return disk
}

/** One core, its disk, and what it has asked for. */
export class Hand {
  readonly id: MemberId
  readonly disk: Disk
  core: Core
  /** What `random()` gives: an election timeout is electionMs × (1 + chance). */
  chance: number | (() => number) = 0.5
  /** Handed out and not completed, oldest first. */
  writes: Write[] = []
  /** All answers to reads, and all peers that were named for a snapshot. */
  readonly ready: ReadyRead[] = []
  readonly refused: RefusedRead[] = []
  snapshotsTo: MemberId[] = []
  readonly group: Group
  readonly #options: CoreOptions

  constructor(group: Group, id: MemberId, disk: Disk, options: Partial<CoreOptions>) {
    this.group = group
    this.id = id
    this.disk = disk
    const random = () => (typeof this.chance === 'number' ? this.chance : this.chance())
    this.#options = { id, random, electionMs, heartbeatMs, ...options }
    this.core = this.#begin()
    this.turn()
  }

  #begin(): Core {
    const stored = this.disk.stored()
    this.group.hooks.onBegin?.(this, this.#options, stored)
    return new Core(this.#options, stored, this.group.now)
  }

  /** Hands an input to the core; nothing else happens before `turn`. */
  step(input: Input): Answer {
    const answer = this.core.step(input, this.group.now)
    this.group.hooks.onStep?.(this, input, answer)
    return answer
  }

  /** Drains the core. Messages go to the group's wire, writes wait to be completed. */
  turn(): Effects {
    const effects = this.core.drain(this.group.now)
    if (effects.write !== null) this.writes.push(effects.write)
    this.ready.push(...effects.reads)
    this.refused.push(...effects.refused)
    // Only a leader sends snapshots: transfers end with its term.
    if (this.core.standing.role !== 'leader') this.snapshotsTo = []
    this.snapshotsTo.push(...effects.snapshotsTo)
    this.group.wire.push(...effects.messages)
    this.group.watch(this, effects)
    return effects
  }

  /** An input and a turn. @returns the messages that it caused. */
  input(input: Input): readonly Message[] {
    this.step(input)
    return this.turn().messages
  }

  hear(message: Message): readonly Message[] {
    return this.input({ kind: 'message', message })
  }

  propose(count = 1, bytes = 10 * count): Answer {
    const answer = this.step({ kind: 'propose', count, bytes })
    this.turn()
    return answer
  }

  change(
    wanted: Configuration,
    more: { ifConfigurationAt?: number; evenIfQuorumAtRisk?: boolean } = {},
  ): Answer {
    const { voters, learners } = wanted
    const answer = this.step({ kind: 'change', voters, learners, ...more })
    this.turn()
    return answer
  }

  /** The oldest `count` writes are durable now. @returns the messages that follow. */
  complete(count = this.writes.length): readonly Message[] {
    const done = this.writes.splice(0, count)
    for (const write of done) this.disk.take(write)
    if (done.length > 0) this.step({ kind: 'persisted', seq: done.at(-1)!.seq })
    return this.turn().messages
  }

  /** The process ends and starts again; of the writes under way, the oldest `kept` have reached the disk. */
  restart(kept = 0): void {
    for (const write of this.writes.splice(0, kept)) this.disk.take(write)
    this.writes = []
    this.snapshotsTo = []
    this.core = this.#begin()
    this.turn()
  }

  /** This member's snapshot at `index` is durable, and its log begins after `compactTo`. */
  snapshot(index: number, compactTo = index): void {
    this.disk.commit = Math.max(this.disk.commit, index)
    this.disk.compact(compactTo)
    this.input({ kind: 'snapshot-taken', index, compactTo })
  }
}

/** Told of everything that the cores are told and answer. */
export interface Hooks {
  /** A core is about to be created. */
  onBegin?: (hand: Hand, options: CoreOptions, stored: Stored) => void
  onStep?: (hand: Hand, input: Input, answer: Answer) => void
  onTurn?: (hand: Hand, effects: Effects) => void
}

export interface GroupStart {
  /** One-letter ids. */
  readonly voters: string
  readonly learners?: string
  /** Members to run and how they start; the others are known, and nobody answers for them. All, if absent. */
  readonly starts?: Readonly<Record<MemberId, Start>>
  /** The configuration is entry 1 of every log, rather than known from before the first one. */
  readonly founded?: boolean
  readonly options?: Partial<CoreOptions>
  readonly hooks?: Hooks
}

export class Group {
  now = 0
  readonly hands = new Map<MemberId, Hand>()
  /** Messages under way. */
  wire: Message[] = []
  /** Members that nobody reaches and that reach nobody. */
  readonly cut = new Set<MemberId>()
  /** Messages that are lost on top of that. */
  lost: (message: Message) => boolean = () => false
  readonly hooks: Hooks
  readonly #leaders = new Map<number, MemberId>()
  readonly #committed = new Map<number, number>()
  readonly #seen = new WeakMap<Core, number>()
  readonly #options: Partial<CoreOptions>

  constructor(start: GroupStart) {
    this.#options = start.options ?? {}
    this.hooks = start.hooks ?? {}
    const configuration = configurationOf(start.voters, { learners: start.learners ?? '' })
    const ids =
      start.starts === undefined ? [...start.voters, ...(start.learners ?? '')] : Object.keys(start.starts)
    for (const id of ids) {
      const own =
        start.starts?.[id] ?? (start.founded ? { log: [1], configurations: { 1: configuration } } : {})
      const disk = diskFor(own, start.founded ? null : configuration)
      this.hands.set(id, new Hand(this, id, disk, { ...this.#options, ...own.options }))
    }
  }

  /** A member that has just been created: it knows nothing. */
  join(id: MemberId): Hand {
    const hand = new Hand(this, id, diskFor({}, null), this.#options)
    this.hands.set(id, hand)
    return hand
  }

  at(id: MemberId): Hand {
    const hand = this.hands.get(id)
    if (hand === undefined) throw new Error(`no member ${id} runs here`)
    return hand
  }

  /** The members that lead, in whatever term. */
  get leaders(): MemberId[] {
    return [...this.hands.values()].filter((hand) => hand.core.standing.role === 'leader').map(({ id }) => id)
  }

  /** The messages under way that match arrive, oldest first; what they cause stays on the wire. */
  deliver(match: (message: Message) => boolean = () => true): void {
    for (const message of this.drop(match)) {
      if (this.cut.has(message.from) || this.cut.has(message.to) || this.lost(message)) continue
      this.hands.get(message.to)?.hear(message)
    }
  }

  /** The messages under way that match are lost. @returns them. */
  drop(match: (message: Message) => boolean = () => true): Message[] {
    const matching = this.wire.filter(match)
    this.wire = this.wire.filter((message) => !match(message))
    return matching
  }

  /** No time passes; messages arrive and writes complete until nothing is left to do. */
  settle(): void {
    for (let round = 0; round < 1000; round++) {
      this.deliver()
      for (const hand of this.hands.values()) if (hand.writes.length > 0) hand.complete()
      const busy = [...this.hands.values()].some((hand) => hand.writes.length > 0)
      if (this.wire.length === 0 && !busy) return
      if (this.wire.length > 10_000) break
    }
    throw new Error('it never settles')
  }

  /** Time passes; whoever asked to be woken is woken, and everything settles each time. */
  pass(ms: number): void {
    const end = this.now + ms
    for (let still = 0; ; still++) {
      const next = Math.min(...[...this.hands.values()].map((hand) => hand.core.wakeAt))
      if (next > end) break
      if (next > this.now) still = 0
      if (still > 100) throw new Error(`somebody wants to be woken at ${next} again and again`)
      this.now = Math.max(this.now, next)
      for (const hand of this.hands.values()) if (hand.core.wakeAt <= this.now) hand.turn()
      this.settle()
    }
    this.now = end
  }

  /** Only `id` notices that time passes, up to its election timeout. */
  timeOut(id: MemberId): readonly Message[] {
    const hand = this.at(id)
    this.now = Math.max(this.now, hand.core.wakeAt)
    return hand.turn().messages
  }

  /** `id` becomes leader: everyone was paused for long, and it is the first that asks afterwards. */
  elect(id: MemberId): Hand {
    this.now += 10 * electionMs
    for (const hand of this.hands.values()) {
      const chance = hand.chance
      hand.chance = hand.id === id ? 0 : 0.9
      hand.step({ kind: 'host-alive', host: 'any' })
      hand.chance = chance
    }
    const hand = this.at(id)
    this.now += heartbeatMs
    hand.turn()
    this.settle()
    if (hand.core.standing.role !== 'leader') throw new Error(`${id} was not elected`)
    return hand
  }

  /** What must hold over all members after every turn (paper, figure 3), whatever a test is about. */
  watch(hand: Hand, effects: Effects): void {
    const { role, term } = hand.core.standing
    if (role === 'leader') {
      const known = this.#leaders.get(term)
      if (known !== undefined && known !== hand.id)
        throw new Error(`${known} and ${hand.id} lead term ${term}`)
      this.#leaders.set(term, hand.id)
    }
    const seen = Math.max(hand.core.baseIndex, this.#seen.get(hand.core) ?? 0)
    this.#seen.set(hand.core, effects.commitIndex)
    for (let index = seen + 1; index <= effects.commitIndex; index++) {
      const own = hand.core.termAt(index)!
      const known = this.#committed.get(index)
      if (known !== undefined && known !== own)
        throw new Error(`entry ${index} is committed with terms ${known} and, at ${hand.id}, ${own}`)
      this.#committed.set(index, own)
    }
    this.hooks.onTurn?.(hand, effects)
  }
}

/** A member of a group of which nobody else runs. */
export function alone(id: MemberId, start: Start = {}, voters = 'abc', learners = ''): Hand {
  return new Group({ voters, learners, starts: { [id]: start } }).at(id)
}

/** A member of which nobody else runs wins an election: everyone who counts is willing, and its writes complete. */
export function win(hand: Hand): Hand {
  const to = hand.id
  hand.group.timeOut(to)
  const { term, configuration } = hand.core.standing
  const { voters, outgoing } = configuration!.configuration
  const others = [...voters, ...(outgoing ?? [])].map(({ id }) => id).filter((id) => id !== to)
  for (const from of others)
    hand.hear({ kind: 'pre-vote', from, to, term, campaign: term + 1, granted: true })
  hand.complete()
  for (const from of others) hand.hear({ kind: 'vote', from, to, term: term + 1, granted: true })
  hand.complete()
  if (hand.core.standing.role !== 'leader') throw new Error(`${to} was not elected`)
  return hand
}

/**
 * A leader of which nobody else runs. Its log is that of `start` and one entry of its own term, durable; what it said
 * is on the wire.
 */
export function aloneLeading(id: MemberId, start: Start = {}, voters = 'abc', learners = ''): Hand {
  return win(alone(id, start, voters, learners))
}
