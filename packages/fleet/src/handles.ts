/** Handles to values by the names that the fleet knows groups by, whichever incarnation there is, and wherever it is. */
import type { Client, MachineHandle } from '@rafted/client'
import {
  type AnyDefinition,
  type CallOptions,
  isRaftedError,
  type Machine,
  type ValueHandle,
} from '@rafted/contracts'

/** Finds the group. @throws {RaftedError} `no-such-group`. */
export type FindRaft = (name: string, isDoubted: boolean) => Promise<string>

type Method = (...args: unknown[]) => unknown
type AnyHandle = Readonly<Record<string, Method>>

/** Each call goes to the group that there is then. One that was removed, and added anew, is another, which the handle finds. */
export function fleetHandle<D extends AnyDefinition>(
  client: Client,
  find: FindRaft,
  name: string,
  definition: D,
  options: CallOptions,
): ValueHandle<D> {
  const of = (raft: string): AnyHandle =>
    (client.value(raft, definition) as unknown as { with(over: CallOptions): AnyHandle }).with(options)
  const call = (operation: string, args: readonly unknown[]): Promise<unknown> =>
    found(find, name, (raft) => of(raft)[operation]!(...args))
  const handle: Record<string, Method> = {}
  for (const operation of [...definition.commandNames, ...definition.queryNames])
    handle[operation] = (...args) => call(operation, args)
  handle.with = (over) =>
    fleetHandle(client, find, name, definition, { ...options, ...(over as CallOptions) })
  for (const watching of ['watch', 'watchQuery'] as const)
    handle[watching] = (...args) => watchLater(async () => of(await find(name, false))[watching]!(...args))
  return Object.freeze(handle) as unknown as ValueHandle<D>
}

/** The same for a machine without named operations. */
export function fleetMachineHandle(
  client: Client,
  find: FindRaft,
  name: string,
  machine: Pick<Machine, 'codec'> & Partial<Machine>,
): Pick<MachineHandle, 'command' | 'query'> {
  return {
    command: (command, options) =>
      found(find, name, (raft) => client.machine(raft, machine).command(command, options)),
    query: (query, options) =>
      found(find, name, (raft) => client.machine(raft, machine).query(query, options)),
  }
}

/** Asks the group of this name; once more, where it turns out that there is another by now. */
async function found(find: FindRaft, name: string, ask: (raft: string) => unknown): Promise<unknown> {
  const raft = await find(name, false)
  try {
    return await ask(raft)
  } catch (error) {
    // Nothing has happened: it was asked of hosts that don't hold it, or not any more.
    if (!isRaftedError(error, 'no-such-group') || error.outcome !== 'not-applied') throw error
    const now = await find(name, true)
    if (now === raft) throw error
    return await ask(now)
  }
}

/** A watch of a group that has to be found first. It begins at once: what is done from now on is told. */
function watchLater(begin: () => Promise<unknown>): AsyncIterableIterator<unknown> {
  const begun = begin() as Promise<AsyncIterableIterator<unknown>>
  // Whoever reads learns of it.
  begun.catch(() => {})
  return {
    next: async () => (await begun).next(),
    return: async () => {
      const watch = await begun.catch(() => null)
      await watch?.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
