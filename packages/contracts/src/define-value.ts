/** The definition of a replicated value with named, typed operations: in one of the two ways to write a machine. */
import { checkObject } from './definition-parts.ts'
import { RaftedError } from './errors.ts'
import { type InPlaceMachineOptions, inPlaceMachine } from './in-place-machine.ts'
import { machineVersions } from './machine-version.ts'
import { dispatcher } from './named-calls.ts'
import { type NamedOperation, type OperationForm, operationsByName } from './named-operations.ts'
import type {
  AppliedSignatures,
  CommandForms,
  OperationSignatures,
  PureSignatures,
  QueryForms,
} from './operation-forms.ts'
import type { NamedCall, ReservedName, ValueDefinition } from './operations.ts'
import { type PureMachineOptions, pureMachine } from './pure-machine.ts'
import type { AnySchema } from './standard-schema.ts'
import type { ApplyContext, Machine, QueryContext } from './state-machine.ts'

/** No operation is named so. */
type Without<Names extends PropertyKey> = { readonly [Name in Names]?: never }

/** A value that is immutable: commands make the next one from the last. */
export interface PureDefinition<Value, Commands, Queries, CommandSchemas, QuerySchemas>
  extends PureMachineOptions<Value> {
  /** By name: `(value, ...args) => [result, next value]`, or `{ input, since, run }` with that as `run` (`CommandOptions`). */
  readonly commands: Commands &
    CommandForms<Value, readonly [result: unknown, next: Value], CommandSchemas> &
    Without<ReservedName>
  /**
   * Name of the command, without arguments, that the leader has applied where the deadline has come: what is due by `this.time` is done in it. Callers
   * can call it as well.
   */
  readonly atDeadline?: string | undefined
  /** By name: `(value, ...args) => answer`, or `{ input, run }` with that as `run` (`OperationOptions`). */
  readonly queries: Queries & QueryForms<Value, QuerySchemas> & Without<ReservedName>
}

/** A large state that commands change in place. */
export interface InPlaceDefinition<State, Item, Commands, Queries, CommandSchemas, QuerySchemas>
  extends InPlaceMachineOptions<State, Item> {
  /** By name: `(state, ...args) => result`, or `{ input, since, run }`. A `CommandError` refuses, before anything is changed. */
  readonly commands: Commands & CommandForms<State, unknown, CommandSchemas> & Without<ReservedName>
  /**
   * Name of the command, without arguments, that the leader has applied where the deadline has come: what is due by `this.time` is done in it. Callers
   * can call it as well.
   */
  readonly atDeadline?: string | undefined
  /** By name: `(state, ...args) => answer`, or `{ input, run }`. */
  readonly queries: Queries & QueryForms<State, QuerySchemas> & Without<ReservedName>
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
 * An operation is a function, or `{ run }` with more said of it: `input`, what its arguments must be, and `since`, the version it is new in.
 * @throws {RaftedError} `invalid-argument` for names that can't be (reserved, or both a command and a query), and for parts that are
 * missing or of the wrong kind.
 */
export function defineValue<State, Item, Commands, Queries, const CommandSchemas, const QuerySchemas>(
  definition: InPlaceDefinition<State, Item, Commands, Queries, CommandSchemas, QuerySchemas>,
): ValueDefinition<OperationSignatures<Commands>, OperationSignatures<Queries>, AppliedSignatures<Commands>>
// The commoner way comes last: of a definition that fits neither, the compiler explains why it does not fit this one.
export function defineValue<Value, Commands, Queries, const CommandSchemas, const QuerySchemas>(
  definition: PureDefinition<Value, Commands, Queries, CommandSchemas, QuerySchemas>,
): ValueDefinition<PureSignatures<Commands>, OperationSignatures<Queries>, AppliedSignatures<Commands>>
export function defineValue(definition: AnyWay): ValueDefinition<never, never> {
  checkObject(definition, 'commands')
  checkObject(definition, 'queries')
  if ('init' in definition === 'create' in definition) refuseWays()
  const { version } = machineVersions(definition)
  const { atDeadline: named, ...rest } = definition
  const commands = operationsByName('command', definition.commands, null, version)
  const queries = operationsByName('query', definition.queries, commands, version)
  const command = dispatcher('command', commands)
  const ask = dispatcher('query', queries)
  const query = (value: unknown, call: NamedCall, context: QueryContext): unknown => ask(value, call, context)
  checkDeadline(definition, commands)
  const atDeadline: NamedCall | undefined = named === undefined ? undefined : [named]
  const machine: Machine =
    'init' in rest
      ? pureMachine({ ...rest, command: command as PureDispatch, query, atDeadline })
      : inPlaceMachine({ ...rest, command, query, atDeadline })
  return {
    ...machine,
    commandNames: [...commands.keys()],
    queryNames: [...queries.keys()],
    schemas: schemasByName(commands, queries),
  }
}

type Operations = Readonly<Record<string, OperationForm>>
type AnyWay =
  | PureDefinition<unknown, Operations, Operations, unknown, unknown>
  | InPlaceDefinition<unknown, unknown, Operations, Operations, unknown, unknown>
type PureDispatch = (value: unknown, call: unknown, context: ApplyContext) => readonly [unknown, unknown]

function schemasByName(
  ...all: readonly ReadonlyMap<string, NamedOperation>[]
): ReadonlyMap<string, readonly AnySchema[]> {
  const byName = new Map<string, readonly AnySchema[]>()
  for (const operations of all)
    for (const [name, { schemas }] of operations) if (schemas !== null) byName.set(name, schemas)
  return byName
}

/** @throws {RaftedError} `invalid-argument` */
function checkDeadline(
  { deadline, atDeadline }: Pick<AnyWay, 'deadline' | 'atDeadline'>,
  commands: ReadonlyMap<string, NamedOperation>,
): void {
  if (atDeadline === undefined) return
  if (deadline === undefined)
    refuse('`atDeadline` names a command for a deadline, and there is no `deadline`: give it.')
  if (!commands.has(atDeadline))
    refuse(`\`atDeadline\` names "${atDeadline}", which is none of the commands.`)
}

function refuse(message: string): never {
  throw new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}

/** @throws {RaftedError} always: `invalid-argument`. */
function refuseWays(): never {
  refuse('A value has either `init` (pure) or `create` (in place); take one of them.')
}
