/**
 * Reads a scenario script of the core with the transcript that stands in it (`packages/core/test/scenarios`), as a recording. Nothing is run:
 * what members did is what the transcript says. It has no clock; each of its lines takes as long as any other.
 */
import {
  isKind,
  type RecordedConfiguration,
  type RecordedEvent,
  type RecordedMessage,
  type RecordedState,
  type Recording,
  RecordingError,
  unknownState,
} from './recording.ts'

/** How long a line takes, milliseconds of the recording. */
const LINE_MS = 100
const MAX_LINES = 20_000

/** Whether a file looks like a script. */
export function isScript(text: string): boolean {
  return /^cluster /m.test(text) && /^----$/m.test(text)
}

/** @throws {RecordingError} if it is no script, or has more than nine members. */
export function readScript(title: string, text: string): Recording {
  if (!isScript(text)) throw new RecordingError('The file is no scenario script.')
  const lines = text.split('\n')
  if (lines.length > MAX_LINES) throw new RecordingError('The script is too long.')
  const reader = new Reader()
  for (const line of lines) reader.line(line)
  reader.close()
  const members = reader.members()
  if (members.length === 0 || members.length > 9)
    throw new RecordingError('A script with 1 to 9 members can be shown.')
  const story = reader.story
  return {
    format: 'rafted-recording',
    version: 1,
    title,
    text: story,
    members,
    events: reader.events(new Set(members)),
  }
}

interface Sent {
  readonly at: number
  readonly message: Omit<RecordedMessage, 'ends' | 'isLost'>
  ends: number | null
  isLost: boolean
}

class Reader {
  story = ''
  #at = 0
  #inOutput = false
  #isHeader = true
  #commands: string[] = []
  #events: RecordedEvent[] = []
  readonly #sent: Sent[] = []
  readonly #names = new Set<string>()
  readonly #states = new Map<string, RecordedState>()

