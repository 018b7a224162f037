/** How the operations of a value are written, and what their callers see of them. Types alone. */
import type { ArgumentSchemas, InputsOf, OutputsOf } from './standard-schema.ts'
import type { ApplyContext, QueryContext } from './state-machine.ts'

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

/** What an operation says of itself beside what it does. */
export interface OperationOptions<Schemas = ArgumentSchemas> {
  /**
   * What its arguments must be, by schemas of any library that speaks Standard Schema: one for the one argument, or an array of one for each. They
   * are validated by the handle, before anything is sent; callers give what the schemas take, and the operation gets what they make of it.
   */
  readonly input?: (Schemas & ArgumentSchemas) | undefined
}

/** What a command says of itself beside what it does. */
export interface CommandOptions<Schemas = ArgumentSchemas> extends OperationOptions<Schemas> {
  /**
   * The version of the machine that this command is new in. Where an older one is in force, it is refused as code of that version refuses it
   * (`unknown-command`), on every member alike. Default: it has always been there.
   */
  readonly since?: number | undefined
}

/** What an operation gets of its caller: what the schemas make of the arguments, or, without schemas, whatever its author says. */
type ArgsOf<Schemas> = Schemas extends ArgumentSchemas ? OutputsOf<Schemas> : any[]

/** A command as a function, or with more said of it. */
type CommandForm<Value, Out, Schemas> =
  | ((this: ApplyContext, value: Value, ...args: any[]) => Out)
  | (CommandOptions<Schemas> & {
      readonly run: (this: ApplyContext, value: Value, ...args: ArgsOf<Schemas>) => Out
    })

/** A query as a function, or with more said of it. */
type QueryForm<Value, Schemas> =
  | Query<Value>
  | (OperationOptions<Schemas> & {
      /** What queries answer may differ between members: there is nothing to keep alike. */
      readonly since?: undefined
      readonly run: (this: QueryContext, value: Value, ...args: ArgsOf<Schemas>) => unknown
    })

/** By name, each with the schemas of its arguments, where it has some. */
export type CommandForms<Value, Out, Schemas> = {
  readonly [Name in keyof Schemas]: CommandForm<Value, Out, Schemas[Name]>
}
/** As `CommandForms`, of queries. */
export type QueryForms<Value, Schemas> = { readonly [Name in keyof Schemas]: QueryForm<Value, Schemas[Name]> }

/** A pure command as its callers see it. */
export type PureSignatures<Commands> = {
  readonly [Name in keyof Commands]: RunOf<Commands[Name]> extends (
    this: any,
    value: any,
    ...args: infer Args
  ) => readonly [infer Result, unknown]
    ? (...args: CallerArgs<Commands[Name], Args>) => Result
    : never
}

/** An in-place command, or a query, as its callers see it. */
export type OperationSignatures<Operations> = {
  readonly [Name in keyof Operations]: RunOf<Operations[Name]> extends (
    this: any,
    value: any,
    ...args: infer Args
  ) => infer Result
    ? (...args: CallerArgs<Operations[Name], Args>) => Result
    : never
}

/** A command as it stands in the log: with the arguments that it gets. The log has no results. */
export type AppliedSignatures<Commands> = {
  readonly [Name in keyof Commands]: RunOf<Commands[Name]> extends (
    this: any,
    value: any,
    ...args: infer Args
  ) => unknown
    ? (...args: Args) => never
    : never
}

type RunOf<Operation> = Operation extends { readonly run: infer Run } ? Run : Operation

/** What its schemas take, or, without schemas, what it takes itself. */
type CallerArgs<Operation, Args extends any[]> = Operation extends { readonly input: infer Schemas }
  ? InputsOf<Schemas>
  : Args

// biome-ignore-end lint/suspicious/noExplicitAny: until here
