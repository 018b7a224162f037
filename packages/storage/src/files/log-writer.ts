/**
 * Writes batches: whatever has changed when a write begins goes into one, and what changes while it is on its way to the disk
 * gathers for the next (group commit). One `fdatasync` is under way at a time.
 */
import type { Clock, FileSystem, LogEntry, Random } from '@rafted/contracts'
import type { DirectoryLock } from './directory-lock.ts'
import type { FullDisk } from './full-disk.ts'
import { BatchBuilder, type BuiltBatch } from './log-batch.ts'
import type { Extent } from './log-extents.ts'
import { encodeSegmentHead, type LogPlace, SEGMENT_HEAD_BYTES } from './log-format.ts'
import type { GroupLog } from './log-group.ts'
import { IdleMark } from './log-mark.ts'
import { Segment, segmentName } from './log-segment.ts'
import type { Stretch } from './log-stretch.ts'
import { isFull, logNotWritten } from './storage-failed.ts'

export interface LogWriterOptions {
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly lock: DirectoryLock
  /** Where a write waits that finds no room. */
  readonly full: FullDisk
  /** The directory of the segments. */
  readonly path: string
  /** Id of the directory the log belongs to. */
  readonly directory: string
  /** A segment that has got this long is followed by a new one. */
  readonly segmentBytes: number
  /** All groups, for the catalogue of a new segment. */
  groups(): Iterable<GroupLog>
  /** A batch is durable. */
  onDurable(): void
  /** Nothing can be written any more. */
  onFailure(error: unknown): void
}

/** Entries to be written again, in so far as they still stand where they did. */
export interface CopyJob {
  readonly group: GroupLog
  readonly entries: readonly LogEntry[]
  /** Whether an entry that stands there now is still to be written again. */
  isWanted(extent: Extent): boolean
}

/** Callers that wait for one batch. */
interface Waiting {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

export class LogWriter {
  readonly #o: LogWriterOptions
  readonly #builder = new BatchBuilder()
  /** In order; the last one is written to. */
  readonly segments: Segment[]
  nextGroup: number
  #nextSegment: number
  #sequence: number
  #dirty = new Set<GroupLog>()
  #forgotten: number[] = []
  #copies: CopyJob[] = []
  #dropped: Segment[] = []
  /** Those whose drop the batch under way says. */
  #dropping: Segment[] = []
  /** Extents that hold entries of the batch under way in memory. */
  #holding: Extent[] = []
  #waiting: Waiting | null = null
  /** The writes under way; null when there are none. */
  #running: Promise<void> | null = null
  #stopped = false
  /** Why it was. */
  #reason: unknown = null
  /** Everything before this place is durable. */
  #durable: LogPlace
  readonly #mark: IdleMark
  #markDue = false

  constructor(
    options: LogWriterOptions,
    {
      segments,
      nextGroup,
      nextSegment,
      sequence,
      isInDoubt,
    }: {
      readonly segments: readonly Segment[]
      readonly nextGroup: number
      readonly nextSegment: number
      readonly sequence: number
      /** Nothing says yet that the last batch is durable. */
      readonly isInDoubt: boolean
    },
  ) {
    this.#o = options
    this.segments = [...segments]
    this.nextGroup = nextGroup
    this.#nextSegment = nextSegment
    this.#sequence = sequence
    const last = this.segments.at(-1)
    this.#durable = { segment: last?.number ?? 0, offset: last?.end ?? 0 }
    this.#mark = new IdleMark(options.clock, () => void this.#confirm())
    this.#mark.wrote(!isInDoubt)
  }

  /** Bytes of all segments. */
  get bytes(): number {
    let bytes = 0
    for (const { end } of this.segments) bytes += end
    return bytes
  }

  changed(group: GroupLog): void {
    this.#dirty.add(group)
  }

  forgotten(group: GroupLog): void {
    this.#dirty.delete(group)
    this.#forgotten.push(group.number)
  }

  copy(job: CopyJob): Promise<void> {
    this.#copies.push(job)
    return this.write()
  }

