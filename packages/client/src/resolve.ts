/** What became of a command whose call ended as `unknown`. */
import { type Codec, RaftedError } from '@rafted/contracts'
import type { ResultResponse, Withdrawn } from '@rafted/wire'
import { askLeader } from './ask.ts'
import type { CommandId } from './command.ts'
import type { Context } from './context.ts'
import { invalidArgument } from './failures.ts'
import type { Groups } from './groups.ts'
import { operate } from './operate.ts'
import { checkKey, checkName } from './options.ts'
import type { Patience } from './patience.ts'
import { readResult } from './results.ts'

/** Whatever was called under a caller's own key. */
export interface CommandKey {
  readonly key: string
  /**
   * An index that the log of the group had reached before anything was called under the key (`lastIndex` of `status`, say). Default 0. The later it is, the sooner it can be told that
   * nothing ran: only results that stand behind it, and were forgotten, leave that open.
   */
  readonly since?: number | undefined
}

/** What became of a command. It stays so. */
export type Resolved =
  | {
      readonly outcome: 'applied'
      /** What the command returned. */
      readonly result: unknown
    }
  | {
      readonly outcome: 'not-applied'
      /** `withdrawn`: it was not done, and never will be. `command-error`, `command-failed`: what the call would have been rejected with. */
      readonly error: RaftedError
    }

interface Asked {
  /** Null for that of the group as the client knows it. */
  readonly incarnation: string | null
  readonly withdrawn: Withdrawn
}

/** Asks the leader. @throws {RaftedError} */
export async function resolveCommand(
  context: Context,
  groups: Groups,
  name: string,
  codec: Codec,
  { incarnation: meant, withdrawn }: Asked,
  patience: Patience,
): Promise<Resolved> {
  return operate(context, groups, name, patience, async (group) => {
    const make = (incarnation: string | null) =>
      ({ kind: 'resolve', group: name, incarnation: meant ?? incarnation, ...withdrawn }) as const
    return askLeader(context, group, make, patience).then(
      (answer) => resolvedOf(answer as ResultResponse, codec, name),
      (error: RaftedError): Resolved => {
        const { code, message } = error
        const outcome = 'not-applied'
        if (code === 'withdrawn') return { outcome, error: new RaftedError(code, message, { outcome }) }
        throw otherIncarnation(error, name, meant, group.known.incarnation) ?? error
      },
    )
  })
}

function resolvedOf(answer: ResultResponse, codec: Codec, group: string): Resolved {
  try {
    return { outcome: 'applied', result: readResult(answer, codec, 'command', group) }
  } catch (error) {
    const { outcome } = error as RaftedError
    if (outcome === 'not-applied') return { outcome, error: error as RaftedError }
    throw error
  }
}

/** The group was recovered or created anew since the command was called. */
function otherIncarnation(
  { code }: RaftedError,
  group: string,
  meant: string | null,
  present: string | null,
): RaftedError | null {
  if (code !== 'ambiguous-group' || meant === null || present === null || meant === present) return null
  return new RaftedError(
    'group-mismatch',
    `The command was called in incarnation ${meant} of the group "${group}", and that is ${present} now: recovered, or created anew. Its sessions are not those of before: ` +
      'ask by the key of the command, if it has one, or read the value.',
    { outcome: 'unknown', details: { incarnation: present } },
  )
}

/** However it fails, the command is as much in doubt as it was. @throws {RaftedError} whose outcome is `unknown`. */
export async function leftInDoubt<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof RaftedError) || error.outcome === 'unknown') throw error
    const { code, message, details, cause } = error
    throw new RaftedError(code, message, { outcome: 'unknown', details, cause })
  }
}

/** @throws {RaftedError} `invalid-argument`. */
export function askedOf(id: CommandId | CommandKey): Asked {
  if (typeof id !== 'object' || id === null) throw notAnId()
  const key = checkKey(id.key ?? undefined)
  if (!('session' in id)) {
    const { since = 0 } = id
    if (key === null) throw notAnId()
    if (!(Number.isSafeInteger(since) && since >= 0))
      throw invalidArgument(`\`since\` is an index, 0 or more, not ${String(since)}.`)
    return { incarnation: null, withdrawn: { session: 0, sequence: 0, key, since } }
  }
  const { incarnation, session, sequence } = id
  checkName('The incarnation of a command', incarnation)
  if (!isCount(session) || !isCount(sequence)) throw notAnId()
  return { incarnation, withdrawn: { session, sequence, key, since: 0 } }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function notAnId(): RaftedError {
  return invalidArgument(
    'What names a command is `details.id` of the error of its call, as it was, or { key } with the key that it was called with.',
  )
}
