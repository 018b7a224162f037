/** How a group begins with what a backup holds. */
import { codecOf, isRaftedError, type LogWrite, type Machine, RaftedError } from '@rafted/contracts'
import type { Configuration } from '@rafted/core'
import type { HostContext } from '../context.ts'
import type { ReplicatedState } from '../replicated-state.ts'
import { SnapshotWriter } from '../snapshot-content.ts'
import { stateOfBackup } from './restored.ts'

/** All of it is read and believed before anything is created. @returns null if there is none to begin with. */
export async function readBackup(
  from: AsyncIterable<Uint8Array> | undefined,
  host: HostContext,
  machine: Machine,
  upTo: number | null,
): Promise<ReplicatedState | { readonly error: RaftedError } | null> {
  if (from === undefined && upTo === null) return null
  if (typeof from?.[Symbol.asyncIterator] !== 'function') {
    const message =
      'from must be a backup: a stream of bytes, as a file that is read, or an async iterable. upTo is of no use without it.'
    return { error: new RaftedError('invalid-argument', message, { outcome: 'not-applied' }) }
  }
  const source = from[Symbol.asyncIterator]()
  try {
    const codec = codecOf(machine, host.codec)
    const once = { [Symbol.asyncIterator]: () => source }
    return await stateOfBackup(once, { machine, codec, upTo, clock: host.clock })
  } catch (error) {
    return { error: isRaftedError(error) ? error : cantRestore(error) }
  } finally {
    // A file that is not read to its end would stay open.
    await source.return?.()
  }
}

/**
 * Keeps the state as the snapshot that the new group begins with. Until the log is reset to it, it is nobody's.
 * @returns the write that does that.
 */
export async function writeRestored(
  host: HostContext,
  group: string,
  incarnation: string,
  restored: ReplicatedState,
  configuration: Configuration,
): Promise<LogWrite> {
  restored.configuration = { index: restored.applied.index, configuration }
  const writer = new SnapshotWriter(restored, incarnation)
  const meta = await host.snapshots.save(group, pieces(host, writer), () => writer.meta())
  return { term: meta.term, vote: null, reset: meta, truncateFrom: null, entries: [] }
}

async function* pieces({ clock }: HostContext, writer: SnapshotWriter): AsyncGenerator<Uint8Array> {
  for (const chunk of writer) {
    yield chunk
    await new Promise<void>((resolve) => clock.soon(resolve))
  }
}

function cantRestore(cause: unknown): RaftedError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new RaftedError(
    'unsupported',
    `The machine can't begin with this backup: ${why}. Restore it with the machine that the group had.`,
    { outcome: 'not-applied', cause },
  )
}
