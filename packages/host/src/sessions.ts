/**
 * Client sessions: replicated state, changed by applied entries only, so every member has the same (thesis §6.3). A command
 * takes effect when its sequence is the next of its session, and never again: whoever asks again gets the reply that is
 * kept. Time is the entries' replicated time.
 */
import { type GroupSettings, MAX_SESSIONS, type Reader, type Writer } from '@rafted/wire'
import { KEPT_STATUSES, type Reply, replyBytes } from './replies.ts'
import { SeldomMap } from './seldom.ts'

/** Commands a session may have unanswered: as many replies are kept. */
export const SESSION_WINDOW = 4096
/** Bytes of replies kept per session; beyond them the oldest are forgotten, never the newest. */
export const MAX_REPLY_BYTES = 256 * 1024

export interface Session {
  /** The index of the entry that opened it. */
  readonly id: number
  /** The sequence that is due. */
  next: number
  /** Replicated time of its last sign of life. */
  lastTime: number
  /** It expires when it is not heard of for this long: what its client was told when it was opened, whatever the settings are by now. */
  readonly timeoutMs: number
  /** The lowest sequence that was withdrawn: neither it nor any behind it is applied any more. 0 while none is. */
  endsAt: number
  /** `replies[0]` answers the sequence `next − replies.length`. */
  readonly replies: Reply[]
  bytes: number
}

type SessionSettings = Pick<GroupSettings, 'maxSessions' | 'sessionTimeoutMs'>

export class Sessions {
  readonly #sessions: SeldomMap<number, Session>

  constructor(sessions: Iterable<Session> = []) {
    this.#sessions = new SeldomMap([...sessions].map((session) => [session.id, session] as const))
  }

  get size(): number {
    return this.#sessions.size
  }

  /** @returns whether there was room for it. */
  open(id: number, time: number, { maxSessions, sessionTimeoutMs: timeoutMs }: SessionSettings): boolean {
    if (this.#sessions.size >= maxSessions) this.#expire(time)
    if (this.#sessions.size >= maxSessions) return false
    this.#sessions.set(id, {
      id,
      next: 1,
      lastTime: time,
      timeoutMs,
      endsAt: 0,
      replies: [],
      bytes: 0,
    })
    return true
  }

  /** The session, which lives on from `time`; undefined if it is unknown or was silent for too long. Expiry is terminal. */
  touch(id: number, time: number): Session | undefined {
    const session = this.#sessions.get(id)
    if (session === undefined) return undefined
    if (hasExpired(session, time)) {
      this.#sessions.delete(id)
      return undefined
    }
    session.lastTime = time
    return session
  }

  /** The id of the first that was opened of those there are; infinite if there is none. */
  oldest(time: number): number {
    this.#expire(time)
    for (const id of this.#sessions.keys()) return id
    return Number.POSITIVE_INFINITY
  }

  close(id: number): void {
    this.#sessions.delete(id)
  }

  /** Only looked for where room is needed: until then an expired session costs its bounded memory, and is refused all the same. */
  #expire(time: number): void {
    for (const session of this.#sessions.values())
      if (hasExpired(session, time)) this.#sessions.delete(session.id)
  }

  write(w: Writer): void {
    w.uint(this.#sessions.size)
    for (const { id, next, lastTime, timeoutMs, endsAt, replies } of this.#sessions.values()) {
      w.uint(id)
      w.uint(next)
      w.uint(lastTime)
      w.float(timeoutMs)
      w.uint(endsAt)
      w.uint(replies.length)
      for (const reply of replies) writeReply(w, reply)
    }
  }

  static read(r: Reader): Sessions {
    const sessions: Session[] = []
    for (let left = r.count(MAX_SESSIONS, 13, 'sessions'); left > 0; left--) {
      const id = r.uintFrom(1, 'a session')
      const next = r.uintFrom(1, 'the sequence that is due')
      const lastTime = r.uint()
      const timeoutMs = r.float()
      const endsAt = r.uint()
      const replies: Reply[] = []
      let bytes = 0
      for (let more = r.count(Math.min(SESSION_WINDOW, next - 1), 4, 'replies'); more > 0; more--) {
        const reply = readReply(r)
        replies.push(reply)
        bytes += replyBytes(reply)
      }
      sessions.push({ id, next, lastTime, timeoutMs, endsAt, replies, bytes })
    }
    return new Sessions(sessions)
  }
}

function hasExpired({ lastTime, timeoutMs }: Session, time: number): boolean {
  return time - lastTime > timeoutMs
}

/** The kept reply to `sequence`, which is not due any more; undefined if it has been forgotten. */
export function keptReply({ next, replies }: Session, sequence: number): Reply | undefined {
  return replies[replies.length - (next - sequence)]
}

/** The command `sequence`, which has not been due yet, is withdrawn. */
export function endSession(session: Session, sequence: number): void {
  session.endsAt = session.endsAt === 0 ? sequence : Math.min(session.endsAt, sequence)
}

/** The command that was due has been applied. */
export function keepReply(session: Session, reply: Reply): void {
  session.next++
  session.replies.push(reply)
  session.bytes += replyBytes(reply)
  let forget = Math.max(0, session.replies.length - SESSION_WINDOW)
  for (let bytes = session.bytes, i = 0; bytes > MAX_REPLY_BYTES && i + 1 < session.replies.length; i++) {
    bytes -= replyBytes(session.replies[i]!)
    forget = Math.max(forget, i + 1)
  }
  forgetReplies(session, forget)
}

/** Every command below `sequence` has been answered: nobody will ask again. */
export function acknowledge(session: Session, sequence: number): void {
  forgetReplies(session, Math.min(session.replies.length, sequence - (session.next - session.replies.length)))
}

function forgetReplies(session: Session, count: number): void {
  if (count <= 0) return
  for (let i = 0; i < count; i++) session.bytes -= replyBytes(session.replies[i]!)
  if (count === 1) session.replies.shift()
  else session.replies.splice(0, count)
}

export function writeReply(w: Writer, reply: Reply): void {
  w.u8(KEPT_STATUSES.indexOf(reply.status))
  w.uint(reply.index)
  w.uint(reply.term)
  w.block(reply.payload)
}

export function readReply(r: Reader): Reply {
  const status = KEPT_STATUSES[r.u8()]
  if (status === undefined) return r.fail('no status of a reply')
  return { status, index: r.uint(), term: r.uint(), payload: r.block() }
}
