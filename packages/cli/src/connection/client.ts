/** A client of the cluster that a command is told of. */
import { isRaftedError, RaftedError } from '@rafted/contracts'
import type { Client } from 'rafted'
import { durationOf } from '../arguments.ts'
import type { Call } from '../command.ts'
import { RECIPES } from '../host/recipes.ts'
import { Interrupted } from '../interrupted.ts'
import { type Credentials, checkGuarded, clientNamed, readCredentials, tlsFilesOf } from './credentials.ts'
import { addressesOf, DEFAULT_CLUSTER, DEFAULT_TIMEOUT_MS } from './options.ts'

export interface Connection {
  readonly client: Client
  /** The first one is the host that is meant where one is. */
  readonly addresses: readonly [string, ...string[]]
  readonly timeoutMs: number
}

/** Runs `use` with a client, and closes it. @throws {RaftedError} what `use` throws, in words for people at a command line; {@link WrongUse}. */
export async function withClient<T>(call: Call, use: (connection: Connection) => Promise<T>): Promise<T> {
  const cluster = call.option('cluster') ?? DEFAULT_CLUSTER
  const [first, ...others] = addressesOf(call)
  const addresses = [first!, ...others] as const
  const timeoutMs = durationOf('timeout', call.option('timeout')) ?? DEFAULT_TIMEOUT_MS
  const credentials = await credentialsOf(call)
  for (const address of addresses) checkGuarded(address, credentials)
  const { secret, tls } = credentials
  const name = call.option('name') ?? (tls === undefined ? null : clientNamed(tls.cert, cluster))
  const { createClient } = await import('rafted')
  const client = await createClient({ cluster, addresses, secret, tls, name: name ?? undefined })
  try {
    return await use({ client, addresses, timeoutMs })
  } catch (error) {
    throw advised(error, addresses[0])
  } finally {
    await client.close()
  }
}

function credentialsOf(call: Call): Promise<Credentials> {
  const [key, cert, ca] = [call.option('tls-key'), call.option('tls-cert'), call.option('tls-ca')]
  const files = { secretFile: call.option('secret-file'), tls: tlsFilesOf({ key, cert, ca }) }
  return readCredentials(call.terminal, files)
}

/** What a program would be told to call, a person is told to type. @param at where the host is that is asked; null where none is. */
export function advised(error: unknown, at: string | null): unknown {
  if (isRaftedError(error, 'peers-unreachable'))
    return saying(
      error,
      error.message.replace("create it with { unreachable: 'checked' }", UNREACHABLE_CHECKED),
    )
  if (!isRaftedError(error, 'no-such-group') || at === null) return error
  const message = error.message
    .replace(/Create it once: client\.createGroup\('(.*?)',.*$/s, `Create it once: rafted init $1 --at ${at}`)
    .replace(/Call host\.group\("(.*?)".*$/s, (_, group: string) => startedWith(group))
  return saying(error, message)
}

const UNREACHABLE_CHECKED = 'do the same with --unreachable-checked'

function saying(error: RaftedError, message: string): RaftedError {
  const { code, outcome, details } = error
  return new RaftedError(code, message, { outcome, details, cause: error })
}

/** A group of the name of a recipe is meant to be that: `lock` uses one called locks. */
function startedWith(group: string): string {
  const recipe = RECIPES.find((name) => name === group) ?? 'kv'
  return `Start it with that group, beside those that it has: rafted start --group ${group}=${recipe}`
}

/** Runs what takes its time, and may be ended by a signal of the terminal. @throws {Interrupted} */
export async function interruptibly<T>(call: Call, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = call.terminal.interrupted()
  try {
    return await use(signal)
  } catch (error) {
    if (signal.aborted) throw new Interrupted(signal.reason)
    throw error
  }
}