  /** A segment that nothing needs goes with the next batch. */
  drop(segment: Segment): void {
    this.segments.splice(this.segments.indexOf(segment), 1)
    this.#dropped.push(segment)
  }

  /** Resolves when everything that has changed up to here is durable. The write begins at once if none is under way. */
  write(): Promise<void> {
    if (this.#stopped) return refusedWrite()
    this.#waiting ??= newWaiting()
    const { promise } = this.#waiting
    this.#running ??= this.#run()
    return promise
  }

  /** Writes what is left, and a last mark, so that nothing of the log is in doubt. Where that finds no room it is not waited for. */
  async close(): Promise<void> {
    this.#o.full.stop()
    if (!this.#stopped) {
      try {
        await this.write()
        await this.#confirm()
      } catch (error) {
        // Whoever waited for it has heard of it, and nothing of it was acknowledged.
        if (!isFull(error)) throw error
      }
    }
    this.stop()
    await this.#running
  }

  /** Writes a batch that says nothing but that those before it are durable. */
  #confirm(): Promise<void> {
    this.#markDue = true
    return this.write()
  }

  /** Ends all writing. Whoever still waits hears `error`. */
  stop(error: unknown = new Error('the log is closed')): void {
    if (!this.#stopped) this.#reason = error
    this.#stopped = true
    this.#o.full.stop()
    this.#mark.stop()
    this.#waiting?.reject(error)
    this.#waiting = null
  }

  async #run(): Promise<void> {
    let done: Waiting | null = null
    try {
      while (this.#waiting !== null && !this.#stopped) {
        const segment = await this.#segment()
        // A new one that is not used is none: it has no batch.
        if (this.#stopped) return await (segment.end === 0 ? segment.retire() : undefined)
        done = this.#waiting
        this.#waiting = null
        await this.#writeBatch(segment)
        // It may have been stopped meanwhile, by what others have learnt of the disk.
        if (this.#stopped) done?.reject(this.#reason)
        else done?.resolve()
      }
    } catch (error) {
      this.#o.onFailure(error)
      done?.reject(error)
      this.stop(error)
    } finally {
      this.#running = null
    }
  }

  /** The segment to write to: a new one if there is none or it is full or damaged. Its file is used once its first batch is durable. */
  async #segment(): Promise<Segment> {
    const { lock, fileSystem, path, segmentBytes, random } = this.#o
    const last = this.segments.at(-1)
    // What it says of all groups is not counted, lest many groups fill each segment with nothing else.
    if (last !== undefined && last.end - last.restatedBytes < segmentBytes && !last.isDamaged) {
      if (lock.isStale) await lock.check()
      return last
    }
    await lock.check()
    const number = this.#nextSegment++
    const file = `${path}/${segmentName(number)}`
    const salt = new DataView(random.bytes(4).slice().buffer).getUint32(0)
    const handle = await this.#on(file, 0, () => fileSystem.open(file, 'create', true))
    return new Segment({ number, path: file, salt, file: handle, end: 0 })
  }

  async #writeBatch(segment: Segment): Promise<void> {
    const { path, directory, onDurable } = this.#o
    const isNew = segment.end === 0
    const start = isNew ? SEGMENT_HEAD_BYTES : segment.end
    const batch = this.#assemble(segment, isNew, start)
    if (batch !== null) {
      const head = isNew ? [encodeSegmentHead({ number: segment.number, directory, salt: segment.salt })] : []
      const at = segment.end
      segment.end = start + batch.bytes
      const parts = [...head, ...batch.parts]
      await this.#on(segment.path, at, () => segment.file.write(parts, at))
      if (isNew) await this.#flushDirectory(path)
      this.#durable = { segment: segment.number, offset: segment.end }
      for (const extent of this.#holding) extent.held = null
      this.#holding = []
      this.#mark.wrote(batch.isMark)
      await this.#removeDropped()
    }
    onDurable()
  }

  /** Everything that has changed, as one batch; null if nothing has. The places of entries are known from here on. */
  #assemble(
    segment: Segment,
    isNew: boolean,
    start: number,
  ): (BuiltBatch & { readonly isMark: boolean }) | null {
    const builder = this.#builder
    const placed: {
      group: GroupLog
      stretches: readonly Stretch[]
      entries: readonly LogEntry[]
      copies: boolean
    }[] = []
    if (isNew) this.#catalogue(segment)
    else {
      for (const number of this.#forgotten) builder.forget(number)
      for (const { number } of this.#dropped) builder.drop(number)
    }
    this.#forgotten = []
    this.#dropping.push(...this.#dropped)
    this.#dropped = []
    for (const group of this.#dirty) {
      if (group.isChanged) builder.group(group)
      const entries = group.tail
      if (entries.length > 0)
        placed.push({
          group,
          stretches: builder.entries(group.number, entries, 'entry'),
          entries,
          copies: false,
        })
      group.isChanged = false
      group.tail = []
    }
    this.#dirty.clear()
    for (const { group, entries, isWanted } of this.#copies) {
      const needed = entries.filter(({ index }) => {
        const extent = group.extents.at(index)
        return extent !== undefined && isWanted(extent)
      })
      if (needed.length > 0)
        placed.push({
          group,
          stretches: builder.entries(group.number, needed, 'copy'),
          entries: needed,
          copies: true,
        })
    }
    this.#copies = []
    const isMark = builder.isEmpty
    const markDue = this.#markDue && this.#mark.isNeeded
    this.#markDue = false
    if (isMark && !markDue) return null
    const batch = builder.finish(start, segment.salt, ++this.#sequence, this.#durable)
    for (const { group, stretches, entries, copies } of placed)
      this.#place(segment, group, stretches, entries, copies)
    return { ...batch, isMark }
  }

  #catalogue(segment: Segment): void {
    const groups = [...this.#o.groups()]
    this.#builder.catalogue({
      segments: this.segments.map(({ number, end }) => ({ segment: number, offset: end })),
      nextGroup: this.nextGroup,
      groups: groups.length,
    })
    this.segments.push(segment)
    for (const group of groups) {
      this.#builder.group(group)
      group.isChanged = false
    }
    segment.restatedBytes = this.#builder.bytes
  }

  #place(
    segment: Segment,
    group: GroupLog,
    stretches: readonly Stretch[],
    entries: readonly LogEntry[],
    copies: boolean,
  ): void {
    let at = 0
    for (const stretch of stretches) {
      const count = stretch.last - stretch.first + 1
      const held = entries.slice(at, at + count)
      at += count
      const { extents } = group
      this.#holding.push(
        copies ? extents.move(segment, stretch, held) : extents.append(segment, stretch, held),
      )
    }
  }

