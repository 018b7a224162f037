/** Several storages as one: each group lives in one of them. */
import {
  type GroupIdentity,
  type GroupWrite,
  type LogEntry,
  type LogStore,
  type OpenedLog,
  RaftedError,
  type Room,
  type SnapshotMeta,
  type SnapshotStore,
  type StoredSnapshot,
} from '@rafted/contracts'
import type { Storage } from './storage.ts'

/**
 * One storage made of several. They are its own from then on: closing it closes them.
 *
 * @param storages by a name for each, used by `choose` and in errors.
 * @param choose the name of the storage a group lives in. It must give the same answer for a group for ever: a log that
 * lies in another storage than the chosen one is not looked for, but `groups` refuses to go on when it meets one. A name that there isn't is refused where
 * the group is asked for (`invalid-argument`).
 */
export function storageByGroup<Name extends string>(
  storages: Readonly<Record<Name, Storage>>,
  choose: (group: string) => NoInfer<Name>,
): Storage {
  const chosen = (group: string): Storage => {
    const name = choose(group)
    // Own properties only: a name from a program without types must not find `toString`.
    if (Object.hasOwn(storages, name)) return storages[name]
    const message = `Group "${group}" is to live in storage "${name}", which is none of ${Object.keys(storages).join(', ')}.`
    throw new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
  }
  const all = Object.values<Storage>(storages)
  return {
    logs: new LogsByGroup(new Set(all.map(({ logs }) => logs)), (group) => chosen(group).logs),
    snapshots: new SnapshotsByGroup(
      new Set(all.map(({ snapshots }) => snapshots)),
      (group) => chosen(group).snapshots,
    ),
  }
}

class LogsByGroup implements LogStore {
  readonly durableAtOnce: boolean
  readonly #stores: ReadonlySet<LogStore>
  readonly #choose: (group: string) => LogStore
  /** The last write that was asked for: the next one resolves after it, whichever stores the two are for. */
  #last: Promise<unknown> = Promise.resolve()
  #failure: unknown = null
  #closed = false

  constructor(stores: ReadonlySet<LogStore>, choose: (group: string) => LogStore) {
    this.#stores = stores
    this.#choose = choose
    this.durableAtOnce = [...stores].every(({ durableAtOnce = false }) => durableAtOnce)
  }

  lifeOf(group: string): string | undefined {
    return this.#choose(group).lifeOf?.(group)
  }

  async groups(): Promise<readonly string[]> {
    this.#check()
    const stores = [...this.#stores]
    const lists = await Promise.all(stores.map((store) => store.groups()))
    for (const [i, groups] of lists.entries())
      for (const group of groups) if (this.#choose(group) !== stores[i]) throw misplaced(group)
    return lists.flat()
  }

  async create(group: string, identity: GroupIdentity): Promise<void> {
    await this.#of(group).create(group, identity)
  }

  async open(group: string): Promise<OpenedLog | null> {
    return await this.#of(group).open(group)
  }

  write(writes: readonly GroupWrite[]): Promise<void> {
    try {
      this.#check()
      const parts = this.#split(writes)
      const done = [...parts].map(([store, part]) => store.write(part))
      const last = Promise.all([this.#last, ...done]).then(noResult, (error: unknown) => {
        this.#failure ??= error
        throw error
      })
      this.#last = last
      return last
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** By store, in order. */
  #split(writes: readonly GroupWrite[]): Map<LogStore, GroupWrite[]> {
    const parts = new Map<LogStore, GroupWrite[]>()
    for (const write of writes) {
      const store = this.#choose(write.group)
      const part = parts.get(store)
      if (part === undefined) parts.set(store, [write])
      else part.push(write)
    }
    return parts
  }

  async read(group: string, from: number, count: number, maxBytes: number): Promise<readonly LogEntry[]> {
    return await this.#of(group).read(group, from, count, maxBytes)
  }

  async restore(group: string, entries: readonly LogEntry[]): Promise<void> {
    await this.#of(group).restore(group, entries)
  }

  /** The worst of all: a proposal may be for any group. */
  room(): Room {
    const rooms = [...this.#stores].map((store) => store.room())
    if (rooms.includes('full')) return 'full'
    return rooms.includes('low') ? 'low' : 'ok'
  }

  async compact(group: string, upTo: OpenedLog['base']): Promise<void> {
    await this.#of(group).compact(group, upTo)
  }

  async markRemoved(group: string, removedAt: number): Promise<void> {
    await this.#of(group).markRemoved(group, removedAt)
  }

  async remove(group: string): Promise<void> {
    await this.#of(group).remove(group)
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([this.#last])
    await closeAll(this.#stores)
  }

  #of(group: string): LogStore {
    this.#check()
    return this.#choose(group)
  }

  /** One storage that failed is the host's: the others take nothing more either. */
  #check(): void {
    if (this.#closed) throw new RaftedError('closed', 'The log store is closed.', { outcome: 'not-applied' })
    if (this.#failure === null) return
    const message = 'One of the storages failed at an earlier write. Open them anew.'
    throw new RaftedError('storage-failed', message, { outcome: 'not-applied', cause: this.#failure })
  }
}

class SnapshotsByGroup implements SnapshotStore {
  readonly #stores: ReadonlySet<SnapshotStore>
  readonly #of: (group: string) => SnapshotStore

  constructor(stores: ReadonlySet<SnapshotStore>, choose: (group: string) => SnapshotStore) {
    this.#stores = stores
    this.#of = choose
  }

  async list(group: string): Promise<readonly SnapshotMeta[]> {
    return await this.#of(group).list(group)
  }

  async latest(group: string): Promise<StoredSnapshot | null> {
    return await this.#of(group).latest(group)
  }

  async save(
    group: string,
    chunks: AsyncIterable<Uint8Array>,
    meta: () => SnapshotMeta,
  ): Promise<SnapshotMeta> {
    return await this.#of(group).save(group, chunks, meta)
  }

  async setAside(group: string, index: number): Promise<void> {
    await this.#of(group).setAside(group, index)
  }

  async remove(group: string): Promise<void> {
    await this.#of(group).remove(group)
  }

  async close(): Promise<void> {
    await closeAll(this.#stores)
  }
}

/** Closes each, also when another one's closing fails. */
async function closeAll(stores: Iterable<LogStore | SnapshotStore>): Promise<void> {
  const results = await Promise.allSettled([...stores].map((store) => store.close()))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

function misplaced(group: string): RaftedError {
  return new RaftedError(
    'invalid-argument',
    `Group "${group}" has a log in another storage than the one it is to live in. Choose that one, or remove its log there.`,
    { outcome: 'not-applied', details: { group } },
  )
}

function noResult(): void {}
