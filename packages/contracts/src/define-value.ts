/** The definition of a replicated value with named, typed operations: in one of the two ways to write a machine. */
import { checkObject } from './definition-parts.ts'
import { RaftedError } from './errors.ts'
import { type InPlaceMachineOptions, inPlaceMachine } from './in-place-machine.ts'
import { dispatcher, type Operation, operationsByName } from './named-calls.ts'
import type { NamedCall, ReservedName, ValueDefinition } from './operations.ts'
import { type PureMachineOptions, pureMachine } from './pure-machine.ts'
import type { ApplyContext, Machine, QueryContext } from './state-machine.ts'

// biome-ignore-start lint/suspicious/noExplicitAny: operations take what their author declared; inference reads it back.

/** A command of a pure value: the result and the next value. As a method, it finds where and when it is applied in `this`. */
export type PureCommand<Value> = (
  this: ApplyContext,
  value: Value,
  ...args: any[]
) => readonly [result: unknown, next: Value]

/** A command of an in-place state: changes it and returns the result. */
export type InPlaceCommand<State> = (this: ApplyContext, state: State, ...args: any[]) => unknown

/** Changes nothing; returns the answer. As a method, it finds the version in force in `this`. */
export type Query<Value> = (this: QueryContext, value: Value, ...args: any[]) => unknown

/** A pure command as its callers see it. */
export type PureSignatures<Commands> = {
  readonly [Name in keyof Commands]: Commands[Name] extends (
    this: any,
    value: any,
    ...args: infer Args
  ) => readonly [infer Result, unknown]
    ? (...args: Args) => Result
    : never
}

/** An in-place command, or a query, as its callers see it. */
export type OperationSignatures<Operations> = {
  readonly [Name in keyof Operations]: Operations[Name] extends (
    this: any,
    value: any,
    ...args: infer Args
  ) => infer Result
    ? (...args: Args) => Result
    : never
}

// biome-ignore-end lint/suspicious/noExplicitAny: until here

/** No operation is named so. */
type Without<Names extends PropertyKey> = { readonly [Name in Names]?: never }

/** A value that is immutable: commands make the next one from the last. */
export interface PureDefinition<Value, Commands, Queries> extends PureMachineOptions<Value> {
  /** By name: `(value, ...args) => [result, next value]`. */
  readonly commands: Commands & Without<ReservedName>
  /** By name: `(value, ...args) => answer`. */
  readonly queries: Queries & Without<ReservedName>
}

/** A large state that commands change in place. */
export interface InPlaceDefinition<State, Item, Commands, Queries>
  extends InPlaceMachineOptions<State, Item> {
  /** By name: `(state, ...args) => result`. A `CommandError` refuses, before anything is changed. */
  readonly commands: Commands & Without<ReservedName>
  /** By name: `(state, ...args) => answer`. */
  readonly queries: Queries & Without<ReservedName>
}

/**
 * Defines a replicated value with named operations, for which clients have a typed handle. Commands are deterministic: what
 * they do follows from the value, the arguments and `this` (index, term, replicated time, version in force) alone.
 *
 * Pure, with `init`: a command returns `[result, next value]` and changes nothing; whatever it throws, it has failed, on
 * every member alike. In place, with `create`, `snapshot` and `restore`: a command changes the state and returns the
 * result; it may throw a `CommandError` before it changes anything, and whatever else it throws stops the member.
 *
 * Arguments are annotated; the value's type follows from `init` or `create`.
 * @throws {RaftedError} `invalid-argument` for names that can't be (reserved, or both a command and a query), and for parts that are
 * missing or of the wrong kind.
 */
export function defineValue<
  State,
  Item,
  Commands extends Readonly<Record<string, InPlaceCommand<State>>>,
  Queries extends Readonly<Record<string, Query<State>>>,
>(
  definition: InPlaceDefinition<State, Item, Commands, Queries>,
): ValueDefinition<OperationSignatures<Commands>, OperationSignatures<Queries>>
// The commoner way comes last: of a definition that fits neither, the compiler explains why it does not fit this one.
export function defineValue<
  Value,
  Commands extends Readonly<Record<string, PureCommand<Value>>>,
  Queries extends Readonly<Record<string, Query<Value>>>,
>(
  definition: PureDefinition<Value, Commands, Queries>,
): ValueDefinition<PureSignatures<Commands>, OperationSignatures<Queries>>
export function defineValue(definition: AnyWay): ValueDefinition<never, never> {
  checkObject(definition, 'commands')
  checkObject(definition, 'queries')
  if ('init' in definition === 'create' in definition) refuseWays()
  const commands = operationsByName(definition.commands, null)
  const queries = operationsByName(definition.queries, commands)
  const command = dispatcher('command', commands)
  const ask = dispatcher('query', queries)
  const query = (value: unknown, call: NamedCall, context: QueryContext): unknown => ask(value, call, context)
  const machine: Machine =
    'init' in definition
      ? pureMachine({ ...definition, command: command as PureDispatch, query })
      : inPlaceMachine({ ...definition, command, query })
  return { ...machine, commandNames: [...commands.keys()], queryNames: [...queries.keys()] }
}

type Operations = Readonly<Record<string, Operation>>
type AnyWay =
  | PureDefinition<unknown, Operations, Operations>
  | InPlaceDefinition<unknown, unknown, Operations, Operations>
type PureDispatch = (value: unknown, call: unknown, context: ApplyContext) => readonly [unknown, unknown]

/** @throws {RaftedError} always: `invalid-argument`. */
function refuseWays(): never {
  throw new RaftedError(
    'invalid-argument',
    'A value has either `init` (pure) or `create` (in place); take one of them.',
    {
      outcome: 'not-applied',
    },
  )
}
