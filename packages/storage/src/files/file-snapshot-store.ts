/** Snapshots on files: one directory for all groups, one file for each snapshot. */
import { join } from 'node:path'
import {
  type FileHandle,
  type FileSystem,
  RaftedError,
  type SnapshotMeta,
  type SnapshotStore,
  type StoredSnapshot,
} from '@rafted/contracts'
import { SavesUnderWay } from '../saves-under-way.ts'
import type { DirectoryLock } from './directory-lock.ts'
import { BEGUN } from './directory-marker.ts'
import { SharedFailure } from './shared-failure.ts'
import { damaged, encodeTail } from './snapshot-layout.ts'
import {
  groupKey,
  isAside,
  NEXT,
  plainName,
  type SnapshotFile,
  snapshotName,
  snapshotsByKey,
} from './snapshot-names.ts'
import { contentOf, inspect, type OpenSnapshot } from './snapshot-reader.ts'
import { SnapshotWriter } from './snapshot-writer.ts'
import { isFull, notRead, storageFailed } from './storage-failed.ts'
import { codeOf } from './text-record.ts'
import { removeTemporaries, settleDirectory, settleFile, temporaryName } from './whole-file.ts'

/** Snapshots of a group that are kept. */
export const KEPT = 2

/** Where snapshots are kept. */
export interface FileSnapshotStoreOptions {
  /** The host's directory, which is locked. */
  readonly directory: {
    /** Absolute. */
    readonly path: string
    /** By which this process holds it. */
    readonly lock: DirectoryLock
  }
  readonly fileSystem: FileSystem
  /** What ends the host's storage. By default it is that of the snapshots alone. */
  readonly failure?: SharedFailure
  /** Called if there are snapshots of a group's next incarnation, before any other is looked at: it decides which of them count, and removes the rest. */
  readonly settleNext?: () => Promise<void>
}

/**
 * Opens the snapshots in a host's directory. Close it before the directory.
 * @throws {RaftedError} `directory-in-use` if the directory was lost; `storage-failed` on an I/O error.
 */
export async function openFileSnapshotStore({
  directory: { path, lock },
  fileSystem,
  failure = new SharedFailure(),
  settleNext = async () => {},
}: FileSnapshotStoreOptions): Promise<SnapshotStore> {
  await lock.check()
  const directory = join(path, 'snapshots')
  try {
    if (await fileSystem.exists(join(path, BEGUN))) {
      await fileSystem.makeDirectory(directory)
      await fileSystem.syncDirectory(path)
    } else await settleDirectory(fileSystem, path, 'snapshots')
    await removeTemporaries(fileSystem, directory)
    await settleSnapshots(fileSystem, directory, settleNext)
    const found = snapshotsByKey(await fileSystem.list(directory))
    return new FileSnapshotStore(fileSystem, directory, lock, failure, found)
  } catch (error) {
    throw storageFailed('The directory', directory, error)
  }
}

/**
 * What a former run renamed or removed may not be durable yet (F80). If the flush that should have made it so failed, no later one does (F78), so the newest
 * of each group gets its name once more. Behind it stands one whose flush did not fail, or nothing would have been saved after it.
 */
async function settleSnapshots(
  fileSystem: FileSystem,
  directory: string,
  settleNext: () => Promise<void>,
): Promise<void> {
  let names = await fileSystem.list(directory)
  if (names.some((name) => name.endsWith(NEXT))) {
    await settleNext()
    names = await fileSystem.list(directory)
  }
  for (const [newest, ...older] of snapshotsByKey(names).values())
    for (const file of [newest!, ...older]) {
      const path = join(directory, file.name)
      if (isAside(file.name)) await fileSystem.rename(path, plainName(path))
      else if (file === newest) await settleFile(fileSystem, path)
    }
  await fileSystem.syncDirectory(directory)
}

class FileSnapshotStore implements SnapshotStore {
  readonly #files: FileSystem
  readonly #directory: string
  readonly #lock: DirectoryLock
  /** Durable snapshots by the key of their group, newest first; behind the two that are kept, those still to be removed. */
  readonly #byKey: Map<string, readonly SnapshotFile[]>
  /** Changes of the directory follow each other. */
  #turn: Promise<unknown> = Promise.resolve()
  /** What has been begun on the disk. */
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #readers = new Set<FileHandle>()
  /** A reader that nobody holds any more is never read to its end: its file is closed when it is collected. */
  readonly #forgotten = new FinalizationRegistry<FileHandle>((file) => void this.#endReading(file))
  readonly #saves = new SavesUnderWay()
  #temporaries = 0
  /** After it nothing more is written. */
  readonly #failure: SharedFailure
  #closed = false

