/**
 * A backup of a group, taken online from any of its members: all that was acknowledged before it was asked for is in it, and nothing that was not
 * committed. Streamed: never more than a few frames of it are in memory.
 */
import { RaftedError } from '@rafted/contracts'
import type { Position } from '@rafted/core'
import type { Link } from '@rafted/wire'
import type { HostContext } from '../context.ts'
import type { Member } from '../member.ts'
import { NO_QUERY } from '../queries.ts'
import { SnapshotWriter } from '../snapshot-content.ts'
import { FRAME_BYTES, FrameKind, FrameWriter } from './frames.ts'
import { encodeBegin, encodeContentEnd, encodeEnd, encodeEntries } from './layout.ts'

const PAGE_ENTRIES = 4096

/** What of a group is saved, and how long a leader is waited for. */
export interface BackupOptions {
  /**
   * Takes the newest snapshot that is kept, and the log from there on, instead of the value as it is: so the group can be restored as it was at any index
   * from that snapshot on (`upTo`). Default false.
   */
  readonly history?: boolean
  /** How long to wait for a leader's word on what is committed, milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

export interface BackupSource {
  readonly host: HostContext
  /** Of that host. */
  readonly link: Link
  readonly member: Member
}

/**
 * Begins when its first bytes are asked for.
 * @throws {RaftedError} `no-leader`, `timeout` and others of a query; `member-stopped`; `aborted` if the log was given up while it was read, which another
 * attempt gets over; `damaged-storage`.
 */
export async function* backupOf(
  source: BackupSource,
  { history = false, timeoutMs = 10_000 }: BackupOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const index = await committedIndex(source, timeoutMs)
  const frames = new FrameWriter()
  const last = history ? yield* ofHistory(source, frames, index) : yield* ofValue(source, frames)
  yield frames.frame(FrameKind.end, encodeEnd(last))
}

/** All that was acknowledged before the call is applied here when it is answered (thesis §6.4). */
export async function committedIndex(
  { link, member }: Pick<BackupSource, 'link' | 'member'>,
  timeoutMs: number,
): Promise<number> {
  const { group, incarnation } = member
  const asked = { payload: NO_QUERY, read: 'linearizable', maxStalenessMs: 0, here: true } as const
  const response = await link.call(null, { kind: 'query', group, incarnation, ...asked }, timeoutMs)
  if (response.kind === 'result') return response.index
  const [code, message] =
    response.kind === 'error' ? [response.code, response.message] : (['timeout', 'No answer came.'] as const)
  throw new RaftedError(code, message, { outcome: 'not-applied' })
}

/** The value as it is now. The view is frozen: the machine goes on meanwhile. */
async function* ofValue(
  { member }: BackupSource,
  frames: FrameWriter,
): AsyncGenerator<Uint8Array, Position, undefined> {
  const { group, incarnation, state } = member
  const writer = new SnapshotWriter(state, incarnation)
  const meta = writer.meta()
  try {
    yield frames.frame(FrameKind.begin, encodeBegin({ group, incarnation, meta }))
    for (const chunk of writer) yield* cut(chunk, frames)
  } finally {
    writer.end()
  }
  yield frames.frame(FrameKind.contentEnd, encodeContentEnd(writer.meta()))
  return { index: meta.index, term: meta.term }
}

async function* ofHistory(
  { host, member }: BackupSource,
  frames: FrameWriter,
  to: number,
): AsyncGenerator<Uint8Array, Position, undefined> {
  const { group, incarnation } = member
  const snapshot = await host.snapshots.latest(group)
  const meta = snapshot?.meta ?? null
  yield frames.frame(FrameKind.begin, encodeBegin({ group, incarnation, meta }))
  if (snapshot !== null) {
    for await (const chunk of snapshot.chunks) yield* cut(chunk, frames)
    yield frames.frame(FrameKind.contentEnd, encodeContentEnd(snapshot.meta))
  }
  let last: Position = { index: meta?.index ?? 0, term: meta?.term ?? 0 }
  while (last.index < to) {
    const count = Math.min(PAGE_ENTRIES, to - last.index)
    const entries = await host.logs.read(group, last.index + 1, count, FRAME_BYTES)
    if (entries[0]?.index !== last.index + 1) throw gone(group, last.index + 1)
    yield frames.frame(FrameKind.entries, encodeEntries(entries))
    last = entries.at(-1)!
  }
  return { index: last.index, term: last.term }
}

/** A machine's chunk may be of any length. */
function* cut(chunk: Uint8Array, frames: FrameWriter): Generator<Uint8Array> {
  for (let at = 0; at < chunk.byteLength; at += FRAME_BYTES)
    yield frames.frame(FrameKind.content, chunk.subarray(at, at + FRAME_BYTES))
}

function gone(group: string, index: number): RaftedError {
  return new RaftedError(
    'aborted',
    `Entry ${index} of group "${group}" can't be read here any more: two snapshots were taken while the backup was read, or it is damaged. Take the backup again, or at another member.`,
    { outcome: 'not-applied', details: { index } },
  )
}
