/** Typed handles: a method per operation of a definition. */
import type { AnyDefinition, CallOptions, ValueHandle } from '@rafted/contracts'
import type { Caller } from './caller.ts'
import { mergeOptions } from './options.ts'

type Method = (...args: unknown[]) => unknown

/** An operation travels as its name and its arguments. */
export function createHandle<D extends AnyDefinition>(
  caller: Caller,
  definition: D,
  options: CallOptions,
): ValueHandle<D> {
  const handle: Record<string, Method> = {}
  for (const name of definition.commandNames)
    handle[name] = (...args: unknown[]) => caller.command([name, ...args], options)
  for (const name of definition.queryNames)
    handle[name] = (...args: unknown[]) => caller.query([name, ...args], options)
  handle.with = (over) => createHandle(caller, definition, mergeOptions(options, over as CallOptions))
  return Object.freeze(handle) as unknown as ValueHandle<D>
}

/** A machine without named operations: commands and queries are whatever it takes. */
export interface MachineHandle {
  /** Resolves with what the machine returned. Rejects with a `RaftedError`. */
  command(command: unknown, options?: CallOptions): Promise<unknown>
  /** Resolves with what the machine answered. Rejects with a `RaftedError`. */
  query(query: unknown, options?: CallOptions): Promise<unknown>
}

const NO_OPTIONS: CallOptions = {}

export function createMachineHandle(caller: Caller): MachineHandle {
  return {
    command: (command, options = NO_OPTIONS) => caller.command(command, options),
    query: (query, options = NO_OPTIONS) => caller.query(query, options),
  }
}
