/**
 * One member as the exploration sees it: the real core, its disk, and what it has said and been. What a member does depends on
 * nothing but its own state and the input, so each pair of these is tried once and remembered.
 */
import type { Configuration, Core, Effects, InvariantError, Message, Role, SavedCore } from '@rafted/core'
import { hasNotice, losePatience, makeDue, normalise, type Timeout, voteOf } from './core-state.ts'
import {
  type DiskState,
  type DiskWrite,
  diskWrite,
  ENTRY_BYTES,
  emptyDisk,
  storedOn,
  written,
} from './explored-disk.ts'

/** The core that is explored. */
export type CoreClass = Pick<typeof Core, 'load'> &
  (new (
    ...args: ConstructorParameters<typeof Core>
  ) => Core)

/** What can happen to a member. */
export type MemberInput =
  | { readonly kind: 'message'; readonly message: Message; readonly longSilence: boolean }
  | { readonly kind: 'timeout'; readonly timeout: Timeout }
  /** A majority would vote for this pre-candidate. */
  | { readonly kind: 'pre-votes' }
  | { readonly kind: 'propose' }
  | { readonly kind: 'written' }
  /** The process ends and starts again; of the writes under way the first `kept` had reached the disk. */
  | { readonly kind: 'restart'; readonly kept: number }

/** Plain data. */
export interface MemberState {
  readonly id: string
  readonly core: SavedCore
  readonly disk: DiskState
  readonly writes: readonly DiskWrite[]
  /** Terms it has led. */
  readonly led: readonly number[]
  /** Its votes that others may know of, as `[term, candidate]`, from the term on its disk on: it votes in none before. */
  readonly told: readonly (readonly [number, string])[]
}

/** What the checks, and the choice of what may happen next, see of a member. */
export interface MemberView {
  readonly role: Role
  readonly term: number
  readonly commit: number
  /** Terms of its entries, in memory and on disk, from index 1 on. */
  readonly log: readonly number[]
  readonly disk: readonly number[]
  readonly diskTerm: number
  /** Whom it has voted for in its term, in memory and on disk. */
  readonly vote: string | null
  readonly diskVote: string | null
  /** As a leader, for each member: what it takes to be durable there. Empty for others, and 0 for itself. */
  readonly matches: readonly number[]
  readonly led: readonly number[]
  readonly writes: number
  readonly noticeDue: boolean
}

/** What came of an input. */
export interface MemberOutcome {
  readonly state: MemberState
  readonly view: MemberView
  readonly messages: readonly Message[]
  /** A promise that this member alone has broken. */
  readonly broken: string | null
}

const chance = () => 0

export class ExploredMembers {
  readonly #Core: CoreClass
  readonly #ids: readonly string[]
  readonly #configuration: Configuration

