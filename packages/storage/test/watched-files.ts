/** Files in memory that know what is in those of the log: each batch is taken apart as it is written. */
import { entryBytes, type FileHandle } from '@rafted/contracts'
import { RecordKind, SEGMENT_HEAD_BYTES } from '../src/files/log-format.ts'
import { LogBytes } from '../src/files/log-walk.ts'
import { MemoryFileSystem } from './memory-file-system.ts'

export interface WatchedSegment {
  /** `entryBytes` of all entries that were written there. */
  entryBytes: number
  /** Bytes of the file, without its head and what its first batch says of all groups. */
  ownBytes: number
  fileBytes: number
}

export class WatchedFiles extends MemoryFileSystem {
  /** By path, in order of their beginning. */
  readonly segments = new Map<string, WatchedSegment>()
  /** Of all entries that were ever written, and of those that were copied. */
  appendedBytes = 0
  copiedBytes = 0
  /** `ownBytes` of all segments that there ever were. */
  ownBytes = 0
  writes = 0
  reads = 0
  readBytes = 0

  override async open(path: string, mode: 'create' | 'write' | 'read', through = false): Promise<FileHandle> {
    const handle = await super.open(path, mode, through)
    if (!path.endsWith('.log')) return handle
    const write = handle.write.bind(handle)
    const read = handle.read.bind(handle)
    handle.read = (position, length) => {
      this.reads++
      this.readBytes += length
      return read(position, length)
    }
    handle.write = (parts, position) => {
      this.writes++
      this.#note(path, Buffer.concat(parts), position)
      return write(parts, position)
    }
    return handle
  }

  override async remove(path: string): Promise<void> {
    this.segments.delete(path)
    await super.remove(path)
  }

  #note(path: string, bytes: Buffer, position: number): void {
    const known = this.segments.get(path)
    // What an opening writes once more.
    if (known !== undefined && position < known.fileBytes) return
    const segment = known ?? { entryBytes: 0, ownBytes: 0, fileBytes: 0 }
    this.segments.set(path, segment)
    const log = new LogBytes(bytes)
    const start = position === 0 ? SEGMENT_HEAD_BYTES : 0
    const batch = log.batchAt(start, log.saltAt(start))
    if (batch === null) throw new Error(`no batch was written to ${path} at ${position}`)
    let restated = 0
    let at = batch.from
    for (let i = 0; i < batch.records; i++) {
      const next = log.recordEndUnchecked(at)
      if (log.isEntry(at, next)) this.#entry(segment, log, at, next)
      else if (position === 0) restated += next - at
      at = next
    }
    segment.fileBytes += bytes.length
    segment.ownBytes += bytes.length - start - restated
    this.ownBytes += bytes.length - start - restated
  }

  #entry(segment: WatchedSegment, log: LogBytes, at: number, next: number): void {
    const bytes = entryBytes(log.payload(at, next))
    segment.entryBytes += bytes
    if (log.kindOf(at) === RecordKind.copy) this.copiedBytes += bytes
    else this.appendedBytes += bytes
  }
}
