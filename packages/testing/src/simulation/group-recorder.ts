/** Keeps what is to be seen of a run, as recordings for the playground: its page draws them. */
import type { Member } from '@rafted/core'
import type { MemberSight, MessageSight, SimulationSight } from './sights.ts'

/** A recording of one group, as JSON holds it. The format is described in docs/playground.md. */
export interface GroupRecording {
  readonly format: 'rafted-recording'
  readonly version: 1
  readonly title: string
  readonly text: string
  /** Hosts that have had a member: at most nine are kept. */
  readonly members: readonly string[]
  /** In the order of time. */
  readonly events: readonly object[]
}

/** What the page takes at most. */
const MAX_MEMBERS = 9
const MAX_EVENTS = 500_000

/** Hand its `watch` to `simulate`, and ask for recordings when that has ended. */
export class GroupRecorder {
  readonly #sights: SimulationSight[] = []

  /** Is told what is to be seen. */
  readonly watch = (sight: SimulationSight): void => {
    this.#sights.push(sight)
  }

  /** The groups of which there is something, by name. */
  get groups(): readonly string[] {
    return [...new Set(this.#sights.flatMap((sight) => (sight.kind === 'message' ? [] : sight.group)))].sort()
  }

  /**
   * What happened in one group. Of a long run, the first half a million events.
   * @param title what the page calls it.
   */
  recording(group: string, title: string): GroupRecording {
    const own = this.#sights.filter(
      (sight): sight is MemberSight => sight.kind === 'member' && sight.group === group,
    )
    const ids = new Set(own.map(({ member }) => member))
    const members = [...new Set(own.map(({ host }) => host))].sort().slice(0, MAX_MEMBERS)
    const states = new Map<string, Record<string, unknown>>()
    const events: object[] = []
    for (const sight of this.#sights) {
      if (events.length >= MAX_EVENTS) break
      if (sight.kind === 'message') {
        const { from, to } = sight.message
        if (ids.has(from) && ids.has(to) && members.includes(sight.from) && members.includes(sight.to))
          events.push(messageEvent(sight))
      } else if (sight.group === group && members.includes(sight.host)) {
        events.push(...memberEvents(sight, states))
      }
    }
    const text = `The group "${group}" as it was simulated, with its hosts in a ring. It can be watched, not changed.`
    return { format: 'rafted-recording', version: 1, title, text, members, events }
  }
}

type OfMember = Exclude<SimulationSight, MessageSight>

/** What is new of a member, and what is to be said of it. */
function memberEvents(sight: OfMember, states: Map<string, Record<string, unknown>>): object[] {
  const { host } = sight
  const at = round(sight.at)
  const before = states.get(host) ?? {}
  const now =
    sight.kind === 'gone' ? { state: 'down', role: 'follower', leader: null, wakesAt: null } : stateOf(sight)
  states.set(host, { ...before, ...now })
  const changed = Object.entries(now).filter(
    ([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value),
  )
  if (changed.length === 0) return []
  const events: object[] = [{ at, member: host, set: Object.fromEntries(changed) }]
  const note = noteOf(sight, before)
  if (note !== null) events.push({ at, ...note })
  return events
}

function noteOf(sight: OfMember, before: Record<string, unknown>): { note: string; tone: string } | null {
  const { host } = sight
  if (sight.kind === 'gone') return { note: `${host} is gone`, tone: 'act' }
  if (before.state !== 'up') return { note: `${host} runs`, tone: 'act' }
  if (sight.role === before.role) return null
  if (sight.role === 'leader') return { note: `${host} leads term ${sight.term}`, tone: 'good' }
  return { note: `${host} is a ${sight.role} in term ${sight.term}`, tone: 'event' }
}

function stateOf(sight: MemberSight): Record<string, unknown> {
  const { role, term, leader, base, last, runs, commit, durable, configuration, wakesInMs } = sight
  return {
    state: 'up',
    role,
    term,
    leader,
    base,
    last,
    runs,
    commit,
    durable,
    configuration: configuration === null ? null : configurationOf(configuration),
    wakesAt: wakesInMs === null ? null : round(sight.at + wakesInMs),
  }
}

function configurationOf({ index, configuration }: NonNullable<MemberSight['configuration']>): object {
  const hosts = (list: readonly Member[]): string[] => list.map(({ host }) => host)
  const { voters, outgoing, learners } = configuration
  return {
    index,
    voters: hosts(voters),
    outgoing: outgoing === null ? null : hosts(outgoing),
    learners: hosts(learners),
  }
}

function messageEvent({ at, from, to, message, text, arrives }: MessageSight): object {
  const { kind, term } = message
  return {
    at: round(at),
    message: {
      from,
      to,
      kind,
      term,
      text: text.slice(0, 1000),
      granted: kind === 'vote' || kind === 'pre-vote' ? message.granted : null,
      carries: kind === 'append' && message.heads !== null,
      // Where a message gets lost nobody knows: shown is a way that takes a millisecond.
      ends: round(arrives ?? at + 1),
      isLost: arrives === null,
    },
  }
}

/** Microseconds are enough. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
