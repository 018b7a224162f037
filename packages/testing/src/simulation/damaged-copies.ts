/** What of one host's logs can't be read, or is gone, though it was durable once. */
import type { LogStore, OpenedLog } from '@rafted/contracts'
import type { LogWitness } from '../witnesses/log-witness.ts'
import type { WrittenLog } from '../witnesses/written-logs.ts'

/** What is read of a group's log. */
export type FoundLog = Pick<OpenedLog, 'damaged' | 'last' | 'lostTo' | 'special'>

export class DamagedCopies {
  readonly #witness: LogWitness
  /** Indexes that can't be read, by group. */
  readonly #unreadable = new Map<string, Set<number>>()
  /** What was durable each time when something turned out not to be, by group. */
  readonly #former = new Map<string, WrittenLog[]>()

  constructor(witness: LogWitness) {
    this.#witness = witness
  }

  /** Something has been damaged. @param found what will be read of the groups' logs. */
  damaged(found: ReadonlyMap<string, FoundLog>): void {
    for (const group of this.#witness.groups) {
      const log = this.#witness.durable(group)!
      this.#former.set(group, [...(this.#former.get(group) ?? []), log])
      const { damaged = [], last = log.last } = found.get(group) ?? {}
      this.#unreadable.set(group, indexesIn([...damaged, { from: last + 1, to: log.last }]))
    }
  }

  /** The storage has been opened. What is gone is not in its logs any more. @param found what it can't read, by group. */
  opened(found: ReadonlyMap<string, FoundLog['damaged']>): void {
    this.#unreadable.clear()
    for (const [group, damaged] of found) this.#unreadable.set(group, indexesIn(damaged))
  }

  /** @returns the store: what becomes of entries that can't be read is seen from now on. */
  watch(store: LogStore): LogStore {
    return {
      groups: () => store.groups(),
      create: (group, identity) => store.create(group, identity),
      open: (group) => store.open(group),
      write: async (writes) => {
        for (const { group, write } of writes) {
          const { reset, truncateFrom } = write
          if (reset !== null) this.#dropped(group, () => true)
          else if (truncateFrom !== null) this.#dropped(group, (index) => index >= truncateFrom)
        }
        await store.write(writes)
      },
      read: (group, from, count, maxBytes) => store.read(group, from, count, maxBytes),
      restore: async (group, entries) => {
        await store.restore(group, entries)
        const restored = new Set(entries.map(({ index }) => index))
        this.#dropped(group, (index) => restored.has(index))
      },
      room: () => store.room(),
      compact: (group, upTo) => {
        this.#dropped(group, (index) => index <= upTo.index)
        return store.compact(group, upTo)
      },
      markRemoved: (group, removedAt) => store.markRemoved(group, removedAt),
      remove: (group) => {
        this.#dropped(group, () => true)
        return store.remove(group)
      },
      close: () => store.close(),
    }
  }

  #dropped(group: string, isGone: (index: number) => boolean): void {
    const indexes = this.#unreadable.get(group)
    for (const index of indexes ?? []) if (isGone(index)) indexes!.delete(index)
  }

  /** Whether what the group's log has at this index, if anything, can be read. */
  canRead(group: string, index: number): boolean {
    return !(this.#unreadable.get(group)?.has(index) ?? false)
  }

  /** Whether all that was ever durable of the group's log is there, or has been made good. */
  isWhole(group: string): boolean {
    const unreadable = this.#unreadable.get(group)?.size ?? 0
    return unreadable === 0 && (this.#witness.durable(group)?.lostTo ?? null) === null
  }

  /**
   * Whether the member had this entry before its log was damaged, so that a leader of this term may have been told so: nobody can take that back
   * before it hears of the damage.
   */
  had(group: string, member: string, index: number, term: number, leaderTerm: number): boolean {
    const former = this.#former.get(group) ?? []
    return former.some(
      (log) =>
        log.member === member &&
        leaderTerm <= log.term &&
        (index <= log.base.index || log.at(index)?.term === term),
    )
  }

  /** The disk was replaced by an empty one. */
  forget(): void {
    this.#unreadable.clear()
    this.#former.clear()
  }
}

/** What can't be read of each group's log. */
export async function damagedIn(
  logs: Pick<LogStore, 'groups' | 'open'>,
): Promise<ReadonlyMap<string, FoundLog['damaged']>> {
  const found = new Map<string, FoundLog['damaged']>()
  for (const group of await logs.groups()) found.set(group, (await logs.open(group))?.damaged ?? [])
  return found
}

function indexesIn(ranges: FoundLog['damaged']): Set<number> {
  const indexes = new Set<number>()
  for (const { from, to } of ranges) for (let index = from; index <= to; index++) indexes.add(index)
  return indexes
}
