/** Finds the operation a `NamedCall` names and calls it: the hot path of every machine with named operations. */
import { CommandError } from './errors.ts'
import type { NamedOperation, Operation } from './named-operations.ts'
import type { NamedCall } from './operations.ts'
import type { QueryContext } from './state-machine.ts'

/** Calls the operation that `call` names with `value` and the call's arguments. */
export type Dispatch = (value: unknown, call: unknown, context: QueryContext) => unknown

/** Longest part of a wrong call's name that is repeated in an error. */
const SHOWN = 64

/**
 * @returns a function that calls operations with the context as `this`. What is no call, names no operation, or one of a later version than
 * the one in force, is a `CommandError` thrown before anything is called: a client that sends nonsense is refused, on every member alike, and
 * stops none of them. Code that doesn't know an operation yet and code that does refuse it in the same words.
 */
export function dispatcher(kind: 'command' | 'query', byName: ReadonlyMap<string, NamedOperation>): Dispatch {
  return (value, call, context) => {
    const operation = Array.isArray(call) ? byName.get(call[0] as string) : undefined
    if (operation === undefined || operation.since > context.version) return refuseCall(kind, call)
    const { run } = operation
    const args = call as NamedCall
    // Spelt out for the usual numbers of arguments: no array is made for them.
    switch (args.length) {
      case 1:
        return run.call(context, value)
      case 2:
        return run.call(context, value, args[1])
      case 3:
        return run.call(context, value, args[1], args[2])
      case 4:
        return run.call(context, value, args[1], args[2], args[3])
      default:
        return callWithMany(run, context, value, args)
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
