/** Finds the operation a `NamedCall` names and calls it: the hot path of every machine with named operations. */
import { CommandError, RaftedError } from './errors.ts'
import { type NamedCall, reservedNames } from './operations.ts'
import type { QueryContext } from './state-machine.ts'

// biome-ignore lint/suspicious/noExplicitAny: operations take whatever their author declared.
export type Operation = (this: any, value: any, ...args: any[]) => unknown

/** Calls the operation that `call` names with `value` and the call's arguments. */
export type Dispatch = (value: unknown, call: unknown, context: QueryContext) => unknown

/** A handle is a plain object to build: this name would set its prototype. */
const FORBIDDEN = new Set<string>([...reservedNames, '__proto__'])

/** Longest part of a wrong call's name that is repeated in an error. */
const SHOWN = 64

/**
 * @returns the own operations of `operations` by name.
 * @throws {RaftedError} `invalid-argument` for a reserved name, a name that is also one of `others`, and what is no function.
 */
export function operationsByName(
  operations: Readonly<Record<string, Operation>>,
  others: ReadonlyMap<string, Operation> | null,
): ReadonlyMap<string, Operation> {
  const byName = new Map<string, Operation>()
  for (const [name, operation] of Object.entries(operations)) {
    if (FORBIDDEN.has(name)) refuse(name, 'is a name that handles keep for themselves')
    if (others?.has(name) === true) refuse(name, 'is both a command and a query')
    if (typeof operation !== 'function') refuse(name, 'is no function')
    byName.set(name, operation)
  }
  return byName
}

function refuse(name: string, problem: string): never {
  throw new RaftedError(
    'invalid-argument',
    `The operation ${JSON.stringify(name)} ${problem}; rename or remove it.`,
    {
      outcome: 'not-applied',
      details: { name },
    },
  )
}

/**
 * @returns a function that calls operations with the context as `this`. What is no call, or names no operation, is a
 * `CommandError` thrown before anything is called: a client that sends nonsense is refused, on every member alike, and
 * stops none of them.
 */
export function dispatcher(kind: 'command' | 'query', byName: ReadonlyMap<string, Operation>): Dispatch {
  return (value, call, context) => {
    const operation = Array.isArray(call) ? byName.get(call[0] as string) : undefined
    if (operation === undefined) return refuseCall(kind, call)
    const args = call as NamedCall
    // Spelt out for the usual numbers of arguments: no array is made for them.
    switch (args.length) {
      case 1:
        return operation.call(context, value)
      case 2:
        return operation.call(context, value, args[1])
      case 3:
        return operation.call(context, value, args[1], args[2])
      case 4:
        return operation.call(context, value, args[1], args[2], args[3])
      default:
        return callWithMany(operation, context, value, args)
    }
  }
}

function callWithMany(operation: Operation, context: QueryContext, value: unknown, call: NamedCall): unknown {
  return operation.apply(context, [value, ...call.slice(1)])
}

/** @throws {CommandError} always, with the same text on every member. */
function refuseCall(kind: 'command' | 'query', call: unknown): never {
  if (!Array.isArray(call) || typeof call[0] !== 'string')
    throw new CommandError(`malformed-${kind}`, `A ${kind} is an array of its name and its arguments.`)
  throw new CommandError(`unknown-${kind}`, `There is no ${kind} ${JSON.stringify(call[0].slice(0, SHOWN))}.`)
}
