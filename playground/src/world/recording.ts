/**
 * Something that has happened elsewhere, to be watched: how members stood when, and what they sent each other. It is plain data, and its
 * JSON is a format of its own (docs/playground.md). What is read may have been made by anybody, so all of it is checked.
 */
import type { Message } from '@rafted/core'

/** How a member stands, as far as it has been recorded. */
export interface RecordedState {
  readonly state: 'up' | 'down' | 'stopped'
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader'
  readonly term: number
  readonly vote: string | null
  readonly leader: string | null
  /** The log begins after this index. */
  readonly base: number
  /** Index of the last entry. */
  readonly last: number
  /** Which term begins at which index, ascending, behind `base`. */
  readonly runs: readonly (readonly [first: number, term: number])[]
  readonly commit: number
  readonly durable: number
  /** Members by name, and the index of the entry that says so. */
  readonly configuration: RecordedConfiguration | null
  /** When it acts by itself if nothing happens, milliseconds; null if that isn't known. */
  readonly wakesAt: number | null
  /** Why it has stopped. */
  readonly problem: string | null
}

export interface RecordedConfiguration {
  readonly index: number
  readonly voters: readonly string[]
  readonly outgoing: readonly string[] | null
  readonly learners: readonly string[]
}

export interface RecordedMessage {
  readonly from: string
  readonly to: string
  readonly kind: Message['kind']
  readonly term: number
  readonly text: string
  /** Of votes and pre-votes: yes or no. */
  readonly granted: boolean | null
  /** Whether it carries entries. */
  readonly carries: boolean
  /** When it arrives, or is lost; null: it is under way to the end. */
  readonly ends: number | null
  readonly isLost: boolean
}

/** In the order of time, `at` in milliseconds from the beginning. */
export type RecordedEvent =
  | { readonly at: number; readonly member: string; readonly set: Partial<RecordedState> }
  | { readonly at: number; readonly message: RecordedMessage }
  | { readonly at: number; readonly note: string; readonly tone: 'event' | 'act' | 'good' | 'bad' }

export interface Recording {
  readonly format: 'rafted-recording'
  readonly version: 1
  readonly title: string
  readonly text: string
  /** Names, in the order in which they stand in the ring: 1 to 9. */
  readonly members: readonly string[]
  readonly events: readonly RecordedEvent[]
}

/** It is no recording. The message is for whoever has opened it. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

/** Characters of a file, and what is in it, at most. */
export const recordingLimits = {
  characters: 64 * 1024 * 1024,
  events: 500_000,
  members: 9,
  entries: 100_000,
} as const

export const unknownState: RecordedState = {
  state: 'down',
  role: 'follower',
  term: 0,
  vote: null,
  leader: null,
  base: 0,
  last: 0,
  runs: [],
  commit: 0,
  durable: 0,
  configuration: null,
  wakesAt: null,
  problem: null,
}

/** @throws {RecordingError} */
export function parseRecording(text: string): Recording {
  if (text.length > recordingLimits.characters) throw new RecordingError('The file is too large.')
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    throw new RecordingError('The file is no JSON.')
  }
  const { format, version, title, text: story, members, events } = fields(data, 'The file')
  if (format !== 'rafted-recording') throw new RecordingError('The file is no recording of a group.')
  if (version !== 1)
    throw new RecordingError(
      `The recording is of version ${String(version).slice(0, 10)}; this playground reads 1.`,
    )
  if (!Array.isArray(members) || members.length < 1 || members.length > recordingLimits.members)
    throw new RecordingError(`A recording has 1 to ${recordingLimits.members} members.`)
  if (!Array.isArray(events) || events.length > recordingLimits.events)
    throw new RecordingError(`A recording has at most ${recordingLimits.events} events.`)
  const names = members.map((name) => shortText(name, 'a name of a member', 64))
  let last = 0
  const checked = events.map((event, index) => {
    const read = eventOf(event, names, `event ${index + 1}`)
    if (read.at < last) throw new RecordingError(`The recording goes back in time at event ${index + 1}.`)
    last = read.at
    return read
  })
  return {
    format,
    version,
    title: shortText(title, 'the title', 200),
    text: shortText(story, 'the text', 2000),
    members: names,
    events: checked,
  }
}

