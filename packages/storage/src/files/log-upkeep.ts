/**
 * Keeps the log as small as what it holds: a segment without entries goes, and one with few entries left has them copied forward, so that
 * no group, however idle, slow or huge, can pin it. When there is nothing to do, the entries in all segments but the newest are at most four
 * times those that are needed, and the files are at most eight times as long, without what each of them says of all groups. A quarter of what is
 * written is copied at most: what is given up was written before, and less than a quarter of it is copied.
 *
 * Of a segment that is damaged all that can be read is copied, however much that is: so the damage goes with its file, and can't grow. What can't
 * be read keeps its place there, and with it the file, until it has been put back elsewhere or is not needed any more.
 */
import { RaftedError, type RaftedEvent } from '@rafted/contracts'
import { copyForward } from './log-copying.ts'
import { SEGMENT_HEAD_BYTES } from './log-format.ts'
import type { GroupLog } from './log-group.ts'
import { measureCut } from './log-reading.ts'
import type { Segment } from './log-segment.ts'
import type { LogWriter } from './log-writer.ts'

/** A segment is given up when less than this part of the entries that were put there is still needed … */
const SPARSE = 1 / 4
/** … or when what is needed is less than this part of the file: terms, votes and compactions can be far more than the entries beside them. */
const SPARSE_FILE = 1 / 8

export interface LogUpkeepOptions {
  readonly writer: LogWriter
  groups(): Iterable<GroupLog>
  event(event: RaftedEvent): void
}

export class LogUpkeep {
  readonly #o: LogUpkeepOptions
  #busy = false
  /** Those of which nothing more can be moved: they stay while they are needed. */
  readonly #left = new WeakSet<Segment>()

  constructor(options: LogUpkeepOptions) {
    this.#o = options
  }

  /** Entries have been forgotten, or a segment has been begun. */
  look(): void {
    const { writer } = this.#o
    const closed = writer.segments.slice(0, -1)
    const empty = closed.filter(({ extents }) => extents === 0)
    // What stands around a lost batch, and in which order, shows that nothing before it was replaced there: so all of it stays as long as that segment does.
    const isAnyLacking = closed.some(({ extents, lacksBatches }) => lacksBatches && extents > 0)
    if (empty.length > 0 && !isAnyLacking) {
      for (const segment of empty) writer.drop(segment)
      void writer.write()
    }
    if (this.#busy) return
    const maybe = closed.find(
      (segment) =>
        segment.extents > 0 &&
        !this.#left.has(segment) &&
        (segment.isDamaged || isSparse(segment, segment.liveBytes - segment.cutBytes)),
    )
    if (maybe !== undefined) void this.#tend(maybe)
  }

  /** Gives a segment up, if what is needed of it is as little as it may be. */
  async #tend(segment: Segment): Promise<void> {
    this.#busy = true
    segment.pin()
    try {
      if (segment.isDamaged) {
        await copyForward(this.#o, segment)
        this.#left.add(segment)
      } else {
        if (!isSparse(segment, segment.liveBytes)) await this.#measure(segment)
        if (isSparse(segment, segment.liveBytes)) await copyForward(this.#o, segment)
      }
    } catch (error) {
      // Else the log has failed or was closed, and nothing matters any more.
      if (error instanceof RaftedError && error.details.file === segment.path) this.#leave(segment, error)
      else return
    } finally {
      this.#busy = false
      await segment.unpin()
    }
    this.look()
  }

  /** How much is left of extents that were cut is looked up only where it decides. */
  async #measure(segment: Segment): Promise<void> {
    for (const group of this.#o.groups())
      for (const extent of group.extents.list)
        if (extent.segment === segment && extent.isCut) await measureCut(group.number, extent)
  }

  /** What can't be read can't be moved either: the file stays as it is, with all that is needed of it, until the log is opened anew. */
  #leave(segment: Segment, error: RaftedError): void {
    this.#left.add(segment)
    const offset = Number(error.details.offset)
    this.#o.event({ kind: 'log-unreadable', level: 'error', file: segment.path, offset, error })
  }
}

function isSparse({ writtenBytes, end, restatedBytes }: Segment, needed: number): boolean {
  return needed < writtenBytes * SPARSE || needed < (end - restatedBytes - SEGMENT_HEAD_BYTES) * SPARSE_FILE
}