  line(line: string): void {
    if (line === '') {
      this.close()
      return
    }
    if (this.#inOutput) this.#output(line)
    else if (line === '----') {
      this.#inOutput = true
      this.#note(`› ${this.#commands.join(' · ')}`, 'act')
      this.#commands = []
    } else if (line.startsWith('#')) this.#comment(line.replace(/^# ?/, ''))
    else {
      this.#commands.push(line)
      this.#isHeader = false
    }
  }

  close(): void {
    this.#inOutput = false
    if (this.story !== '') this.#isHeader = false
  }

  members(): string[] {
    return [...this.#names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  }

  events(members: ReadonlySet<string>): RecordedEvent[] {
    const sent = this.#sent
      .filter(({ message: { from, to } }) => members.has(from) && members.has(to))
      .map(({ at, message, ends, isLost }) => ({ at, message: { ...message, ends, isLost } }))
    return [...this.#events, ...sent].sort((a, b) => a.at - b.at)
  }

  #comment(text: string): void {
    if (text.startsWith('catches: ')) return
    if (this.#isHeader) this.story = this.story === '' ? text : `${this.story} ${text}`
    else this.#note(text, 'good')
  }

  #note(note: string, tone: 'event' | 'act' | 'good' | 'bad'): void {
    this.#events.push({ at: this.#at, note: note.slice(0, 1000), tone })
  }

  #output(line: string): void {
    this.#at += LINE_MS
    const [, verb, from, to, kind, rest] =
      /^(send|recv|lost) ([^->\s]+)->([^->\s]+) ([a-z-]+)(.*)$/.exec(line) ?? []
    if (verb !== undefined && isKind(kind!)) {
      this.#message(verb, from!, to!, kind, rest!)
      return
    }
    const [, ids, what] = /^((?:[^\s:]+ )*[^\s:]+): (.*)$/.exec(line) ?? []
    if (what === undefined || !ids!.split(' ').every((id) => this.#stand(id, what))) this.#note(line, 'event')
  }

  #message(verb: string, from: string, to: string, kind: RecordedMessage['kind'], rest: string): void {
    const text = `${kind}${rest}`
    const term = Number(/ t(\d+)/.exec(rest)?.[1] ?? 0)
    const vote = kind === 'vote' || kind === 'pre-vote'
    const message = {
      from,
      to,
      kind,
      term,
      text: rest.trim().slice(0, 1000),
      granted: vote ? / yes$/.test(rest) : null,
      carries: kind === 'append' && !/: nothing, /.test(rest),
    }
    if (verb === 'send') {
      this.#sent.push({ at: this.#at, message, ends: null, isLost: false })
      return
    }
    // Why a message was lost stands behind it.
    const isIt = (sent: Sent): boolean =>
      sent.ends === null &&
      sent.message.from === from &&
      sent.message.to === to &&
      text.startsWith(`${sent.message.kind} ${sent.message.text}`.trim())
    const known = this.#sent.find(isIt)
    // Of one that was sent where nothing is shown, the end alone is known.
    const sent = known ?? { at: this.#at - LINE_MS, message, ends: null, isLost: false }
    if (known === undefined) this.#sent.push(sent)
    sent.ends = this.#at
    sent.isLost = verb === 'lost'
  }

  /** What a line says of a member. @returns whether it is about how one stands. */
  #stand(id: string, what: string): boolean {
    if (what === 'down') {
      this.#set(id, { state: 'down', role: 'follower', leader: null })
      return true
    }
    const set: { -readonly [K in keyof RecordedState]?: RecordedState[K] } = {}
    let rest = what
    const take = (pattern: RegExp): RegExpExecArray | null => {
      const found = pattern.exec(rest)
      if (found !== null) rest = rest.slice(found[0].length).replace(/^, /, '')
      return found
    }
    const role = take(/^(follower of (\S+?)|follower|pre-candidate|candidate|leader)(?=,|$)/)
    if (role !== null) {
      set.role = role[2] === undefined ? (role[1] as RecordedState['role']) : 'follower'
      set.leader = role[2] ?? (set.role === 'leader' ? id : null)
    }
    const term = take(/^term (\d+)/)
    if (term !== null) set.term = Number(term[1])
    const log = take(/^log (?:(\d+)\| )?(-|(?:\d+(?:-\d+)?@\d+ ?)+)/)
    if (log !== null) Object.assign(set, logOf(log[1], log[2]!))
    const commit = take(/^commit (\d+)/)
    if (commit !== null) set.commit = Number(commit[1])
    const durable = take(/^durable (\d+)/)
    if (durable !== null) set.durable = Number(durable[1])
    const members = take(/^members at (\d+): voters ([^,]*)(?:, outgoing ([^,]*))?(?:, learners ([^,]*))?/)
    if (members !== null) set.configuration = configurationOf(members)
    if (Object.keys(set).length === 0) return false
    this.#set(id, { state: 'up', ...set })
    // What is only to be read: a transfer, damage, a removal.
    if (rest !== '') this.#note(`${id}: ${rest}`, 'event')
    return true
  }

  #set(id: string, set: Partial<RecordedState>): void {
    this.#names.add(id)
    const before = this.#states.get(id) ?? unknownState
    this.#states.set(id, { ...before, ...set })
    this.#events.push({ at: this.#at, member: id, set })
  }
}

/** `1@1 2-3@2` as runs; what stands before `|` is covered by a snapshot. */
function logOf(base: string | undefined, text: string): Pick<RecordedState, 'base' | 'runs' | 'last'> {
  const runs: [number, number][] = []
  let last = Number(base ?? 0)
  for (const [, first, end, term] of text.matchAll(/(\d+)(?:-(\d+))?@(\d+)/g)) {
    runs.push([Number(first), Number(term)])
    last = Number(end ?? first)
  }
  return { base: Number(base ?? 0), runs, last }
}

function configurationOf([, index, voters, outgoing, learners]: RegExpExecArray): RecordedConfiguration {
  const ids = (text: string): string[] => text.split(' ').map((id) => id.replace(/\+$/, ''))
  return {
    index: Number(index),
    voters: ids(voters!),
    outgoing: outgoing === undefined ? null : ids(outgoing),
    learners: learners === undefined ? [] : ids(learners),
  }
}
