/**
 * The state that a backup holds, as it was at one index. It is made by the same code that a member's own is: a snapshot is restored and entries are
 * applied, with the sessions of that time, so that no command that stands twice in the log takes effect twice.
 */
import { crc32 } from 'node:zlib'
import { type Clock, isRaftedError, type LogEntry, RaftedError } from '@rafted/contracts'
import { ReplicatedState, type StateOptions } from '../replicated-state.ts'
import { Sessions } from '../sessions.ts'
import { restoreState } from '../snapshot-content.ts'
import { damagedBackup, type Frame, FrameKind, framesOf } from './frames.ts'
import { type BackupBegin, decodeBegin, decodeContentEnd, decodeEnd, decodeEntries } from './layout.ts'

export interface RestoreOptions extends StateOptions {
  /** The index to stop at; null for all that the backup holds. */
  readonly upTo: number | null
  readonly clock: Pick<Clock, 'soon'>
}

/**
 * Reads a backup to its end, also behind `upTo`: what is damaged is never used in part.
 * @throws {RaftedError} `damaged-storage`, `version-mismatch`, `invalid-argument` (an index that it doesn't hold), `unsupported`, `member-stopped` (the
 * machine can't apply an entry), and what the machine throws.
 */
export async function stateOfBackup(
  source: AsyncIterable<Uint8Array>,
  options: RestoreOptions,
): Promise<ReplicatedState> {
  const frames = new Frames(framesOf(source))
  const begin = await frames.next(FrameKind.begin, decodeBegin)
  checkFirst(begin, options.upTo)
  const state = await snapshotState(begin, frames, options)
  await applyEntries(state, frames, options)
  return withoutSessions(state, options)
}

async function snapshotState(
  { meta }: BackupBegin,
  frames: Frames,
  options: RestoreOptions,
): Promise<ReplicatedState> {
  if (meta === null) return new ReplicatedState(options)
  const content = frames.content()
  // How long it is, is not known yet.
  const state = await restoreState({ ...meta, size: Number.MAX_SAFE_INTEGER }, content, options)
  // A machine may know without the rest; the backup is read whole.
  for await (const _ of content);
  await frames.endOfContent()
  return state
}

async function applyEntries(
  state: ReplicatedState,
  frames: Frames,
  { upTo, clock }: RestoreOptions,
): Promise<void> {
  let last = { ...state.applied }
  for (;;) {
    const frame = await frames.any()
    if (frame.kind === FrameKind.end) {
      const end = frames.decode(frame, decodeEnd)
      if (end.index !== last.index || end.term !== last.term)
        throw frames.damaged('its end is not where its entries end')
      if (upTo !== null && upTo > end.index) throw notHeld(upTo, `it ends with ${end.index}`)
      await frames.done()
      return
    }
    if (frame.kind !== FrameKind.entries) throw frames.damaged('it has frames in an order that can not be')
    for (const entry of frames.decode(frame, decodeEntries)) {
      if (entry.index !== last.index + 1 || entry.term < last.term)
        throw frames.damaged(`entry ${entry.index} stands behind entry ${last.index}`)
      if (upTo === null || entry.index <= upTo) apply(state, entry)
      last = { index: entry.index, term: entry.term }
    }
    await new Promise<void>((resolve) => clock.soon(resolve))
  }
}

function apply(state: ReplicatedState, entry: LogEntry): void {
  state.apply(entry)
}

/**
 * Sessions are of clients that know the former incarnation, and no other one takes their calls: they only took places. Results that are kept by a key of
 * the caller's stay: whoever asks with such a key again gets the answer that was given.
 */
function withoutSessions(state: ReplicatedState, options: StateOptions): ReplicatedState {
  const restored = new ReplicatedState(options, state.instance, new Sessions(), state.results)
  restored.applied = state.applied
  restored.time = state.time
  restored.settings = state.settings
  return restored
}

function checkFirst({ meta }: BackupBegin, upTo: number | null): void {
  if (upTo === null) return
  if (!Number.isSafeInteger(upTo) || upTo < 1) throw notHeld(upTo, 'an index is a whole number from 1 on')
  if (meta !== null && upTo < meta.index) throw notHeld(upTo, `it begins with a snapshot at ${meta.index}`)
}

function notHeld(upTo: number, why: string): RaftedError {
  return new RaftedError('invalid-argument', `The backup can't be restored up to ${upTo}: ${why}.`, {
    outcome: 'not-applied',
    details: { upTo },
  })
}

/** The frames of a backup in the order in which they are wanted. */
class Frames {
  readonly #frames: AsyncIterator<Frame>
  #last: Frame | null = null
  #size = 0
  #checksum = 0

  constructor(frames: AsyncIterable<Frame>) {
    this.#frames = frames[Symbol.asyncIterator]()
  }

  async any(): Promise<Frame> {
    const { done, value } = await this.#frames.next()
    if (done) throw this.damaged('it has no end')
    this.#last = value
    return value
  }

  async next<T>(kind: FrameKind, decode: (bytes: Uint8Array) => T): Promise<T> {
    const frame = await this.any()
    if (frame.kind !== kind) throw this.damaged('it has frames in an order that can not be')
    return this.decode(frame, decode)
  }

  decode<T>({ content }: Frame, decode: (bytes: Uint8Array) => T): T {
    try {
      return decode(content)
    } catch (error) {
      if (isRaftedError(error, 'version-mismatch')) throw error
      throw this.damaged('it says what can not be', error)
    }
  }

  /** The pieces of the snapshot's content, up to their end. */
  async *content(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const frame = await this.any()
      if (frame.kind !== FrameKind.content) return
      this.#size += frame.content.byteLength
      this.#checksum = crc32(frame.content, this.#checksum)
      yield frame.content
    }
  }

  /** The frame behind the content says what that was. */
  async endOfContent(): Promise<void> {
    const frame = this.#last!
    if (frame.kind !== FrameKind.contentEnd) throw this.damaged('its snapshot has no end')
    const { size, checksum } = this.decode(frame, decodeContentEnd)
    if (size !== this.#size || checksum !== this.#checksum)
      throw this.damaged('its snapshot is not what it was')
  }

  /** Nothing follows. */
  async done(): Promise<void> {
    if (!(await this.#frames.next()).done) throw this.damaged('something stands behind its end')
  }

  damaged(what: string, cause?: unknown): RaftedError {
    return damagedBackup(0, `frame ${this.#last?.number ?? 0}: ${what}`, cause)
  }
}
