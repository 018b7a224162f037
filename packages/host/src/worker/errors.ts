/** Errors on their way between threads: cloned as they are they would lose their class, and with it their code and outcome. */
import { CommandError, type ErrorCode, type Outcome, RaftedError } from '@rafted/contracts'

/** Causes of causes that are told. */
const MAX_CAUSES = 8

export interface PlainError {
  readonly as: 'rafted' | 'command' | 'error' | 'other'
  readonly name: string
  readonly message: string
  readonly stack: string
  /** Own fields that can be cloned: `code`, `outcome`, `details`, and what Node.js puts on its own. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly cause: PlainError | null
}

const BUILT_IN = { Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError } as const

/** Whatever was thrown: it is told, never thrown once more. */
export function toPlain(error: unknown): PlainError {
  try {
    return plainOf(error, 0)
  } catch {
    return other(shown(error))
  }
}

function plainOf(error: unknown, depth: number): PlainError {
  if (!(error instanceof Error)) return other(error)
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(error))
    if (name !== 'name' && name !== 'cause') fields[name] = cloneable(value)
  const { name, message, stack = '', cause } = error
  const hasCause = cause !== undefined && depth < MAX_CAUSES
  return {
    as: error instanceof RaftedError ? 'rafted' : error instanceof CommandError ? 'command' : 'error',
    name: String(name),
    message: String(message),
    stack: String(stack),
    fields,
    cause: hasCause ? plainOf(cause, depth + 1) : null,
  }
}

export function fromPlain(plain: PlainError): unknown {
  const { as, name, message, stack, fields } = plain
  const cause = plain.cause === null ? undefined : fromPlain(plain.cause)
  if (as === 'other') return fields.value
  if (as === 'rafted') {
    const { code, outcome, details } = fields as {
      code: ErrorCode
      outcome: Outcome
      details: Record<string, unknown>
    }
    return stacked(new RaftedError(code, message, { outcome, details, cause }), stack)
  }
  if (as === 'command') return stacked(new CommandError(fields.reason as string, message, fields.data), stack)
  const Class = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name as keyof typeof BUILT_IN] : Error
  const error = new Class(message, cause === undefined ? undefined : { cause })
  return stacked(Object.assign(error, fields, error.name === name ? {} : { name }), stack)
}

function other(value: unknown): PlainError {
  const fields = { value: cloneable(value) }
  return { as: 'other', name: '', message: '', stack: '', fields, cause: null }
}

/** Where it was thrown is of interest, not where it was put together again. */
function stacked(error: Error, stack: string): Error {
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  return error
}

/** @returns the value, or what it looks like if it can't cross. */
function cloneable(value: unknown): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
    return typeof value === 'symbol' ? String(value) : value
  }
  try {
    return structuredClone(value)
  } catch {
    return shown(value)
  }
}

function shown(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'something that can neither be cloned nor shown'
  }
}
