/**
 * The disk of one simulated host. A write is seen at once and durable later; a kill takes what is not, but for a part that
 * happened to get there without anybody having been told. What is durable is given back to the next process.
 */
import {
  entryBytes,
  type GroupIdentity,
  type GroupWrite,
  isSpecial,
  type LogEntry,
  type LogStore,
  type LogWrite,
  type OpenedLog,
  RaftedError,
  type Room,
  type SnapshotMeta,
  type SnapshotStore,
  type StoredSnapshot,
} from '@rafted/contracts'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualTime } from './virtual-clock.ts'

interface DiskLog extends GroupIdentity {
  readonly removedAt: number | null
  readonly term: number
  readonly vote: string | null
  readonly base: OpenedLog['base']
  readonly entries: readonly LogEntry[]
}

interface DiskSnapshot {
  readonly meta: SnapshotMeta
  readonly chunks: readonly Uint8Array[]
}

/** Everything on the disk. Replaced, never changed: what is durable and what is seen share what they have in common. */
interface Content {
  readonly logs: ReadonlyMap<string, DiskLog>
  readonly snapshots: ReadonlyMap<string, readonly DiskSnapshot[]>
}

type Change = (content: Content) => Content

interface Pending {
  readonly change: Change
  readonly resolve: () => void
  readonly isEntries: boolean
}

export interface DiskDelays {
  readonly minMs: number
  readonly maxMs: number
}

export class VirtualDisk {
  readonly #time: VirtualTime
  readonly #random: SeededRandom
  #durable: Content = { logs: new Map(), snapshots: new Map() }
  #seen: Content = this.#durable
  #pending: Pending[] = []
  #busy = false
  /** Grows with each process: what an earlier one waits for never comes. */
  #process = 0
  delays: DiskDelays = { minMs: 0.05, maxMs: 2 }
  /** What was durable before the last flush: where a forgetful disk falls back to. */
  #before: Content = this.#durable
  readonly #forgetful: boolean
  /** Called when a write of entries, a term or a vote begins. */
  onWrite: (() => void) | null = null

  /** @param forgetful whether a kill also takes what the last flush has acknowledged: a disk that lies. */
  constructor(time: VirtualTime, random: SeededRandom, forgetful: boolean) {
    this.#time = time
    this.#random = random
    this.#forgetful = forgetful
  }

  get isWriting(): boolean {
    return this.#pending.some(({ isEntries }) => isEntries)
  }

  /** The stores as a new process sees them. */
  open(): { readonly logs: LogStore; readonly snapshots: SnapshotStore } {
    const disk = new OpenedDisk(this, this.#process)
    return { logs: new DiskLogs(disk), snapshots: new DiskSnapshots(disk) }
  }

  /** The process is killed. */
  kill(): void {
    this.#process++
    const arrived = this.#forgetful ? 0 : this.#random.below(this.#pending.length + 1)
    if (this.#forgetful) this.#durable = this.#before
    for (const { change } of this.#pending.slice(0, arrived)) this.#durable = change(this.#durable)
    this.#pending = []
    this.#busy = false
    this.#seen = this.#durable
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    this.kill()
    this.#durable = { logs: new Map(), snapshots: new Map() }
    this.#before = this.#durable
    this.#seen = this.#durable
  }

  /** What a process sees. */
  get seen(): Content {
    return this.#seen
  }

  /** What would be found after a kill now: for checks. */
  durableLog(group: string): DiskLog | undefined {
    return this.#durable.logs.get(group)
  }

  /**
   * Seen at once; resolves when it is durable, in the order of the calls. @param process who writes: what one that was killed had still
   * in hand reaches no disk, and never resolves.
   */
  change(process: number, change: Change, isEntries: boolean): Promise<void> {
    if (process !== this.#process) return new Promise(() => {})
    this.#seen = change(this.#seen)
    return new Promise((resolve) => {
      this.#pending.push({ change, resolve, isEntries })
      this.#flush()
      if (isEntries) this.onWrite?.()
    })
  }

  /** One flush at a time, of all that had been written when it began: as one `fdatasync` would. */
  #flush(): void {
    if (this.#busy || this.#pending.length === 0) return
    this.#busy = true
    const process = this.#process
    const flushed = this.#pending.length
    this.#time.after(this.#random.between(this.delays.minMs, this.delays.maxMs), () => {
      if (process !== this.#process) return
      const done = this.#pending.slice(0, flushed)
      this.#pending = this.#pending.slice(flushed)
      this.#busy = false
      this.#before = this.#durable
      for (const { change } of done) this.#durable = change(this.#durable)
      for (const { resolve } of done) resolve()
      this.#flush()
    })
  }
}

/** The disk in the hands of one process. */
class OpenedDisk {
  readonly #disk: VirtualDisk
  readonly #process: number

  constructor(disk: VirtualDisk, process: number) {
    this.#disk = disk
    this.#process = process
  }

  get seen(): Content {
    return this.#disk.seen
  }

  change(change: Change, isEntries: boolean): Promise<void> {
    return this.#disk.change(this.#process, change, isEntries)
  }
}

class DiskLogs implements LogStore {
  readonly #disk: OpenedDisk

  constructor(disk: OpenedDisk) {
    this.#disk = disk
  }

  async groups(): Promise<readonly string[]> {
    return [...this.#disk.seen.logs.keys()]
  }

  async create(group: string, { incarnation, member }: GroupIdentity): Promise<void> {
    if (this.#disk.seen.logs.has(group))
      throw new RaftedError('already-exists', `"${group}" has a log.`, { outcome: 'not-applied' })
    const base = { index: 0, term: 0 }
    const log: DiskLog = { incarnation, member, removedAt: null, term: 0, vote: null, base, entries: [] }
    await this.#disk.change(
      withLog(group, () => log),
      true,
    )
  }

  async open(group: string): Promise<OpenedLog | null> {
    const log = this.#disk.seen.logs.get(group)
    if (log === undefined) return null
    const { incarnation, member, removedAt, term, vote, base, entries } = log
    return {
      incarnation,
      member,
      removedAt,
      term,
      vote,
      base,
      runs: runsOf(entries),
      last: base.index + entries.length,
      special: entries.filter(({ kind }) => isSpecial(kind)),
      lastTime: entries.at(-1)?.time ?? 0,
      damaged: [],
    }
  }

  write(writes: readonly GroupWrite[]): Promise<void> {
    return this.#disk.change((content) => {
      let next = content
      for (const { group, write } of writes) next = withLog(group, (log) => written(log!, write))(next)
      return next
    }, true)
  }

  async read(group: string, from: number, count: number, maxBytes: number): Promise<readonly LogEntry[]> {
    const { base, entries } = this.#disk.seen.logs.get(group)!
    if (from <= base.index) return []
    const found: LogEntry[] = []
    let bytes = 0
    for (const entry of entries.slice(from - base.index - 1, from - base.index - 1 + count)) {
      bytes += entryBytes(entry.payload)
      if (bytes > maxBytes && found.length > 0) break
      found.push(entry)
    }
    return found
  }

  room(): Room {
    return 'ok'
  }

  async compact(group: string, { index, term }: OpenedLog['base']): Promise<void> {
    await this.#disk.change(
      withLog(group, (log) => {
        // A reset that is newer has gone further.
        if (log === undefined || index <= log.base.index) return log
        return { ...log, base: { index, term }, entries: log.entries.slice(index - log.base.index) }
      }),
      false,
    )
  }

  async markRemoved(group: string, removedAt: number): Promise<void> {
    await this.#disk.change(
      withLog(group, (log) => log && { ...log, removedAt }),
      true,
    )
  }

