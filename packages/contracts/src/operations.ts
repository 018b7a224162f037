/** The named operations of a replicated value: what a definition says of them, and how a call travels. */
import type { AnySchema } from './standard-schema.ts'
import type { Machine } from './state-machine.ts'

/** Names a handle keeps for itself; no operation may have one of them. */
export const reservedNames = ['with', 'watch', 'watchQuery', 'then'] as const
/** A name that no operation may have. */
export type ReservedName = (typeof reservedNames)[number]

/** What callers see of operations: their arguments, without the value, and what comes back. */
// biome-ignore lint/suspicious/noExplicitAny: operations take whatever their author declared; inference reads it back.
export type Signatures = Readonly<Record<string, (...args: any[]) => unknown>>

/** How a command or query of a definition travels: its name, then its arguments. */
export type NamedCall = readonly [name: string, ...args: unknown[]]

/**
 * A machine that also knows its operations, for handles: what `defineValue` returns. `apply` and `query` of its
 * instances take a `NamedCall`. The names of commands and queries have none in common, and none is a `ReservedName`.
 */
export interface ValueDefinition<
  Commands extends Signatures,
  Queries extends Signatures,
  Applied extends Signatures = Commands,
> extends Machine {
  readonly commandNames: readonly string[]
  readonly queryNames: readonly string[]
  /** What the arguments must be, by the name of the operation: for whoever sends it. Nothing stands for those that are taken as they are. */
  readonly schemas?: ReadonlyMap<string, readonly AnySchema[]> | undefined
  /** Types only: never present at run time. */
  readonly types?: { readonly commands: Commands; readonly queries: Queries; readonly applied: Applied }
}

/** Any definition, whatever its operations. */
export type AnyDefinition = ValueDefinition<Signatures, Signatures>

/** The commands of a definition as callers see them. */
export type CommandsOf<D extends AnyDefinition> = NonNullable<D['types']>['commands']

/** The commands of a definition as they stand in the log: with what the schemas have made of the arguments. */
export type AppliedOf<D extends AnyDefinition> = NonNullable<D['types']>['applied']

/** The queries of a definition as callers see them. */
export type QueriesOf<D extends AnyDefinition> = NonNullable<D['types']>['queries']
