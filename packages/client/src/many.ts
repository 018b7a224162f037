/** Many commands in one call. */
import type { AnyDefinition, CommandsOf, RaftedError } from '@rafted/contracts'
import { invalidArgument } from './failures.ts'
import { checkKey } from './options.ts'

/** A command of a definition: its name, then its arguments. */
export type CommandCall<D extends AnyDefinition> = {
  readonly [Name in keyof CommandsOf<D> & string]: readonly [
    name: Name,
    ...args: Parameters<CommandsOf<D>[Name]>,
  ]
}[keyof CommandsOf<D> & string]

/** What came of one command among many: its result, or its error. */
export type Settled<Result> =
  | { readonly status: 'fulfilled'; readonly value: Result }
  | { readonly status: 'rejected'; readonly reason: RaftedError }

/** What came of each of these commands, in their order. */
export type SettledCommands<D extends AnyDefinition, Calls extends readonly CommandCall<D>[]> = {
  readonly [At in keyof Calls]: Settled<ReturnType<CommandsOf<D>[Calls[At][0]]>>
}

/** @returns of each command its own key, or undefined for all. @throws {RaftedError} `invalid-argument`. */
export function keysOf(
  commands: readonly unknown[],
  key: string | undefined,
): (at: number) => string | undefined {
  if (!Array.isArray(commands))
    throw invalidArgument('The commands are an array, each with its name and its arguments.')
  if (key === undefined) return () => undefined
  const keyAt = (at: number): string => `${checkKey(key)}/${at}`
  checkKey(keyAt(commands.length))
  return keyAt
}

/** Never rejects. */
export async function settled(calls: readonly Promise<unknown>[]): Promise<Settled<unknown>[]> {
  return (await Promise.allSettled(calls)) as Settled<unknown>[]
}