  async remove(group: string): Promise<void> {
    await this.#disk.change(
      withLog(group, () => undefined),
      true,
    )
  }

  async close(): Promise<void> {}
}

function withLog(group: string, change: (log: DiskLog | undefined) => DiskLog | undefined): Change {
  return (content) => {
    const logs = new Map(content.logs)
    const log = change(logs.get(group))
    if (log === undefined) logs.delete(group)
    else logs.set(group, log)
    return { ...content, logs }
  }
}

function written(log: DiskLog, write: LogWrite): DiskLog {
  let { base, entries } = log
  if (write.reset !== null) {
    base = { index: write.reset.index, term: write.reset.term }
    entries = []
  }
  if (write.truncateFrom !== null)
    entries = entries.slice(0, Math.max(0, write.truncateFrom - base.index - 1))
  const next = base.index + entries.length + 1
  const first = write.entries[0]
  if (first !== undefined && first.index !== next)
    throw new Error(`entry ${first.index} is written where ${next} should stand`)
  return { ...log, term: write.term, vote: write.vote, base, entries: [...entries, ...write.entries] }
}

function runsOf(entries: readonly LogEntry[]): OpenedLog['runs'] {
  const runs: { first: number; term: number; bytes: number; time: number }[] = []
  for (const { index, term, time, payload } of entries) {
    const run = runs.at(-1)
    if (run === undefined || run.term !== term || run.bytes + entryBytes(payload) > 64 * 1024)
      runs.push({ first: index, term, bytes: entryBytes(payload), time })
    else {
      run.bytes += entryBytes(payload)
      run.time = time
    }
  }
  return runs
}

class DiskSnapshots implements SnapshotStore {
  readonly #disk: OpenedDisk

  constructor(disk: OpenedDisk) {
    this.#disk = disk
  }

  #of(group: string): readonly DiskSnapshot[] {
    return this.#disk.seen.snapshots.get(group) ?? []
  }

  async list(group: string): Promise<readonly SnapshotMeta[]> {
    return this.#of(group).map(({ meta }) => meta)
  }

  async latest(group: string): Promise<StoredSnapshot | null> {
    const newest = this.#of(group)[0]
    if (newest === undefined) return null
    const { meta, chunks } = newest
    return {
      meta,
      chunks: (async function* () {
        yield* chunks
      })(),
    }
  }

  async save(
    group: string,
    chunks: AsyncIterable<Uint8Array>,
    meta: () => SnapshotMeta,
  ): Promise<SnapshotMeta> {
    const copies: Uint8Array[] = []
    for await (const chunk of chunks) copies.push(chunk.slice())
    const saved: DiskSnapshot = { meta: meta(), chunks: copies }
    await this.#disk.change((content) => {
      const kept = content.snapshots.get(group) ?? []
      if (kept[0] !== undefined && kept[0].meta.index >= saved.meta.index) return content
      const snapshots = new Map(content.snapshots).set(group, [saved, ...kept].slice(0, 2))
      return { ...content, snapshots }
    }, false)
    return saved.meta
  }

  async remove(group: string): Promise<void> {
    await this.#disk.change((content) => {
      const snapshots = new Map(content.snapshots)
      snapshots.delete(group)
      return { ...content, snapshots }
    }, false)
  }

  async close(): Promise<void> {}
}
