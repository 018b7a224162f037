/** Which exceptions are the same on every member. */
import { CommandError } from './errors.ts'

/**
 * What the engine says when one of its own limits, or the machine's, is reached, by the name of the exception. Where it uses
 * one text for a limit of the language and one of its own, it counts as its own.
 */
const ENGINE_LIMITS: Readonly<Record<string, RegExp>> = {
  RangeError: new RegExp(
    [
      // How deep the stack may be depends on what was on it before, on how far the code was optimised, and on flags.
      '^Maximum call stack size exceeded',
      // Memory.
      'allocation failed',
      'could not allocate memory',
      'out of memory',
      // Longest string, array, buffer, BigInt and fullest collection: these change from one engine to the next. A negative
      // length is forbidden by the language, where the text tells it.
      '^Invalid string length',
      '^Invalid array length',
      '^Invalid typed array length: [0-9]',
      '^The value of "size" is out of range.*Received [0-9]',
      '^Invalid array buffer length',
      '^Maximum BigInt size exceeded',
      '^(?:Map|Set) maximum size exceeded',
      '^Too many properties to enumerate',
    ].join('|'),
    'i',
  ),
  InternalError: /./,
  SyntaxError: /(?:regular expression too large|stack overflow|too many captures)$/i,
  RuntimeError: /(?:stack|memory|allocat)/i,
  DataCloneError: /out of memory/i,
}

/** Errors of Node.js about what differs between processes: memory, its own limits, time. */
const NODE_CODES = new Set([
  'ERR_MEMORY_ALLOCATION_FAILED',
  'ERR_STRING_TOO_LONG',
  'ERR_BUFFER_TOO_LARGE',
  'ERR_SCRIPT_EXECUTION_TIMEOUT',
  'ERR_SCRIPT_EXECUTION_INTERRUPTED',
])

/** Exceptions wrapped in one another that are looked at. Beyond, nobody knows. */
const MAX_WRAPPED = 32

/**
 * Whether a command that threw this throws on every member alike, so that the failure can be its replicated result. If not, one
 * member may have failed where another succeeded, and the only honest thing left to the one is to stop at this command.
 *
 * Deterministic is what follows from the language and the command's own code: TypeErrors, what the code throws itself, a `RangeError`
 * for a number the language forbids (`'a'.repeat(-1)`, `1n / 0n`, `new Date(NaN).toISOString()`).
 *
 * Not deterministic is what depends on the stack (overflow), on memory (an allocation that failed), on limits that engines
 * differ in (the longest string, the longest array), on time (a script that was stopped), and on the operating system (whatever comes of a system
 * call, which a command must not make anyway). Also what was thrown because of such an exception (`cause`), and what can't
 * be looked at. In doubt it is not: to stop is a nuisance, to differ from the others is a lie. A command that lets its caller
 * choose a length checks it first, for the heap's sake already: when that is full, there is no exception, the process ends.
 *
 * A command that catches such an exception and goes on can't be told from one that didn't meet it: it must not.
 */
export function isDeterministicFailure(error: unknown): boolean {
  try {
    return isDeterministic(error)
  } catch {
    // What it is can't be found out: a getter or a proxy threw, perhaps for want of stack.
    return false
  }
}

function isDeterministic(error: unknown): boolean {
  const waiting: unknown[] = [error]
  for (let looked = 0; waiting.length > 0; looked++) {
    if (looked === MAX_WRAPPED) return false
    const next = waiting.pop()
    // What is no object was thrown by the command itself: no engine throws such.
    if (typeof next !== 'object' || next === null || next instanceof CommandError) continue
    if (isOfThisProcess(next)) return false
    const { cause, errors } = next as { cause?: unknown; errors?: unknown }
    if (cause !== undefined) waiting.push(cause)
    if (Array.isArray(errors)) waiting.push(...(errors as unknown[]))
  }
  return true
}

/** Whether it speaks of this process rather than of the command. */
function isOfThisProcess(error: object): boolean {
  const { name, message, code, syscall } = error as Readonly<Record<string, unknown>>
  if (typeof syscall === 'string') return true
  if (typeof code === 'string' && NODE_CODES.has(code)) return true
  if (typeof name !== 'string' || typeof message !== 'string') return false
  return Object.hasOwn(ENGINE_LIMITS, name) && ENGINE_LIMITS[name]!.test(message)
}