  constructor(ids: readonly string[], core: CoreClass) {
    this.#Core = core
    this.#ids = ids
    this.#configuration = {
      voters: ids.map((id) => ({ id, host: id, address: id, durable: true, wire: [1, 1], machine: [1, 1] })),
      outgoing: null,
      learners: [],
    }
  }

  /** A member of a group that has just been founded. */
  first(id: string): MemberOutcome {
    return this.#settle(
      { id, disk: emptyDisk, writes: [], led: [], told: [] },
      this.#started(id, emptyDisk),
      null,
    )
  }

  /** @param before may be changed. @returns what becomes of the member; null if the input means nothing to it. */
  step(before: MemberState, beforeView: MemberView, input: MemberInput): MemberOutcome | null {
    try {
      return this.#step(before, beforeView, input)
    } catch (error) {
      if (!isInvariantError(error)) throw error
      return { state: before, view: beforeView, messages: [], broken: `${before.id} stops: ${error.message}` }
    }
  }

  #step(before: MemberState, beforeView: MemberView, input: MemberInput): MemberOutcome | null {
    const { id, writes } = before
    if (input.kind === 'restart') {
      const disk = writes.slice(0, input.kept).reduce(written, before.disk)
      return this.#settle({ ...before, disk, writes: [] }, this.#started(id, disk), null)
    }
    const saved = before.core
    if (input.kind === 'timeout') makeDue(saved, input.timeout)
    if (input.kind === 'message' && input.longSilence) losePatience(saved)
    const core = this.#Core.load(saved, { id, random: chance })
    if (input.kind === 'message') core.step(input, 0)
    if (input.kind === 'pre-votes') this.#grantPreVotes(core, id)
    if (input.kind === 'propose' && !core.step({ kind: 'propose', count: 1, bytes: ENTRY_BYTES }, 0).taken)
      return null
    if (input.kind !== 'written') return this.#settle(before, core, beforeView)
    core.step({ kind: 'persisted', seq: 1 }, 0)
    const [done, ...underWay] = writes
    return this.#settle({ ...before, disk: written(before.disk, done!), writes: underWay }, core, beforeView)
  }

  #grantPreVotes(core: Core, id: string): void {
    const { term } = core.standing
    for (const from of this.#ids)
      if (from !== id && core.standing.role === 'pre-candidate')
        core.step(
          {
            kind: 'message',
            message: { kind: 'pre-vote', from, to: id, term, campaign: term + 1, granted: true },
          },
          0,
        )
  }

  #started(id: string, disk: DiskState): Core {
    return new this.#Core({ id, random: chance }, storedOn(disk, this.#configuration), 0)
  }

  /** Takes what is due, and looks at what has become of the member. */
  #settle(before: Omit<MemberState, 'core'>, core: Core, beforeView: MemberView | null): MemberOutcome {
    const effects = core.drain(0)
    const saved = core.save()
    normalise(saved, before.id)
    const writes = effects.write === null ? before.writes : [...before.writes, diskWrite(effects.write)]
    const { role, term } = core.standing
    const leads = role === 'leader'
    const begins = leads && beforeView?.role !== 'leader'
    const led = begins ? [...before.led, term] : before.led
    const { told, broken: twice } = toldBy(before, effects)
    const state: MemberState = { ...before, core: saved, writes, led, told }
    const view = this.#look(state, core)
    const broken =
      (begins && before.led.includes(term)
        ? `election safety: ${before.id} is elected twice in term ${term}`
        : null) ??
      twice ??
      fell(before.id, beforeView, view)
    return { state, view, messages: effects.messages, broken }
  }

  #look({ disk, led, writes, core: saved }: MemberState, core: Core): MemberView {
    const { role, term } = core.standing
    const peers = core.peers()
    const leads = role === 'leader'
    return {
      role,
      term,
      commit: core.commitIndex,
      log: Array.from({ length: core.lastIndex }, (_, at) => core.termAt(at + 1)!),
      disk: disk.log,
      diskTerm: disk.term,
      vote: voteOf(saved),
      diskVote: disk.vote,
      matches: leads ? this.#ids.map((id) => peers.find((peer) => peer.id === id)?.match ?? 0) : [],
      led,
      writes: writes.length,
      noticeDue: hasNotice(saved),
    }
  }
}

/** Notes votes that leave the member: asking for votes says that one has voted for oneself. */
function toldBy(
  { id, disk, told: before }: Omit<MemberState, 'core'>,
  { messages }: Effects,
): Pick<MemberState, 'told'> & { broken: string | null } {
  let told = before.filter(([term]) => term >= disk.term)
  for (const message of messages) {
    const { kind, term } = message
    if (kind !== 'vote-request' && !(kind === 'vote' && message.granted)) continue
    const candidate = kind === 'vote' ? message.to : id
    const known = told.find((vote) => vote[0] === term)
    if (known === undefined) told = [...told, [term, candidate]]
    else if (known[1] !== candidate)
      return {
        told,
        broken: `one vote per term: ${id} votes for ${known[1]} and for ${candidate} in term ${term}`,
      }
  }
  return { told, broken: null }
}

/** What never falls, nor changes while a member leads. @param before null if the process has just begun. */
function fell(id: string, before: MemberView | null, after: MemberView): string | null {
  if (after.term < after.diskTerm)
    return `monotone: ${id} is in term ${after.term}, below the term ${after.diskTerm} on its disk`
  if (before === null) return null
  if (after.term < before.term)
    return `monotone: the term of ${id} falls from ${before.term} to ${after.term}`
  if (after.diskTerm < before.diskTerm)
    return `monotone: the term on the disk of ${id} falls to ${after.diskTerm}`
  if (after.commit < before.commit)
    return `monotone: the commit index of ${id} falls from ${before.commit} to ${after.commit}`
  if (
    after.role === 'leader' &&
    before.role === 'leader' &&
    before.log.some((term, at) => after.log[at] !== term)
  )
    return `leader append-only: ${id} changes its own log while it leads`
  return null
}

function isInvariantError(error: unknown): error is InvariantError {
  return error instanceof Error && error.name === 'InvariantError'
}
