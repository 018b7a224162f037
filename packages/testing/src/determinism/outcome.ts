/** What a command did, or a query answered, as far as it is replicated or told. */
import { type Codec, CommandError, isDeterministicFailure } from '@rafted/contracts'
import { firstDifference } from './difference.ts'
import { shown, shownError } from './shown.ts'

export type Outcome =
  | { readonly status: 'ok'; readonly result: unknown; readonly bytes: Uint8Array }
  /** With a `CommandError`: `result` is its reason, message and data. */
  | {
      readonly status: 'refused'
      readonly result: unknown
      readonly bytes: Uint8Array
      readonly error: unknown
    }
  /** With another exception, of which nothing is replicated. */
  | { readonly status: 'failed'; readonly error: unknown }
  /** With an exception that other members may not meet, or that leaves the state half changed: the member stops. */
  | { readonly status: 'stopped'; readonly error: unknown }
  /** The result, or what the `CommandError` that was thrown carries, is nothing that can be sent; `error` says why. */
  | {
      readonly status: 'not-encodable'
      readonly result: unknown
      readonly error: unknown
      readonly thrown: CommandError | null
    }

/** Runs an operation and tells its outcome as a host would. @param failure as in `Machine.failure`. */
export function outcomeOf(run: () => unknown, codec: Codec, failure: 'command' | 'halt'): Outcome {
  let result: unknown
  try {
    result = run()
  } catch (error) {
    if (error instanceof CommandError) return refused(error, codec)
    const stops = failure === 'halt' || !isDeterministicFailure(error)
    return { status: stops ? 'stopped' : 'failed', error }
  }
  try {
    return { status: 'ok', result, bytes: codec.encode(result) }
  } catch (error) {
    return { status: 'not-encodable', result, error, thrown: null }
  }
}

function refused(error: CommandError, codec: Codec): Outcome {
  const result = [error.reason, error.message, error.data]
  try {
    return { status: 'refused', result, bytes: codec.encode(result), error }
  } catch (cause) {
    return { status: 'not-encodable', result, error: cause, thrown: error }
  }
}

/** What the operation gave to its caller. @throws what it threw. */
export function unwrapped(outcome: Outcome): unknown {
  if (outcome.status === 'not-encodable') {
    if (outcome.thrown !== null) throw outcome.thrown
    return outcome.result
  }
  if (outcome.status !== 'ok') throw outcome.error
  return outcome.result
}

/** Whether callers and members see the same: results are compared as bytes, since that is all that leaves a machine. */
export function sameOutcome(a: Outcome, b: Outcome): boolean {
  if (a.status !== b.status) return false
  if (!('bytes' in a) || !('bytes' in b)) return true
  return sameBytes(a.bytes, b.bytes)
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** What differs, one line for each of the two. */
export function outcomeLines(a: Outcome, b: Outcome, names: readonly [string, string]): string[] {
  const lines = [`${names[0]}: ${outcomeText(a)}`, `${names[1]}: ${outcomeText(b)}`]
  if (a.status !== b.status || !('result' in a) || !('result' in b)) return lines
  const difference = firstDifference(a.result, b.result, 'result')
  if (difference === null) return [...lines, 'They are equal and their bytes are not: look at the codec.']
  if (difference.path === 'result') return lines
  return [...lines, `They differ at ${difference.path}: ${difference.left} and ${difference.right}.`]
}

export function outcomeText(outcome: Outcome): string {
  switch (outcome.status) {
    case 'ok':
      return shown(outcome.result)
    case 'refused':
      return `refused with ${shown(outcome.result)}`
    case 'failed':
      return `failed with ${shownError(outcome.error)}`
    case 'stopped':
      return `stops the member with ${shownError(outcome.error)}`
    case 'not-encodable':
      return `${shown(outcome.result)}, which can't be encoded`
  }
}
