/** Files, logs and transports that count what goes through them. What they do they leave to others. */
import type { FileHandle, FileSystem, LogStore, Transport } from '@rafted/contracts'
import { decodeBatch } from '@rafted/wire'

/** Of all hosts and clients together, since it was last `reset`. */
export class Counts {
  /** Batches that a log store was asked to write, by whichever host. */
  logWrites = 0
  flushes = 0
  fileBytes = 0
  /** Batches that a transport was asked to send, and their bytes. */
  batches = 0
  sentBytes = 0
  /** What members say to each other in them, and what clients ask and are answered. */
  messages = 0
  calls = 0

  reset(): void {
    this.logWrites = 0
    this.flushes = 0
    this.fileBytes = 0
    this.batches = 0
    this.sentBytes = 0
    this.messages = 0
    this.calls = 0
  }
}

export function countedFiles(files: FileSystem, counts: Counts): FileSystem {
  const counted = (file: FileHandle, through: boolean): FileHandle => ({
    write: (parts, position) => {
      for (const part of parts) counts.fileBytes += part.byteLength
      if (through) counts.flushes++
      return file.write(parts, position)
    },
    read: (position, length) => file.read(position, length),
    sync: () => {
      counts.flushes++
      return file.sync()
    },
    truncate: (length) => file.truncate(length),
    size: () => file.size(),
    close: () => file.close(),
  })
  return {
    open: async (path, mode, through = false) => counted(await files.open(path, mode, through), through),
    list: (directory) => files.list(directory),
    makeDirectory: (path) => files.makeDirectory(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncDirectory: (path) => {
      counts.flushes++
      return files.syncDirectory(path)
    },
    exists: (path) => files.exists(path),
    free: (path) => files.free(path),
  }
}

/** The store itself, but for what is written. */
export function countedLogs(logs: LogStore, counts: Counts): LogStore {
  const write = logs.write.bind(logs)
  logs.write = (writes) => {
    counts.logWrites++
    return write(writes)
  }
  return logs
}

export function countedTransport(transport: Transport, counts: Counts): Transport {
  return {
    address: transport.address,
    maxBatchBytes: transport.maxBatchBytes,
    listen: (events) => transport.listen(events),
    send: (address, batch, lane) => {
      counts.batches++
      counts.sentBytes += batch.byteLength
      for (const { kind } of decodeBatch(batch).items) {
        if (kind === 'request' || kind === 'response') counts.calls++
        else counts.messages++
      }
      return transport.send(address, batch, lane)
    },
    close: () => transport.close(),
  }
}
