/** Shows a recording at any of its moments. */
import type { Configuration } from '@rafted/core'
import type { Moment } from './history.ts'
import { times } from './member.ts'
import {
  type RecordedEvent,
  type RecordedMessage,
  type RecordedState,
  type Recording,
  recordingLimits,
  unknownState,
} from './recording.ts'
import { type Cell, type FlightScene, type MemberScene, partOf, type Scene } from './scene.ts'
import type { Note } from './world.ts'

type States = ReadonlyMap<string, RecordedState>

interface Sent {
  readonly id: number
  readonly at: number
  readonly message: RecordedMessage
}

const KEEP_EVERY = 250
/** Entries that are shown of a log: the last ones. */
const MOST_CELLS = 400

export class Player {
  readonly recording: Recording
  readonly #events: readonly RecordedEvent[]
  readonly #sent: readonly Sent[]
  readonly #notes: readonly Note[]
  /** States after so many events. */
  readonly #kept: States[] = []
  readonly #end: Moment
  /** Events that have happened. */
  #step = 0
  #at = 0
  #states: States

  constructor(recording: Recording) {
    this.recording = recording
    this.#events = recording.events
    this.#sent = recording.events.flatMap((event, index) =>
      'message' in event ? [{ id: index + 1, at: event.at, message: event.message }] : [],
    )
    this.#notes = recording.events.flatMap((event, index) =>
      'note' in event ? [{ step: index + 1, at: event.at, text: event.note, tone: event.tone }] : [],
    )
    const ends = recording.events.map((event) =>
      'message' in event ? (event.message.ends ?? event.at) : event.at,
    )
    this.#end = { step: recording.events.length, at: ends.reduce((most, end) => Math.max(most, end), 0) }
    this.#states = new Map(recording.members.map((name) => [name, unknownState]))
    this.#kept.push(this.#states)
  }

  get now(): Moment {
    return { step: this.#step, at: this.#at }
  }

  get end(): Moment {
    return this.#end
  }

  /** When the next event falls; the end, if there is none. */
  get nextAt(): number {
    return this.#events[this.#step]?.at ?? this.#end.at
  }

  get isFull(): boolean {
    return this.#at >= this.#end.at && this.#step >= this.#end.step
  }

  get notes(): readonly Note[] {
    return this.#notes.filter(({ step }) => step <= this.#step)
  }

  advanceTo(at: number): void {
    const to = Math.min(at, this.#end.at)
    while (this.#step < this.#events.length && this.#events[this.#step]!.at <= to) this.#forward()
    this.#at = Math.max(this.#at, to)
  }

  stepForward(): void {
    if (this.#step >= this.#events.length) {
      this.#at = this.#end.at
      return
    }
    this.#forward()
  }

  stepBack(): void {
    this.seekStep(Math.max(0, this.#step - 1))
  }

  seek(at: number): void {
    if (at < this.#at) this.seekStep(firstAfter(this.#events, at))
    this.#at = Math.min(Math.max(0, at), this.#end.at)
    this.advanceTo(this.#at)
  }

  seekStep(step: number): void {
    if (step < this.#step) {
      const kept = Math.min(Math.floor(step / KEEP_EVERY), this.#kept.length - 1)
      this.#states = this.#kept[kept]!
      this.#step = kept * KEEP_EVERY
      this.#at = this.#events[this.#step - 1]?.at ?? 0
    }
    while (this.#step < step && this.#step < this.#events.length) this.#forward()
    this.#at = this.#events[this.#step - 1]?.at ?? 0
  }

  #forward(): void {
    const event = this.#events[this.#step++]!
    this.#at = Math.max(this.#at, event.at)
    if ('member' in event) {
      const before = this.#states.get(event.member)!
      this.#states = new Map(this.#states).set(event.member, { ...before, ...event.set })
    }
    if (this.#step === this.#kept.length * KEEP_EVERY) this.#kept.push(this.#states)
  }

  scene(at = this.#at): Scene {
    const configuration = this.#configuration()
    const members = this.recording.members.map((name) =>
      memberScene(name, this.#states.get(name)!, configuration, at),
    )
    return {
      at,
      members,
      flights: this.#flights(at),
      cuts: [],
      leader: leaderOf(members),
      isJoint: configuration?.outgoing != null,
      broken: [],
    }
  }

  #flights(at: number): FlightScene[] {
    return this.#sent
      .slice(0, firstAfter(this.#sent, at))
      .filter(({ id, message }) => id <= this.#step && (message.ends === null || message.ends > at))
      .map((sent) => flightScene(sent, at, this.#end.at))
  }

  /** That of the highest index that somebody who runs goes by. */
  #configuration(): Configuration | null {
    const known = [...this.#states.values()].flatMap(({ state, configuration }) =>
      state === 'up' && configuration !== null ? configuration : [],
    )
    const last = known.toSorted((a, b) => b.index - a.index)[0]
    if (last === undefined) return null
    const named = (list: readonly string[]) =>
      list.map((id) => ({ id })) as unknown as Configuration['voters']
    return {
      voters: named(last.voters),
      outgoing: last.outgoing === null ? null : named(last.outgoing),
      learners: named(last.learners) as Configuration['learners'],
    }
  }
}

/** How many of them are at or before this time. */
function firstAfter(list: readonly { readonly at: number }[], at: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle]!.at <= at) low = middle + 1
    else high = middle
  }
  return low
}

function leaderOf(members: readonly MemberScene[]): string | null {
  const leading = members.filter(({ state, role }) => state === 'up' && role === 'leader')
  return leading.toSorted((a, b) => b.term - a.term)[0]?.id ?? null
}

function memberScene(
  name: string,
  state: RecordedState,
  configuration: Configuration | null,
  at: number,
): MemberScene {
  const { wakesAt, role } = state
  const ofMs = role === 'leader' ? times.heartbeatMs : 2 * times.electionMs
  return {
    ...state,
    id: name,
    name: /^\d+$/.test(name) ? `S${name}` : name,
    part: partOf(configuration, name),
    isRemoved: false,
    cells: cellsOf(state),
    timer:
      wakesAt === null || state.state !== 'up'
        ? null
        : {
            kind: role === 'leader' ? 'heartbeat' : 'election',
            leftMs: Math.max(0, Math.min(wakesAt - at, ofMs)),
            ofMs,
          },
    ballot: null,
    pace: 'quick',
    writing: 0,
    patience: null,
    value: null,
    peers: [],
  }
}

function cellsOf({ runs, base, last, configuration }: RecordedState): Cell[] {
  const cells: Cell[] = []
  const from = Math.max(base + 1, last - Math.min(MOST_CELLS, recordingLimits.entries) + 1)
  let run = 0
  for (let index = from; index <= last; index++) {
    while (run + 1 < runs.length && runs[run + 1]![0] <= index) run++
    const sort = configuration?.index === index ? 'configuration' : null
    cells.push({ index, term: runs[run]?.[1] ?? 0, sort, value: null })
  }
  return cells
}

function flightScene({ id, at: sentAt, message }: Sent, at: number, end: number): FlightScene {
  const { from, to, kind, term, text, granted, carries, isLost } = message
  const ends = message.ends ?? end + 1
  const whole = isLost ? 2 * (ends - sentAt) : ends - sentAt
  const progress = whole <= 0 ? 1 : Math.max(0, Math.min(1, (at - sentAt) / whole))
  return { id, from, to, kind, term, text, granted, carries, progress, isLost }
}
