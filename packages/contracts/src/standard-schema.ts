/**
 * The Standard Schema interface, version 1 (https://standardschema.dev), by which zod, valibot, arktype and others validate for who
 * doesn't know them. Types and a look: whoever brings a schema brings its library.
 */

/** What validates. `Input` is what it takes, `Output` what it makes of it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What the interface defines; a library has the rest of its own beside it. */
  readonly '~standard': {
    /** Of the interface. */
    readonly version: 1
    /** The library that the schema is of. */
    readonly vendor: string
    /** Checks a value. Doesn't throw for one that is wrong: that is a result with `issues`. */
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    /** Never present at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a validator has come to: the value that it made, or what is wrong. With `issues` there is no value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One thing that is wrong with a value. */
export interface StandardIssue {
  readonly message: string
  /** Where in the value; nothing stands for the value itself. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** A schema, whatever it takes and makes. */
// biome-ignore lint/suspicious/noExplicitAny: whatever it takes and makes; inference reads it back.
export type AnySchema = StandardSchema<any, any>

/** One schema for the one argument, or an array of one for each. */
export type ArgumentSchemas = AnySchema | readonly AnySchema[]

/** What callers give: what the schemas take. Where undefined will do for the last ones, they may be left out. */
export type InputsOf<Schemas> = Schemas extends AnySchema
  ? OptionalAtTheEnd<[input: InputOf<Schemas>]>
  : Schemas extends readonly unknown[]
    ? OptionalAtTheEnd<{ -readonly [At in keyof Schemas]: InputOf<Schemas[At]> }>
    : never

/** What an operation gets: what the schemas make of it. */
export type OutputsOf<Schemas> = Schemas extends AnySchema
  ? [input: OutputOf<Schemas>]
  : Schemas extends readonly unknown[]
    ? { -readonly [At in keyof Schemas]: OutputOf<Schemas[At]> }
    : never

type InputOf<Schema> = Schema extends AnySchema ? NonNullable<Schema['~standard']['types']>['input'] : never

type OutputOf<Schema> = Schema extends AnySchema ? NonNullable<Schema['~standard']['types']>['output'] : never

type OptionalAtTheEnd<Args extends readonly unknown[]> = Args extends readonly [...infer Before, infer Last]
  ? undefined extends Last
    ? [...OptionalAtTheEnd<Before>, Last?]
    : Args
  : Args

/** Whether this is a schema: of some libraries they are objects, of others functions. */
export function isStandardSchema(value: unknown): value is AnySchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard = (value as Partial<AnySchema>)['~standard']
  return standard?.version === 1 && typeof standard.validate === 'function'
}
