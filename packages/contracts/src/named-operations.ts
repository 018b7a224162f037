/** The operations of a definition by name: looked at when it is made, so that nothing has happened yet where they can't be. */
import { RaftedError } from './errors.ts'
import { reservedNames } from './operations.ts'
import { type AnySchema, type ArgumentSchemas, isStandardSchema } from './standard-schema.ts'

// biome-ignore lint/suspicious/noExplicitAny: operations take whatever their author declared.
export type Operation = (this: any, value: any, ...args: any[]) => unknown

/** As a definition has them: what they do, or that with more said of it. */
export type OperationForm =
  | Operation
  | { readonly run: Operation; readonly input?: ArgumentSchemas; readonly since?: number }

/** One operation, with all that is said of it. */
export interface NamedOperation {
  readonly run: Operation
  /** By place of the argument, or null: arguments are taken as they are. */
  readonly schemas: readonly AnySchema[] | null
  /** The version of the machine from which on it is there. */
  readonly since: number
}

/** A handle is a plain object to build: this name would set its prototype. */
const FORBIDDEN = new Set<string>([...reservedNames, '__proto__'])

/** The language calls these by itself, as in a template: a handle must not send a command for that. */
const CALLED_UNASKED = new Set(['toString', 'valueOf', 'toJSON', 'constructor'])

/** What may be said of an operation. Anything else is a slip of the pen, and nothing would come of it. */
const SAID = { command: ['input', 'run', 'since'], query: ['input', 'run'] } as const

/**
 * @param others names that are taken.
 * @param version the newest that the machine's code knows.
 * @throws {RaftedError} `invalid-argument` for a name that can't be, one of `others`, and what is no operation.
 */
export function operationsByName(
  kind: 'command' | 'query',
  forms: Readonly<Record<string, OperationForm>>,
  others: ReadonlyMap<string, unknown> | null,
  version: number,
): ReadonlyMap<string, NamedOperation> {
  const byName = new Map<string, NamedOperation>()
  for (const [name, form] of Object.entries(forms)) {
    if (FORBIDDEN.has(name)) refuse(name, 'is a name that handles keep for themselves')
    if (CALLED_UNASKED.has(name)) refuse(name, 'is a name that the language calls by itself')
    if (others?.has(name) === true) refuse(name, 'is both a command and a query')
    byName.set(
      name,
      typeof form === 'function' ? { run: form, schemas: null, since: 0 } : said(kind, name, form, version),
    )
  }
  return byName
}

function said(
  kind: 'command' | 'query',
  name: string,
  form: Exclude<OperationForm, Operation>,
  version: number,
): NamedOperation {
  if (typeof form !== 'object' || form === null || typeof form.run !== 'function')
    refuse(name, 'is no function, and no object with a function `run`')
  const known: readonly string[] = SAID[kind]
  for (const key of Object.keys(form))
    if (!known.includes(key))
      refuse(name, `says \`${key}\`, and of a ${kind} only ${known.join(', ')} can be said`)
  const { run, input, since = 0 } = form
  if (form.since !== undefined && !(Number.isSafeInteger(since) && since >= 1 && since <= version))
    refuse(
      name,
      `is there since version ${since}, which is none from 1 to the \`version\` of this machine, ${version}`,
    )
  return { run, since, schemas: input === undefined ? null : schemasOf(name, input) }
}

function schemasOf(name: string, input: ArgumentSchemas): readonly AnySchema[] {
  const schemas: readonly AnySchema[] = Array.isArray(input) ? input : [input as AnySchema]
  if (!schemas.every(isStandardSchema))
    refuse(name, 'has an `input` that is no Standard Schema, and no array of them')
  return schemas
}

/** @throws {RaftedError} always: `invalid-argument`. */
function refuse(name: string, problem: string): never {
  throw new RaftedError(
    'invalid-argument',
    `The operation ${JSON.stringify(name)} ${problem}; change or remove it.`,
    { outcome: 'not-applied', details: { name } },
  )
}
