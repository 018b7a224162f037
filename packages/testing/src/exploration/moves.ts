/** What each member can do in each of its states: tried once with the real core, and looked up from then on. */
import type { Message } from '@rafted/core'
import {
  type CoreClass,
  ExploredMembers,
  type MemberInput,
  type MemberOutcome,
  type MemberState,
  type MemberView,
} from './explored-member.ts'
import { Names } from './names.ts'
import type { Renaming } from './renaming.ts'

/** What a member does with an input. */
export interface Move {
  readonly input: MemberInput
  /** Number of the state it is in afterwards. */
  readonly next: number
  /** Numbers of the messages that it sends. */
  readonly sent: readonly number[]
  /** The heartbeats among them stand here. */
  readonly beats: readonly number[]
  readonly broken: string | null
}

/** A message by its number. */
export interface SentMessage {
  readonly message: Message
  /** Places of the sender and the receiver. */
  readonly from: number
  readonly to: number
  /** Whether it matters how long ago its receiver has heard its leader. */
  readonly asksForVote: boolean
}

/** Inputs that are no messages, as keys of the moves of a state. */
const timeoutKeys = { election: -1, heartbeat: -2, notice: -3, quorum: -4 } as const
const PROPOSE = -5
const WRITTEN = -6
const PRE_VOTES = -7
const RESTART = -8

/** Writes of one member under way at once: a broken core may write for ever. What goes beyond is left out, and counted. */
const MAX_WRITES = 8

const preVotes: MemberInput = { kind: 'pre-votes' }
const propose: MemberInput = { kind: 'propose' }
const writeDone: MemberInput = { kind: 'written' }

export class Moves {
  readonly ids: readonly string[]
  readonly #members: ExploredMembers
  readonly #states: Names
  readonly #mail: Names
  readonly #views: MemberView[] = []
  readonly #viewsByText = new Map<string, MemberView>()
  readonly #texts: string[] = []
  readonly #moves: Map<number, Move | null>[] = []
  readonly #sent: SentMessage[] = []
  /** Moves that are not taken, as more writes would be under way than a member may have. */
  cut = 0
  /** How often the core was asked. */
  coreSteps = 0

  constructor(ids: readonly string[], renamings: readonly Renaming[], core: CoreClass) {
    this.ids = ids
    this.#members = new ExploredMembers(ids, core)
    this.#states = new Names(ids, renamings)
    this.#mail = new Names(ids, renamings)
  }

  get stateHashes(): Int32Array {
    return this.#states.hashes
  }

  get messageHashes(): Int32Array {
    return this.#mail.hashes
  }

  get states(): number {
    return this.#states.size
  }

  get messages(): number {
    return this.#mail.size
  }

  /** Number of the state in which the member begins. */
  first(place: number): number {
    return this.#stateNumber(this.#members.first(this.ids[place]!))
  }

  /** Equal views are one object. */
  view(state: number): MemberView {
    return this.#views[state]!
  }

  message(number: number): SentMessage {
    return this.#sent[number]!
  }

  /** A message arrives. @returns null if nothing comes of it. */
  onMessage(state: number, number: number, longSilence: boolean): Move | null {
    const { message } = this.#sent[number]!
    const key = number * 2 + (longSilence ? 1 : 0)
    const known = this.#moves[state]!.get(key)
    if (known !== undefined) return known
    const move = this.#try(state, key, { kind: 'message', message, longSilence })
    if (!longSilence || move === null) return move
    const plain = this.onMessage(state, number, false)
    const same = plain !== null && plain.next === move.next && String(plain.sent) === String(move.sent)
    if (same) this.#moves[state]!.set(key, null)
    return same ? null : move
  }

  onTimeout(state: number, timeout: keyof typeof timeoutKeys): Move | null {
    return this.#move(state, timeoutKeys[timeout], { kind: 'timeout', timeout })
  }

  /** A majority would vote for this pre-candidate. */
  onPreVotes(state: number): Move | null {
    return this.#move(state, PRE_VOTES, preVotes)
  }

  propose(state: number): Move | null {
    return this.#move(state, PROPOSE, propose)
  }

  /** The first of the writes under way is done. */
  onWritten(state: number): Move | null {
    return this.#move(state, WRITTEN, writeDone)
  }

  restart(state: number, kept: number): Move | null {
    return this.#move(state, RESTART - kept, { kind: 'restart', kept })
  }

  #move(state: number, key: number, input: MemberInput): Move | null {
    const known = this.#moves[state]!.get(key)
    return known === undefined ? this.#try(state, key, input) : known
  }

  #try(state: number, key: number, input: MemberInput): Move | null {
    this.coreSteps++
    const before = JSON.parse(this.#texts[state]!) as MemberState
    const outcome = this.#members.step(before, this.#views[state]!, input)
    const tooMany = outcome !== null && outcome.view.writes > MAX_WRITES
    if (tooMany) this.cut++
    const move = outcome === null || tooMany ? null : this.#moveTo(outcome, input)
    const idle =
      move === null ||
      (move.next === state && move.sent.length + move.beats.length === 0 && move.broken === null)
    this.#moves[state]!.set(key, idle ? null : move)
    return idle ? null : move
  }

  #moveTo(outcome: MemberOutcome, input: MemberInput): Move {
    const numbersOf = (wanted: (message: Message) => boolean) => [
      ...new Set(outcome.messages.filter(wanted).map((message) => this.#messageNumber(message))),
    ]
    const sent = numbersOf(
      ({ kind }) => kind !== 'heartbeat' && kind !== 'pre-vote-request' && kind !== 'pre-vote',
    )
    const beats = numbersOf(({ kind }) => kind === 'heartbeat')
    return { input, next: this.#stateNumber(outcome), sent, beats, broken: outcome.broken }
  }

  #stateNumber({ state, view }: MemberOutcome): number {
    const text = JSON.stringify(state)
    const number = this.#states.numberOf(text, () => essence(state))
    if (number === this.#views.length) {
      this.#views.push(this.#oneOf(view))
      this.#texts.push(text)
      this.#moves.push(new Map())
    }
    return number
  }

  #oneOf(view: MemberView): MemberView {
    const text = JSON.stringify(view)
    const known = this.#viewsByText.get(text)
    if (known === undefined) this.#viewsByText.set(text, view)
    return known ?? view
  }

  #messageNumber(message: Message): number {
    const number = this.#mail.numberOf(JSON.stringify(message), () => message)
    if (number === this.#sent.length) {
      const asksForVote = message.kind === 'vote-request' || message.kind === 'pre-vote-request'
      const [from, to] = [this.ids.indexOf(message.from), this.ids.indexOf(message.to)]
      this.#sent.push({ message, from, to, asksForVote })
    }
    return number
  }
}

/** A member's state without what is the same in all of them, or follows from the rest. */
function essence(state: MemberState): unknown {
  const { configurations: _, roster: _1, reported: _2, ...core } = state.core.state as Record<string, unknown>
  return { ...state, core }
}
