/** A backup of a group, taken over the network from one of its members. */
import { RaftedError } from '@rafted/contracts'
import type { BackupResponse, WantedPiece } from '@rafted/wire'
import type { Asked } from './ask.ts'
import { attempt, pauseBeforeRetry } from './attempt.ts'
import { Backoff } from './backoff.ts'
import type { Address, Context } from './context.ts'
import type { Groups } from './groups.ts'
import { locateGroup } from './locate.ts'
import { operate } from './operate.ts'
import type { WaitOptions } from './options.ts'
import type { Patience } from './patience.ts'

/** What of a group is saved, and which of its members gives it. */
export interface ClientBackupOptions extends Pick<WaitOptions, 'signal'> {
  /** Which host's member. Null: the host this client lives in. Default: the leader's. */
  readonly at?: string | null | undefined
  /** With the log since the newest snapshot that is kept, so that it can be restored up to any index from there on. Default false. */
  readonly history?: boolean | undefined
  /** How long a part may take, milliseconds. Default: the client's. */
  readonly timeoutMs?: number | undefined
}

/** What may be over soon, where one certain host is asked. It gives a piece again whose answer was lost. */
const PASSING: ReadonlySet<string> = new Set([
  'timeout',
  'unreachable',
  'overloaded',
  'no-leader',
  'not-leader',
  'no-own-term-entry',
  'transferring',
])

/** Before its first part a host waits for a leader's word on what is committed, and each question begins a backup: it is not asked again too soon. */
const FIRST_MS = 12_000

/** @param patience of one part: made anew for each. @throws {RaftedError} what calls do; `aborted` if that host has given the backup up. */
export async function* backedUp(
  context: Context,
  groups: Groups,
  name: string,
  { at, history = false }: ClientBackupOptions,
  patience: () => Patience,
): AsyncGenerator<Uint8Array, void, undefined> {
  let address: Address | undefined = at
  let wanted = null as WantedPiece | null
  for (;;) {
    const still = patience()
    const given: BackupResponse = await operate(context, groups, name, still, async (group) => {
      address ??= at === null ? null : await memberToAsk(context, group, still)
      return await askPiece(context, group, { address, history, wanted }, still)
    })
    const { transfer, number, isLast, bytes } = given
    if (number !== (wanted?.number ?? 0) || (wanted !== null && transfer !== wanted.transfer))
      throw new RaftedError(
        'unreachable',
        `A host gave another part of the backup of "${name}" than was asked for.`,
        {
          outcome: 'not-applied',
        },
      )
    if (bytes.byteLength > 0) yield bytes
    if (isLast) return
    wanted = { transfer, number: number + 1 }
  }
}

interface Wanted {
  readonly address: Address
  readonly history: boolean
  readonly wanted: WantedPiece | null
}

async function askPiece(
  context: Context,
  { name, known }: Asked,
  { address, history, wanted }: Wanted,
  patience: Patience,
): Promise<BackupResponse> {
  const backoff = new Backoff(context.random)
  for (;;) {
    patience.check()
    const request = {
      kind: 'backup',
      group: name,
      incarnation: known.incarnation,
      history,
      piece: wanted,
    } as const
    const maxMs = wanted === null ? FIRST_MS : context.attemptTimeoutMs
    const response = await attempt(context, address, request, patience, maxMs)
    if (response.kind !== 'error') return response as BackupResponse
    patience.note(response)
    if (!PASSING.has(response.code)) {
      // That the caller has given up is told as such.
      patience.check()
      throw patience.failed(response)
    }
    await pauseBeforeRetry(context, name, backoff, patience)
  }
}

async function memberToAsk(context: Context, group: Asked, patience: Patience): Promise<Address> {
  const { leader, members } = await locateGroup(context, group, patience)
  return leader ?? members[0] ?? null
}
