/**
 * Hosts that keep the rules of sessions: a session's commands are applied in the order of their sequences, each once, and
 * asked again they get the reply they had. Everything else goes wrong as often as it is told to.
 */
import type { CommandRequest, Request, ResolveRequest, Response, WithoutId } from '@rafted/wire'
import { valueCodec } from '@rafted/wire'
import { error, INCARNATION, located, ok, type Reply, type ScriptedLink } from './scripted-link.ts'
import type { VirtualClock } from './virtual-clock.ts'

export interface Faults {
  /** Percentages. */
  readonly loseRequest: number
  readonly loseAnswer: number
  readonly repeat: number
  /** A leader loses its post with a command unanswered: it may have been appended. */
  readonly stepDown: number
  readonly overload: number
  /** Milliseconds a request or an answer is under way at most: more than a little reorders them. */
  readonly delayMs: number
  /** Milliseconds a repeated request is late at most. */
  readonly lateMs: number
}

export const noFaults: Faults = {
  loseRequest: 0,
  loseAnswer: 0,
  repeat: 0,
  stepDown: 0,
  overload: 0,
  delayMs: 0,
  lateMs: 0,
}

interface ServerSession {
  applied: number
  /** The lowest sequence that was withdrawn. */
  endsAt: number
  readonly replies: Map<number, WithoutId<Response>>
}

export interface Applied {
  readonly session: number
  readonly sequence: number
  readonly command: number
  readonly result: string
}

const HOSTS = ['a', 'b', 'c']

export class ModelCluster {
  /** Everything that was ever applied, in order. */
  readonly applied: Applied[] = []
  faults: Faults = noFaults
  leader: string | null = 'a'
  term = 1
  readonly cut = new Set<string>()
  readonly #sessions = new Map<number, ServerSession>()
  #lastSession = 0
  readonly #clock: VirtualClock
  readonly #link: ScriptedLink
  readonly #number: () => number
  /** What each host last heard of the leader. */
  readonly #heard = new Map<string, { leader: string | null; term: number }>()

  constructor(clock: VirtualClock, link: ScriptedLink, number: () => number) {
    this.#clock = clock
    this.#link = link
    this.#number = number
    link.script = (address, request) => this.#send(String(address), request)
    this.spreadNews()
  }

  elect(leader: string | null): void {
    this.leader = leader
    if (leader === null) return
    this.term++
    this.#heard.set(leader, { leader, term: this.term })
  }

  /** Every host hears who leads. */
  spreadNews(): void {
    for (const host of HOSTS) this.#heard.set(host, { leader: this.leader, term: this.term })
  }

  expireSessions(): void {
    this.#sessions.clear()
  }

  #chance(percent: number): boolean {
    return this.#number() * 100 < percent
  }

  #send(address: string, request: Request): Reply {
    if (this.cut.has(address)) return this.#chance(50) ? 'unreachable' : 'hold'
    const { loseRequest, repeat, delayMs, lateMs } = this.faults
    if (this.#chance(loseRequest)) return 'hold'
    const repeated = this.#chance(repeat)
    this.#clock.after(this.#number() * delayMs, () => {
      const refused = this.#arrive(address, request, false)
      // What was refused stays refused, if it comes twice.
      if (repeated && !refused)
        this.#clock.after(this.#number() * lateMs, () => this.#arrive(address, request, true))
    })
    return 'hold'
  }

  /** @returns whether it was answered with "not done". */
  #arrive(address: string, request: Request, again: boolean): boolean {
    const reply = this.#handle(address, request)
    if (reply === 'hold' || reply === 'unreachable') return false
    // A request is answered once at most: the second copy of one that was taken is not refused.
    if (reply.kind === 'error' && again) return false
    if (!this.#chance(this.faults.loseAnswer))
      this.#clock.after(this.#number() * this.faults.delayMs, () => this.#link.answer(request, reply))
    return reply.kind === 'error' && reply.outcome === 'not-applied'
  }

  #handle(address: string, request: Request): Reply {
    const heard = this.#heard.get(address)!
    if (request.kind === 'locate') return located(heard.leader, { term: heard.term })
    if (address !== this.leader)
      return error('not-leader', { leader: heard.leader === address ? null : heard.leader, term: heard.term })
    if (this.#chance(this.faults.overload)) return error('overloaded')
    if (request.kind === 'open-session') {
      const session = ++this.#lastSession
      this.#sessions.set(session, { applied: 0, endsAt: Number.POSITIVE_INFINITY, replies: new Map() })
      return { kind: 'session', incarnation: INCARNATION, session, timeoutMs: 60_000, window: 6 }
    }
    if (request.kind === 'close-session') this.#sessions.delete(request.session)
    if (request.kind === 'resolve') return this.#resolve(request)
    if (request.kind !== 'command') return { kind: 'done', incarnation: INCARNATION, configuration: null }
    return this.#command(request)
  }

  #resolve({ session: id, sequence }: ResolveRequest): Reply {
    const session = this.#sessions.get(id)
    if (session === undefined) return error('session-expired', { outcome: 'unknown' })
    if (sequence <= session.applied)
      return session.replies.get(sequence) ?? error('forgotten', { outcome: 'unknown' })
    session.endsAt = Math.min(session.endsAt, sequence)
    return error('withdrawn')
  }

  #command(request: CommandRequest): Reply {
    const session = this.#sessions.get(request.session)
    if (session === undefined) return error('session-expired')
    for (const sequence of session.replies.keys())
      if (sequence < request.acknowledged) session.replies.delete(sequence)
    const { command, refuse } = valueCodec.decode(request.payload) as { command: number; refuse: boolean }
    if (request.sequence <= session.applied) {
      // Only what the client says it has may be forgotten.
      const reply = session.replies.get(request.sequence)
      return reply ?? 'hold'
    }
    if (request.sequence === session.endsAt) return error('withdrawn')
    if (request.sequence > session.applied + 1) return error('sequence-gap')
    if (refuse) return error('too-large')
    const stepsDown = this.#chance(this.faults.stepDown)
    if (stepsDown) this.elect(this.#number() < 0.3 ? null : HOSTS[Math.floor(this.#number() * 3)]!)
    if (stepsDown && this.#chance(50)) return error('not-leader', { outcome: 'unknown' })
    session.applied = request.sequence
    const result = `result ${this.applied.length} of ${command}`
    this.applied.push({ session: request.session, sequence: request.sequence, command, result })
    const reply = ok(result)
    session.replies.set(request.sequence, reply)
    return stepsDown ? error('not-leader', { outcome: 'unknown' }) : reply
  }
}