  constructor(
    files: FileSystem,
    directory: string,
    lock: DirectoryLock,
    failure: SharedFailure,
    found: Map<string, readonly SnapshotFile[]>,
  ) {
    this.#files = files
    this.#directory = directory
    this.#lock = lock
    this.#failure = failure
    this.#byKey = found
  }

  async list(group: string): Promise<readonly SnapshotMeta[]> {
    this.#checkOpen()
    const key = groupKey(group)
    for (;;) {
      const files = this.#kept(key)
      const metas: SnapshotMeta[] = []
      for (const each of files) {
        const opened = await this.#open(group, each)
        if (opened === null) break
        metas.push(opened.meta)
        await this.#endReading(opened.file)
      }
      if (metas.length === files.length) return metas
      this.#refuseMissing(key, files[metas.length]!)
    }
  }

  async latest(group: string): Promise<StoredSnapshot | null> {
    this.#checkOpen()
    const key = groupKey(group)
    for (;;) {
      const [newest] = this.#kept(key)
      if (newest === undefined) return null
      const opened = await this.#open(group, newest)
      if (opened === null) {
        this.#refuseMissing(key, newest)
        continue
      }
      const chunks = this.#read(opened)
      this.#forgotten.register(chunks, opened.file, opened.file)
      return { meta: opened.meta, chunks }
    }
  }

  async save(
    group: string,
    chunks: AsyncIterable<Uint8Array>,
    meta: () => SnapshotMeta,
  ): Promise<SnapshotMeta> {
    this.#checkWritable()
    return await this.#saves.run(group, (check) => this.#save(group, chunks, meta, check))
  }

