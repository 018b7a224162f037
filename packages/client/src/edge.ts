/** The edge of a client: what callers ask of a value is looked at here, before anything is sent. */
import { type AnyDefinition, type Codec, RaftedError } from '@rafted/contracts'
import { pathText } from '@rafted/wire'
import { invalidArgument } from './failures.ts'
import { isThenable, validated } from './validation.ts'

/** What is known of a value's operations. */
export type Operations = Pick<AnyDefinition, 'commandNames' | 'queryNames' | 'schemas'>

export class Edge {
  readonly #group: string
  readonly #codec: Codec
  /** Null for a machine without named operations: it takes whatever it takes. */
  readonly #operations: Operations | null

  constructor(group: string, codec: Codec, operations: Operations | null) {
    this.#group = group
    this.#codec = codec
    this.#operations = operations
  }

  /**
   * @returns what is to be sent for `asked`: at once, unless a validator takes its time.
   * @throws {RaftedError} `invalid-argument`; a promise rejects with it.
   */
  check(kind: 'command' | 'query', asked: unknown): unknown {
    const operations = this.#operations
    if (operations === null) return asked
    const names = kind === 'command' ? operations.commandNames : operations.queryNames
    const name: unknown = Array.isArray(asked) ? asked[0] : undefined
    if (typeof name !== 'string' || !names.includes(name)) throw this.#unknown(kind, names, name)
    const schemas = operations.schemas?.get(name)
    if (schemas === undefined) return asked
    const args = validated(this.#what(name), schemas, (asked as readonly unknown[]).slice(1))
    return isThenable(args) ? args.then((all) => [name, ...all]) : [name, ...(args as readonly unknown[])]
  }

  /** @throws {RaftedError} `invalid-argument`, `too-large`: naming what the codec can't carry. */
  encode(asked: unknown): Uint8Array {
    try {
      return this.#codec.encode(asked)
    } catch (error) {
      throw this.#operations !== null && Array.isArray(asked)
        ? this.#inArguments(asked, error)
        : this.#cantEncode(error)
    }
  }

  #inArguments(asked: readonly unknown[], error: unknown): RaftedError {
    const name = String(asked[0])
    const { path, problem } = error instanceof RaftedError ? error.details : {}
    if (!Array.isArray(path) || typeof path[0] !== 'number' || path[0] === 0 || typeof problem !== 'string')
      return this.#cantEncode(error)
    const inArgs: readonly unknown[] = [path[0] - 1, ...path.slice(1)]
    return new RaftedError(
      'invalid-argument',
      `${this.#what(name)} can't be sent: ${pathText('args', inArgs)} ${problem}.`,
      { outcome: 'not-applied', details: { path: inArgs, problem } },
    )
  }

  /** What a codec of the user's own throws is its own affair: callers get one of the codes they know. */
  #cantEncode(error: unknown): RaftedError {
    if (error instanceof RaftedError && error.outcome === 'not-applied')
      if (error.code === 'invalid-argument' || error.code === 'too-large') return error
    return invalidArgument(`The codec can't encode what "${this.#group}" is asked.`, error)
  }

  #unknown(kind: 'command' | 'query', names: readonly string[], name: unknown): RaftedError {
    const what =
      typeof name === 'string'
        ? `no ${kind} ${JSON.stringify(name.slice(0, 64))}`
        : `no such ${kind}: it has a name`
    return invalidArgument(`"${this.#group}" has ${what}. There are: ${names.join(', ') || 'none'}.`)
  }

  #what(name: string): string {
    return `${name} of "${this.#group}"`
  }
}

/** The operations of a definition, or null for a machine that has no named ones. */
export function operationsOf(machine: object): Operations | null {
  const { commandNames, queryNames } = machine as Partial<Operations>
  return Array.isArray(commandNames) && Array.isArray(queryNames) ? (machine as Operations) : null
}
