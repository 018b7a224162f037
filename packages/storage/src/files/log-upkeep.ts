/**
 * Keeps the log as small as what it holds: a segment without entries goes, and one with few entries left has them copied forward, so that
 * no group, however idle or slow, can pin it. So the entries on disk are at most four times those that are needed, and one segment. Of a segment that is
 * damaged all that can be read is copied forward: so the damage goes with its file, and can't grow.
 */
import type { LogEntry } from '@rafted/contracts'
import type { GroupLog } from './log-group.ts'
import { pieceOf, readPieces } from './log-reading.ts'
import type { Segment } from './log-segment.ts'
import type { LogWriter } from './log-writer.ts'

/** A segment is given up when less than this part of the entries that were put there is still needed. */
const SPARSE = 1 / 4
/** Entries are copied forward in batches of about this many bytes, so that what is urgent never waits for long. */
const COPY_BYTES = 256 * 1024

export class LogUpkeep {
  readonly #writer: LogWriter
  readonly #groups: () => Iterable<GroupLog>
  #copying = false
  /** Those of which all that can be read stands elsewhere, or that turned out to be unreadable: they stay while they are needed. */
  readonly #done = new WeakSet<Segment>()

  constructor(writer: LogWriter, groups: () => Iterable<GroupLog>) {
    this.#writer = writer
    this.#groups = groups
  }

  /** Entries have been forgotten, or a segment has been begun. */
  look(): void {
    const closed = this.#writer.segments.slice(0, -1)
    let dropped = false
    for (const segment of closed) {
      if (segment.extents > 0) continue
      this.#writer.drop(segment)
      dropped = true
    }
    if (dropped) void this.#writer.write()
    if (this.#copying) return
    const sparse = closed.find(
      (segment) =>
        segment.extents > 0 &&
        (segment.isDamaged || segment.liveBytes < segment.writtenBytes * SPARSE) &&
        !this.#done.has(segment),
    )
    if (sparse !== undefined) void this.#giveUp(sparse)
  }

  async #giveUp(segment: Segment): Promise<void> {
    this.#copying = true
    try {
      for (const group of this.#groups()) await this.#copyForward(group, segment)
    } catch {
      // It is damaged, and says so to whoever reads it; or the log has failed or was closed, and nothing matters any more.
    } finally {
      this.#done.add(segment)
      this.#copying = false
    }
    this.look()
  }

  async #copyForward(group: GroupLog, segment: Segment): Promise<void> {
    const pieces = group.extents.list
      .filter((extent) => extent.segment === segment && extent.damage === null)
      .map((extent) => pieceOf(extent, extent.first, extent.last))
    let entries: LogEntry[] = []
    let bytes = 0
    const copy = async (): Promise<void> => {
      const copied = entries
      entries = []
      bytes = 0
      await this.#writer.copy({
        group,
        entries: copied,
        isWanted: (extent) => extent.segment === segment && extent.damage === null,
      })
    }
    await readPieces(group.number, pieces, async (found) => {
      for (const entry of found) bytes += entry.payload.byteLength
      entries.push(...found)
      if (bytes >= COPY_BYTES) await copy()
      return true
    })
    if (entries.length > 0) await copy()
  }
}
