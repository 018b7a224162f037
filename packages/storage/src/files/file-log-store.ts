/** The logs of a host on files: one write-ahead log that all groups share. docs/disk-format.md describes the bytes. */
import {
  type GroupIdentity,
  type GroupWrite,
  type LogEntry,
  type LogStore,
  type LogWrite,
  type OpenedLog,
  RaftedError,
  type RaftedEvent,
  type Room,
} from '@rafted/contracts'
import { notDamaged } from '../not-damaged.ts'
import { BEGUN } from './directory-marker.ts'
import { FullDisk } from './full-disk.ts'
import { damaged } from './log-damage.ts'
import { GroupLog } from './log-group.ts'
import { openedLog, readEntries } from './log-opened.ts'
import { openingProgress } from './log-progress.ts'
import { replay } from './log-replay.ts'
import { restoreFault } from './log-restoring.ts'
import { LogRoom } from './log-room.ts'
import { LogUpkeep } from './log-upkeep.ts'
import { LogWriter, type LogWriterOptions } from './log-writer.ts'
import type { SharedFailure } from './shared-failure.ts'
import { settleDirectory } from './whole-file.ts'

export interface FileLogStoreOptions
  extends Pick<LogWriterOptions, 'fileSystem' | 'clock' | 'random' | 'lock' | 'directory' | 'segmentBytes'> {
  /** The host's directory: the log is kept in `log` there. */
  readonly path: string
  /** Bytes of files at which `room` says `full`. Infinity for those of the disk alone. */
  readonly quotaBytes: number
  /** What ends the host's storage. */
  readonly failure: SharedFailure
  event(event: RaftedEvent): void
}

/** What only the tools of recovery do to a log. */
export interface RenewableLogs extends LogStore {
  /**
   * The group's log becomes that of another member and incarnation, and changes by `write`: both in one batch, so that a crash leaves all of it or
   * nothing. Its entries stay where they are. Durable when resolved. The snapshots are not its business.
   * @throws {RaftedError} `no-such-group`; `storage-failed` if `write` doesn't fit.
   */
  renew(group: string, identity: GroupIdentity, write: LogWrite): Promise<void>
}

/** @throws {RaftedError} `damaged-storage`, `version-mismatch`, `wrong-directory`; and what the file system throws. */
export async function openFileLogStore(options: FileLogStoreOptions): Promise<RenewableLogs> {
  const { fileSystem, path, directory, clock, event } = options
  const log = `${path}/log`
  const begun = await fileSystem.exists(`${path}/${BEGUN}`)
  if (!begun) await settleDirectory(fileSystem, path, 'log')
  else if (!(await fileSystem.exists(log))) throw damaged(log, 0, 'the directory is missing')
  const onRead = openingProgress(clock, event)
  const replayed = await replay({ fileSystem, path: log, directory, begun, event, onRead })
  if (begun && replayed.segments.length === 0) throw damaged(log, 0, 'its files are missing')
  const store = new FileLogStore({ ...options, path: log }, replayed)
  try {
    await store.begin()
    if (!begun) await markBegun(options)
  } catch (error) {
    await store.close()
    throw error
  }
  return store
}

async function markBegun({ fileSystem, path }: FileLogStoreOptions): Promise<void> {
  const file = await fileSystem.open(`${path}/${BEGUN}`, 'create')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await fileSystem.syncDirectory(path)
}

class FileLogStore implements RenewableLogs {
  readonly #groups = new Map<string, GroupLog>()
  readonly #writer: LogWriter
  readonly #upkeep: LogUpkeep
  readonly #room: LogRoom
  readonly #full: FullDisk
  readonly #failure: SharedFailure
  readonly #life: string
  #closed = false