function eventOf(data: unknown, members: readonly string[], where: string): RecordedEvent {
  const event = fields(data, where)
  const at = time(event.at, where)
  if ('note' in event)
    return {
      at,
      note: shortText(event.note, where, 1000),
      tone: oneOf(event.tone, ['event', 'act', 'good', 'bad'] as const, where),
    }
  if ('message' in event) return { at, message: messageOf(event.message, members, where) }
  return { at, member: oneOf(event.member, members, where), set: stateOf(event.set, where) }
}

const kinds: readonly Message['kind'][] = [
  'pre-vote-request',
  'pre-vote',
  'vote-request',
  'vote',
  'append',
  'heartbeat',
  'ack',
  'conflict',
  'snapshot',
  'stale',
  'removed',
  'timeout-now',
  'repair',
  'repairing',
  'read-request',
  'read-answer',
  'quiet',
]

/** Whether the text names a kind of message. */
export function isKind(text: string): text is Message['kind'] {
  return (kinds as readonly string[]).includes(text)
}

function messageOf(data: unknown, members: readonly string[], where: string): RecordedMessage {
  const m = fields(data, where)
  return {
    from: oneOf(m.from, members, where),
    to: oneOf(m.to, members, where),
    kind: oneOf(m.kind, kinds, where),
    term: count(m.term, where),
    text: shortText(m.text, where, 1000),
    granted: m.granted === null ? null : truth(m.granted, where),
    carries: truth(m.carries, where),
    ends: m.ends === null ? null : time(m.ends, where),
    isLost: truth(m.isLost, where),
  }
}

type Readers = { readonly [K in keyof RecordedState]: (value: unknown, where: string) => RecordedState[K] }

const orNull =
  <T>(read: (value: unknown, where: string) => T) =>
  (value: unknown, where: string): T | null =>
    value === null ? null : read(value, where)
const name = (value: unknown, where: string): string => shortText(value, where, 64)

const readers: Readers = {
  state: (value, where) => oneOf(value, ['up', 'down', 'stopped'] as const, where),
  role: (value, where) => oneOf(value, ['follower', 'pre-candidate', 'candidate', 'leader'] as const, where),
  term: count,
  vote: orNull(name),
  leader: orNull(name),
  base: count,
  last: count,
  runs: (value, where) =>
    list(value, where, 10_000).map((run) => {
      const [first, term] = list(run, where, 2)
      return [count(first, where), count(term, where)] as const
    }),
  commit: count,
  durable: count,
  configuration: orNull((value, where) => {
    const { index, voters, outgoing, learners } = fields(value, where)
    const names = (each: unknown): string[] => list(each, where, 20).map((one) => name(one, where))
    return {
      index: count(index, where),
      voters: names(voters),
      outgoing: outgoing === null ? null : names(outgoing),
      learners: names(learners),
    }
  }),
  wakesAt: orNull(time),
  problem: orNull((value, where) => shortText(value, where, 1000)),
}

function stateOf(data: unknown, where: string): Partial<RecordedState> {
  const set: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(fields(data, where))) {
    if (!Object.hasOwn(readers, field)) throw wrong(where)
    set[field] = readers[field as keyof RecordedState](value, where)
  }
  return set as Partial<RecordedState>
}

function wrong(where: string): RecordingError {
  return new RecordingError(`The recording can't be read: ${where} is wrong.`)
}

function fields(data: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw wrong(where)
  return data as Record<string, unknown>
}

function list(value: unknown, where: string, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw wrong(where)
  return value
}

function shortText(value: unknown, where: string, most: number): string {
  if (typeof value !== 'string' || value.length > most) throw wrong(where)
  return value
}

function count(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(where)
  return value
}

function time(value: unknown, where: string): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1e10)) throw wrong(where)
  return value
}

function truth(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') throw wrong(where)
  return value
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], where: string): T {
  if (typeof value !== 'string' || !(allowed as readonly string[]).includes(value)) throw wrong(where)
  return value as T
}
