/** Typed handles: a method per operation of a definition. */
import type {
  AnyDefinition,
  CallOptions,
  Change,
  RaftedError,
  ValueHandle,
  Watch,
  WatchedSnapshot,
  WatchOptions,
} from '@rafted/contracts'
import type { Caller } from './caller.ts'
import { invalidArgument } from './failures.ts'
import type { Settled } from './many.ts'
import { mergeOptions } from './options.ts'
import type { Restorable } from './watch.ts'

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
  handle.watch = (asked = {}) => caller.watch(definition, asked as WatchOptions, options)
  handle.watchQuery = (name, ...args) => {
    if (!definition.queryNames.includes(name as string)) throw noQuery(name, definition.queryNames)
    return caller.watchQuery([name, ...args], options)
  }
  handle.with = (over) => createHandle(caller, definition, mergeOptions(options, over as CallOptions))
  return Object.freeze(handle) as unknown as ValueHandle<D>
}

/** A machine without named operations: commands and queries are whatever it takes. */
export interface MachineHandle {
  /** Resolves with what the machine returned. Rejects with a `RaftedError`. */
  command(command: unknown, options?: CallOptions): Promise<unknown>
  /** Many commands in one call; see `Client.commandMany`. */
  commandMany(commands: readonly unknown[], options?: CallOptions): Promise<readonly Settled<unknown>[]>
  /** Resolves with what the machine answered. Rejects with a `RaftedError`. */
  query(query: unknown, options?: CallOptions): Promise<unknown>
  /** As `ValueHandle.watch`. A snapshot's `queries` are none; what its `value` is, the machine says. */
  watch(options?: WatchOptions & Pick<CallOptions, 'signal'>): Watch<Change | WatchedSnapshot>
  /** As `ValueHandle.watchQuery`. */
  watchQuery(query: unknown, options?: Pick<CallOptions, 'signal'>): Watch<unknown>
}

function noQuery(name: unknown, names: readonly string[]): RaftedError {
  return invalidArgument(`"${String(name)}" is no query of this value. Its queries are: ${names.join(', ')}.`)
}

const NO_OPTIONS: CallOptions & WatchOptions = {}

export function createMachineHandle(caller: Caller, machine: Restorable): MachineHandle {
  return {
    command: (command, options = NO_OPTIONS) => caller.command(command, options),
    commandMany: (commands, options = NO_OPTIONS) => caller.commandMany(commands, options),
    query: (query, options = NO_OPTIONS) => caller.query(query, options),
    watch: (options = NO_OPTIONS) => caller.watch(machine, options, options),
    watchQuery: (query, options = NO_OPTIONS) => caller.watchQuery(query, options),
  }
}