  /** What was dropped is not needed any more, whatever happens from here on. */
  async #removeDropped(): Promise<void> {
    if (this.#dropping.length === 0) return
    const { fileSystem } = this.#o
    for (const segment of this.#dropping) {
      await segment.retire()
      await this.#on(segment.path, 0, () => fileSystem.remove(segment.path))
    }
    this.#dropping = []
  }

  /** It can't be written once more: whatever it fails with is the end. */
  async #flushDirectory(path: string): Promise<void> {
    try {
      await this.#o.fileSystem.syncDirectory(path)
    } catch (error) {
      throw logNotWritten(path, 0, error)
    }
  }

  /** Where there is no room it is done again. Any other error of the system then names its place. */
  async #on<T>(file: string, offset: number, act: () => Promise<T>): Promise<T> {
    try {
      return await this.#o.full.untilItFits(file, offset, act)
    } catch (error) {
      throw logNotWritten(file, offset, error)
    }
  }
}

/** Rejected, and nobody need look. */
function refusedWrite(): Promise<never> {
  const refused = Promise.reject(new Error('the log is closed'))
  refused.catch(() => {})
  return refused
}

function newWaiting(): Waiting {
  let resolve = (): void => {}
  let reject = (_: unknown): void => {}
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone
    reject = onError
  })
  // Whoever waits hears of a failure; if nobody does, the store has been told.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
