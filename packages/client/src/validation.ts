/** Arguments on their way out: validated by the schemas that their operation is declared with (Standard Schema). */
import { type AnySchema, RaftedError, type StandardIssue, type StandardResult } from '@rafted/contracts'
import { pathText } from '@rafted/wire'
import { invalidArgument } from './failures.ts'

/** Issues that an error keeps, those that its message repeats, and how much of each: a schema may find as many as a value has parts. */
const MAX_ISSUES = 20
const SHOWN_ISSUES = 3
const MAX_TEXT = 200

/**
 * @param what the call, for messages: `enqueue of "queue"`.
 * @returns what the schemas make of the arguments: at once, unless a validator takes its time.
 * @throws {RaftedError} `invalid-argument`; a promise rejects with it.
 */
export function validated(
  what: string,
  schemas: readonly AnySchema[],
  args: readonly unknown[],
): readonly unknown[] | Promise<readonly unknown[]> {
  if (args.length > schemas.length)
    throw invalidArgument(`${what} takes ${schemas.length} arguments at most, not ${args.length}.`)
  const results = schemas.map((schema, at) => asked(what, schema, at, args[at]))
  const failed = results.find((result) => result instanceof RaftedError)
  const late = results.filter(isThenable)
  if (late.length === 0 && failed === undefined) return outputs(what, results as StandardResult<unknown>[])
  const all = Promise.all(results as Promise<StandardResult<unknown>>[]).then(
    (settled) => outputs(what, settled),
    (cause: unknown) => {
      throw invalidArgument(`A validator of ${what} failed.`, cause)
    },
  )
  if (failed === undefined) return all
  // Nobody waits for the others any more.
  all.catch(() => {})
  throw failed
}

/** What a validator says, or the error it has failed with. */
function asked(what: string, schema: AnySchema, at: number, argument: unknown): unknown {
  try {
    return schema['~standard'].validate(argument)
  } catch (cause) {
    return invalidArgument(`The validator of args[${at}] of ${what} failed.`, cause)
  }
}

function outputs(what: string, results: readonly StandardResult<unknown>[]): readonly unknown[] {
  const issues: { readonly path: readonly PropertyKey[]; readonly message: string }[] = []
  let found = 0
  results.forEach((result, at) => {
    if (typeof result !== 'object' || result === null)
      throw invalidArgument(`The validator of args[${at}] of ${what} gave no result.`)
    if (result.issues === undefined) return
    // None is one all the same: the result has no value.
    const all = result.issues.length === 0 ? [{ message: 'It is refused.' }] : result.issues
    found += all.length
    for (const issue of all.slice(0, MAX_ISSUES - issues.length)) issues.push(issueAt(at, issue))
  })
  if (found === 0) return results.map((result) => (result as { readonly value: unknown }).value)
  const shown = issues
    .slice(0, SHOWN_ISSUES)
    .map(({ path, message }) => `${pathText('args', path)}: ${message}`)
    .join('; ')
  const more = found > SHOWN_ISSUES ? ` (and ${found - SHOWN_ISSUES} more)` : ''
  throw new RaftedError('invalid-argument', `${what} is refused before it is sent: ${shown}${more}`, {
    outcome: 'not-applied',
    details: { issues },
  })
}

function issueAt(at: number, { path = [], message }: StandardIssue) {
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment))
  return { path: [at, ...keys], message: String(message).slice(0, MAX_TEXT) }
}

export function isThenable(value: unknown): value is Promise<unknown> {
  return typeof (value as Partial<Promise<unknown>> | null | undefined)?.then === 'function'
}
