/** Which command is to be withdrawn, unless it has been applied: asked by a request, and then said by an entry. */
import { cannotEncode } from './bad-bytes.ts'
import { MAX_KEY_BYTES } from './limits.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** A command by its place in a session, or, with `session` 0, whatever was called under a key. */
export interface Withdrawn {
  readonly session: number
  /** 0 if `session` is. */
  readonly sequence: number
  /** The caller's own idempotency key, or null. Not null where `session` is 0. */
  readonly key: string | null
  /** By its key alone: whatever was called under it was called when the log had reached this index. 0 where that is not known, and with a session. */
  readonly since: number
}

export function writeWithdrawn(w: Writer, withdrawn: Withdrawn): void {
  const problem = problemOf(withdrawn)
  if (problem !== null) cannotEncode(problem)
  w.uint(withdrawn.session)
  w.uint(withdrawn.sequence)
  w.optionalId(withdrawn.key, MAX_KEY_BYTES)
  w.uint(withdrawn.since)
}

export function readWithdrawn(r: Reader): Withdrawn {
  const withdrawn = {
    session: r.uint(),
    sequence: r.uint(),
    key: r.optionalId(MAX_KEY_BYTES),
    since: r.uint(),
  }
  const problem = problemOf(withdrawn)
  return problem === null ? withdrawn : r.fail(problem)
}

function problemOf({ session, sequence, key, since }: Withdrawn): string | null {
  if ((session === 0) !== (sequence === 0)) return 'a session and a sequence belong together'
  if (session === 0 && key === null) return 'a command is withdrawn by its session or by its key'
  return session > 0 && since > 0 ? 'a command of a session was called since that was opened' : null
}