  constructor(options: FileLogStoreOptions, replayed: Awaited<ReturnType<typeof replay>>) {
    for (const group of replayed.groups.values()) this.#groups.set(group.name, group)
    const groups = (): Iterable<GroupLog> => this.#groups.values()
    const { event, failure, clock, lock, directory } = options
    this.#failure = failure
    this.#life = directory
    this.#full = new FullDisk({ clock, lock, event, onWaiting: () => void this.#room.ask() })
    this.#writer = new LogWriter(
      {
        ...options,
        full: this.#full,
        groups,
        onDurable: () => {
          this.#upkeep.look()
          this.#room.look()
        },
        onFailure: (error) => failure.set(error),
      },
      replayed,
    )
    this.#upkeep = new LogUpkeep({ writer: this.#writer, groups, event })
    this.#room = new LogRoom({
      ...options,
      bytes: () => this.#writer.bytes,
      isWaiting: () => this.#full.isWaiting,
    })
    failure.listen((error) => {
      this.#room.close()
      this.#writer.stop(error)
      if (!this.#closed) event({ kind: 'storage-failed', level: 'error', error })
    })
  }

  /** The first segment of a log stands before anything else is done. */
  async begin(): Promise<void> {
    await this.#room.ask()
    // If something is damaged that is the first batch of a new segment: so what was found to be lost is never forgotten.
    await this.#writer.write()
    this.#full.begin()
  }

  lifeOf(): string {
    return this.#life
  }

  async groups(): Promise<readonly string[]> {
    this.#check()
    return [...this.#groups.keys()]
  }

  async create(group: string, identity: GroupIdentity): Promise<void> {
    this.#check()
    if (this.#groups.has(group))
      throw new RaftedError('already-exists', `Group "${group}" has a log here already.`, {
        outcome: 'not-applied',
      })
    const log = new GroupLog(this.#writer.nextGroup++, group, identity)
    this.#groups.set(group, log)
    this.#writer.changed(log)
    await this.#write()
  }

  async open(group: string): Promise<OpenedLog | null> {
    this.#check()
    await this.#write()
    const log = this.#groups.get(group)
    if (log === undefined) return null
    return await openedLog(log)
  }

  // Not `async`: it is seen by `read` when it returns, and costs one promise for all that go into one batch.
  write(writes: readonly GroupWrite[]): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== null) return Promise.reject(refusal)
    for (const { group, write } of writes) {
      const log = this.#groups.get(group)
      const fault = log === undefined ? 'it has no log here' : log.apply(write)
      if (log === undefined || fault !== null) return this.#fail(group, fault)
      this.#writer.changed(log)
    }
    return this.#write()
  }

  async renew(group: string, identity: GroupIdentity, write: LogWrite): Promise<void> {
    this.#check()
    const log = this.#log(group)
    const fault = log.renew(identity, write)
    if (fault !== null) return this.#fail(group, fault)
    this.#writer.changed(log)
    await this.#write()
  }

  async read(group: string, from: number, count: number, maxBytes: number): Promise<readonly LogEntry[]> {
    this.#check()
    return await readEntries(this.#log(group), from, count, maxBytes)
  }

  async restore(group: string, entries: readonly LogEntry[]): Promise<void> {
    this.#check()
    const log = this.#log(group)
    const fault = restoreFault(log, entries)
    if (fault !== null) throw notDamaged(group, fault.entry, fault.why)
    if (entries.length > 0)
      void this.#writer.copy({ group: log, entries, isWanted: ({ damage }) => damage !== null })
    await this.#write()
  }

  room(): Room {
    return this.#room.now
  }

  async compact(group: string, upTo: OpenedLog['base']): Promise<void> {
    this.#check()
    const log = this.#log(group)
    if (!log.compact(upTo))
      throw new RaftedError(
        'invalid-argument',
        `The log of group "${group}" has no entry ${upTo.index} of term ${upTo.term} to be compacted up to.`,
        { outcome: 'not-applied' },
      )
    // It need not be durable, and goes with the next batch; a log that gets none gives back no files either.
    this.#writer.changed(log)
    void this.#writer.write()
  }

  async markRemoved(group: string, removedAt: number): Promise<void> {
    this.#check()
    const log = this.#log(group)
    log.removedAt = removedAt
    log.isChanged = true
    this.#writer.changed(log)
    await this.#write()
  }

  async remove(group: string): Promise<void> {
    this.#check()
    const log = this.#groups.get(group)
    if (log !== undefined) {
      this.#groups.delete(group)
      log.extents.cutFrom(0)
      this.#writer.forgotten(log)
    }
    await this.#write()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#room.close()
    try {
      if (this.#failure.error === null) await this.#writer.close()
    } finally {
      this.#writer.stop()
      await Promise.allSettled(this.#writer.segments.map((segment) => segment.retire()))
    }
  }

  #write(): Promise<void> {
    return this.#writer.write().catch((error: unknown) => {
      if (error instanceof RaftedError) throw error
      throw new RaftedError(
        'storage-failed',
        'A write to the log failed. Open the storage anew, and see what the disk says.',
        {
          outcome: 'unknown',
          cause: error,
        },
      )
    })
  }

  /** A write that doesn't fit its log is an error of whoever made it. Nobody should build on what stands here then. */
  #fail(group: string, why: string | null): Promise<never> {
    const message = `The write for group "${group}" can't be carried out: ${why}. Open the storage anew.`
    const error = new RaftedError('storage-failed', message, { outcome: 'unknown' })
    this.#failure.set(error)
    return Promise.reject(error)
  }

  #log(group: string): GroupLog {
    const log = this.#groups.get(group)
    if (log === undefined)
      throw new RaftedError('no-such-group', `Group "${group}" has no log here. Create it first.`, {
        outcome: 'not-applied',
      })
    return log
  }

  #refusal(): RaftedError | null {
    if (this.#closed) return new RaftedError('closed', 'The log store is closed.', { outcome: 'not-applied' })
    const cause = this.#failure.error
    if (cause === null) return null
    const why = cause instanceof RaftedError ? cause.message : String(cause)
    const details = cause instanceof RaftedError ? cause.details : {}
    const message = `The storage of this host has failed before. ${why}`
    return new RaftedError('storage-failed', message, { outcome: 'not-applied', details, cause })
  }

  #check(): void {
    const refusal = this.#refusal()
    if (refusal !== null) throw refusal
  }
}
