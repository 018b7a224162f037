/** A log store in memory whose entries can be made unreadable, and that takes them back, as one on a damaged disk. */
import { type LogEntry, type LogStore, type OpenedLog, RaftedError } from '@rafted/contracts'

type Parts<Name extends keyof LogStore> = LogStore[Name] extends (...parts: infer P) => unknown ? P : never

/** Indexes of the entries that can't be read, by group: they outlive the store, as the disk does. */
export class Damage {
  readonly #indexes = new Map<string, Set<number>>()

  add(group: string, from: number, to: number): void {
    for (let index = from; index <= to; index++) this.of(group).add(index)
  }

  of(group: string): Set<number> {
    const known = this.#indexes.get(group) ?? new Set<number>()
    this.#indexes.set(group, known)
    return known
  }

  drop(group: string, isGone: (index: number) => boolean): void {
    const indexes = this.of(group)
    for (const index of indexes) if (isGone(index)) indexes.delete(index)
  }

  ranges(group: string): { from: number; to: number }[] {
    const ranges: { from: number; to: number }[] = []
    for (const index of [...this.of(group)].sort((a, b) => a - b)) {
      const last = ranges.at(-1)
      if (last?.to === index - 1) last.to = index
      else ranges.push({ from: index, to: index })
    }
    return ranges
  }
}

export class DamageableLogs implements LogStore {
  readonly #inner: LogStore
  readonly #damage: Damage

  constructor(inner: LogStore, damage: Damage) {
    this.#inner = inner
    this.#damage = damage
  }

  async open(group: string): Promise<OpenedLog | null> {
    const log = await this.#inner.open(group)
    return log === null ? null : { ...log, damaged: this.#damage.ranges(group) }
  }

  write(...[writes]: Parts<'write'>): Promise<void> {
    for (const { group, write } of writes) {
      if (write.reset !== null) this.#damage.drop(group, () => true)
      const { truncateFrom } = write
      if (truncateFrom !== null) this.#damage.drop(group, (index) => index >= truncateFrom)
    }
    return this.#inner.write(writes)
  }

  async read(...[group, from, count, maxBytes]: Parts<'read'>): Promise<readonly LogEntry[]> {
    const damaged = this.#damage.of(group)
    const entries = await this.#inner.read(group, from, count, maxBytes)
    const first = entries.findIndex(({ index }) => damaged.has(index))
    return first < 0 ? entries : entries.slice(0, first)
  }

  async restore(...[group, entries]: Parts<'restore'>): Promise<void> {
    const damaged = this.#damage.of(group)
    for (const { index, term, payload } of entries) {
      const [own] = await this.#inner.read(group, index, 1, 1)
      const isIt = own !== undefined && own.term === term && Buffer.compare(own.payload, payload) === 0
      if (!isIt || !damaged.has(index))
        throw new RaftedError('invalid-argument', `Entry ${index} is not damaged.`, {
          outcome: 'not-applied',
        })
    }
    for (const { index } of entries) damaged.delete(index)
  }

  compact(...[group, upTo]: Parts<'compact'>): Promise<void> {
    this.#damage.drop(group, (index) => index <= upTo.index)
    return this.#inner.compact(group, upTo)
  }

  groups = () => this.#inner.groups()
  create = (...parts: Parts<'create'>) => this.#inner.create(...parts)
  room = () => this.#inner.room()
  markRemoved = (...parts: Parts<'markRemoved'>) => this.#inner.markRemoved(...parts)
  remove = (group: string) => this.#inner.remove(group)
  close = () => this.#inner.close()
}
