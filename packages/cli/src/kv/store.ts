/** The key-value store that a command is told of. */
import type { Kv } from '@rafted/recipes'
import { wholeNumberOf } from '../arguments.ts'
import type { Call, Option } from '../command.ts'
import { type Connection, withClient } from '../connection/client.ts'
import { connectionOptions, DEFAULT_GROUP, groupOption } from '../connection/options.ts'
import { asKind } from '../group/kind.ts'

export const storeOptions: readonly Option[] = [
  groupOption(DEFAULT_GROUP, 'RAFTED_GROUP'),
  ...connectionOptions,
]

export interface Store extends Connection {
  readonly group: string
  readonly store: Kv
}

/** Runs `use` with the store; its calls take as long as `--timeout` says. @param group default: that of the option. @throws {RaftedError} */
export async function withStore<T>(
  call: Call,
  use: (store: Store) => Promise<T>,
  group = call.option('group') ?? DEFAULT_GROUP,
): Promise<T> {
  return await withClient(call, async (connection) => {
    const { kv, kvStore } = await import('@rafted/recipes')
    const { client, timeoutMs } = connection
    const store = kv(client.value(group, kvStore)).with({ timeoutMs })
    return await asKind(group, 'key-value store', () => use({ ...connection, group, store }))
  })
}

export const keyOption: Option = {
  name: 'idempotency-key',
  value: 'ID',
  text: 'asked again with the same one, it takes effect once, and answers the same',
}

/** @returns options of `with`. */
export function idempotencyOf(call: Call): { readonly key?: string } {
  const key = call.option('idempotency-key')
  return key === null ? {} : { key }
}

export const revisionOption: Option = {
  name: 'if-revision',
  value: 'N',
  text: 'only if the key is still of this revision',
}

/** @returns undefined if it was not given. @throws {WrongUse} */
export function revisionOf(call: Call): number | undefined {
  return wholeNumberOf('if-revision', call.option('if-revision'), [0, Number.MAX_SAFE_INTEGER]) ?? undefined
}