  /** @param check throws if the group has been removed meanwhile. */
  async #save(
    group: string,
    chunks: AsyncIterable<Uint8Array>,
    meta: () => SnapshotMeta,
    check: () => void,
  ): Promise<SnapshotMeta> {
    const key = groupKey(group)
    await this.#lock.check()
    const aside = join(this.#directory, temporaryName(`${key}.${++this.#temporaries}`))
    try {
      const saved = await this.#writeAside(aside, group, chunks, meta)
      await this.#inTurn(() => {
        check()
        return this.#install(aside, key, saved)
      })
      return saved
    } catch (error) {
      await this.#io(() => this.#files.remove(aside)).catch(() => {})
      throw error
    }
  }

  async setAside(group: string, index: number): Promise<void> {
    this.#checkWritable()
    const key = groupKey(group)
    await this.#inTurn(async () => {
      const files = this.#byKey.get(key) ?? []
      const doomed = files.find((each) => each.index === index)
      if (doomed === undefined) return
      const path = join(this.#directory, doomed.name)
      // It may be gone altogether; else it is left for people.
      await this.#io(() => renameIfThere(this.#files, path, `${path}.damaged`))
      await this.#flush(() => this.#files.syncDirectory(this.#directory))
      this.#setFiles(
        key,
        files.filter((each) => each !== doomed),
      )
    })
  }

  async remove(group: string): Promise<void> {
    this.#checkWritable()
    const key = groupKey(group)
    this.#saves.end(group)
    // Each new group asks for this, and has none.
    await this.#turn
    if (!this.#byKey.has(key)) return
    await this.#inTurn(async () => {
      const files = this.#byKey.get(key) ?? []
      // The oldest first: a crash in between must not leave one that is older than what was known.
      for (const each of files.toReversed()) {
        await this.#io(() => this.#files.remove(join(this.#directory, each.name)))
        this.#setFiles(key, (this.#byKey.get(key) ?? []).slice(0, -1))
      }
      await this.#flush(() => this.#files.syncDirectory(this.#directory))
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    // A save that waits for its chunks writes nothing more when they come.
    await Promise.allSettled(this.#underWay)
    for (const file of this.#readers) await this.#endReading(file)
  }

  async #writeAside(
    path: string,
    group: string,
    chunks: AsyncIterable<Uint8Array>,
    meta: () => SnapshotMeta,
  ): Promise<SnapshotMeta> {
    const file = await this.#io(() => this.#files.open(path, 'create'))
    try {
      const writer = new SnapshotWriter(file)
      await this.#io(() => writer.head(group))
      for await (const chunk of chunks) await this.#io(() => writer.content(chunk))
      const saved = meta()
      if (saved.size !== writer.size || saved.checksum !== writer.checksum) throw mismatch(group, saved)
      await this.#io(() => writer.tail(encodeTail(saved)))
      await this.#flush(() => file.sync(), isFull)
      return saved
    } finally {
      await file.close()
    }
  }

  /** Gives the file its name, then removes what is older than the last two. */
  async #install(aside: string, key: string, { index, term }: SnapshotMeta): Promise<void> {
    const files = this.#byKey.get(key) ?? []
    if (files[0] !== undefined && index <= files[0].index) {
      await this.#io(() => this.#files.remove(aside))
      return
    }
    const name = snapshotName(key, index, term)
    const path = join(this.#directory, name)
    await this.#io(() => this.#files.rename(aside, path))
    try {
      await this.#flush(() => this.#files.syncDirectory(this.#directory))
    } catch (error) {
      await this.#io(() => this.#files.remove(path)).catch(() => {})
      throw error
    }
    this.#setFiles(key, [{ name, index, term }, ...files])
    await this.#prune(key).catch(() => {})
  }

  /** The new one is durable already. What can't be removed now is when the next one is saved. */
  async #prune(key: string): Promise<void> {
    const files = this.#byKey.get(key) ?? []
    if (files.length <= KEPT) return
    for (const { name } of files.slice(KEPT))
      await this.#io(() => this.#files.remove(join(this.#directory, name)))
    this.#setFiles(key, files.slice(0, KEPT))
    await this.#flush(() => this.#files.syncDirectory(this.#directory))
  }

  #kept(key: string): readonly SnapshotFile[] {
    return (this.#byKey.get(key) ?? []).slice(0, KEPT)
  }

  #setFiles(key: string, files: readonly SnapshotFile[]): void {
    if (files.length === 0) this.#byKey.delete(key)
    else this.#byKey.set(key, files)
  }

  /** @returns null if there is no such file. One that is open stays readable when it is removed. */
  async #open(group: string, snapshot: SnapshotFile): Promise<OpenSnapshot | null> {
    this.#checkOpen()
    const path = join(this.#directory, snapshot.name)
    const file = await this.#files.open(path, 'read').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null
      throw notRead(path, 0, error)
    })
    if (file === null) return null
    this.#readers.add(file)
    try {
      this.#checkOpen()
      return await inspect(file, path, group, snapshot)
    } catch (error) {
      await this.#endReading(file)
      throw notRead(path, 0, error)
    }
  }

  async *#read(opened: OpenSnapshot): AsyncGenerator<Uint8Array, void, Uint8Array | undefined> {
    try {
      yield* contentOf(opened)
    } catch (error) {
      // A file that `close` took from its reader is not damaged.
      this.#checkOpen()
      throw error
    } finally {
      await this.#endReading(opened.file)
    }
  }

  async #endReading(file: FileHandle): Promise<void> {
    this.#forgotten.unregister(file)
    if (this.#readers.delete(file)) await file.close()
  }

  /** A file that is not there was removed while it was looked for, or it is lost. */
  #refuseMissing(key: string, { name }: SnapshotFile): void {
    if (this.#kept(key).some((each) => each.name === name))
      throw damaged(join(this.#directory, name), 0, 'it is gone')
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(async () => {
      this.#checkWritable()
      // A large snapshot takes long: the lock may have gone meanwhile.
      await this.#lock.check()
      return await run()
    })
    this.#turn = done.catch(() => {})
    return done
  }

  /** Every change of the disk goes through here: `close` waits for those under way, and none begins after it. */
  async #io<T>(run: () => Promise<T>): Promise<T> {
    this.#checkOpen()
    const done = run()
    this.#underWay.add(done)
    try {
      return await done
    } catch (error) {
      throw storageFailed('A snapshot in', this.#directory, error)
    } finally {
      this.#underWay.delete(done)
    }
  }

  /**
   * One that fails is the end of the host's storage.
   * @param isHarmless whether it is not, after this error. So where all that was to be flushed is thrown away, and says nothing of the disk.
   */
  async #flush(
    run: () => Promise<void>,
    isHarmless: (error: unknown) => boolean = () => false,
  ): Promise<void> {
    this.#checkWritable()
    await this.#io(() =>
      run().catch((error: unknown) => {
        const failure = storageFailed('A snapshot in', this.#directory, error)
        if (!isHarmless(error)) this.#failure.set(failure)
        throw failure
      }),
    )
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new RaftedError('closed', 'The snapshot store is closed.', { outcome: 'not-applied' })
  }

  #checkWritable(): void {
    this.#checkOpen()
    const cause = this.#failure.error
    if (cause === null) return
    throw new RaftedError(
      'storage-failed',
      `A flush failed in the directory of ${this.#directory}, and nothing more is written there. Look at the disk and start this host anew.`,
      { outcome: 'not-applied', details: { directory: this.#directory }, cause },
    )
  }
}

async function renameIfThere(files: FileSystem, from: string, to: string): Promise<void> {
  await files.rename(from, to).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
  })
}

function mismatch(group: string, { size, checksum }: SnapshotMeta): RaftedError {
  return new RaftedError(
    'damaged-storage',
    `The content of a snapshot of group "${group}" is not what its meta says, so it is not kept. Take it from another member.`,
    { outcome: 'not-applied', details: { group, size, checksum } },
  )
}
