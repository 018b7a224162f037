/** Work that is done once, whoever of many processes does it, and whatever becomes of them: its result is kept. */
import { isRaftedError } from '@rafted/contracts'
import { type AcquireOptions, Claiming, type LeaseOptions } from './claiming.ts'
import { claimLimits } from './claims.ts'
import type { Held, HeldClaim } from './held.ts'
import { invalidArgument } from './invalid-argument.ts'
import { jsonOf } from './json.ts'
import type { ClaimsHandle } from './kept-claim.ts'

/** Work of one name. */
export interface Once<Result> {
  readonly name: string
  /**
   * Does `work` unless it is finished, and gives what it came to when it was. One does it at a time; of one that fails, crashes or is cut off, the next takes over. So it may be begun more than once, and is
   * finished once: whoever has lost its turn meanwhile can't finish it, and is given the result of who did. What it does outside is fenced by its token.
   *
   * Everybody is given what JSON makes of the result, whoever did the work. It has room for 16,384 characters.
   * @throws what the work threw; others try then. {RaftedError} `invalid-argument` for a result that JSON can't say, or that is too long; `command-error` with the reason
   * `too-many-finished`, before the work is begun; what `acquire` of a lock throws. Where it is unknown whether the work is finished (`outcome`), call it again.
   */
  run(work: (held: Held) => Promise<Result> | Result, options?: AcquireOptions): Promise<Result>
  /** What it came to; null while it is not finished. Linearizable. */
  outcome(): Promise<{ readonly token: number; readonly result: Result } | null>
  /** Forgets that it is finished, to make room, or to have it done again. @returns whether it was. */
  forget(): Promise<boolean>
}

/** @param handle `host.value(group, claims)`, or a client's. Its `timeoutMs` holds for each command; it must have no `key`. @throws {RaftedError} `invalid-argument`. */
export function once<Result = unknown>(
  handle: ClaimsHandle,
  name: string,
  options: LeaseOptions = {},
): Once<Result> {
  const claiming = new Claiming(handle, name, { ...options, permits: 1, once: true })
  return {
    name,
    async run(work, how) {
      for (;;) {
        let held: HeldClaim
        try {
          held = await claiming.acquire(how)
        } catch (error) {
          const finished = resultIn(error)
          if (finished === null) throw error
          return resultOf<Result>(finished)
        }
        try {
          const text = textOf(await work(held))
          if (await held.finish(text)) return resultOf<Result>(text)
          // Another has taken over: it is asked what came of it.
        } finally {
          await held[Symbol.asyncDispose]()
        }
      }
    },
    async outcome() {
      const outcome = await handle.outcome(name)
      return outcome === null ? null : { token: outcome.token, result: resultOf<Result>(outcome.result) }
    },
    forget: () => handle.forget(name),
  }
}

/** The text of a result that is kept already. */
function resultIn(error: unknown): string | null {
  if (!isRaftedError(error, 'command-error') || error.details.reason !== 'finished') return null
  return (error.details.data as { readonly result: string }).result
}

function textOf(result: unknown): string {
  // JSON has no word for it.
  if (result === undefined) return ''
  const text = jsonOf(result)
  if (text === undefined || text.length > claimLimits.resultLength)
    throw invalidArgument(`A result is what JSON can say, in up to ${claimLimits.resultLength} characters.`)
  return text
}

function resultOf<Result>(text: string): Result {
  return text === '' ? (undefined as Result) : JSON.parse(text)
}
