/**
 * Sees what is asked of a log store and what it acknowledges, over all its lives. What it gives back after a crash must lie in between:
 * nothing that was acknowledged is missing, nothing is there that was never written, and all of it is as it was at one moment.
 */
import type { LogStore } from '@rafted/contracts'
import {
  compact,
  create,
  differenceOf,
  isSame,
  type LogsChange,
  logsIn,
  markRemoved,
  remove,
  type WrittenLog,
  type WrittenLogs,
  write,
} from './written-logs.ts'

interface Pending {
  /** The logs after this call and those before it. */
  readonly logs: WrittenLogs
  /** Whether somebody waits for it to be durable: nobody does for a compaction. */
  readonly isAwaited: boolean
}

/** What a store may hold that is opened after a crash at one moment. */
export class LogMoment {
  readonly #states: readonly WrittenLogs[]

  constructor(states: readonly WrittenLogs[]) {
    this.#states = states
  }

  /**
   * @param isDamaged whether its files were, so that entries may be damaged or lost, where it says so.
   * @returns what is wrong with what the store holds, or null.
   */
  async compare(store: LogStore, isDamaged = false): Promise<string | null> {
    return (await this.look(store, isDamaged)).wrong
  }

  /** @internal Also what the store holds, or null if it contradicts itself. */
  async look(
    store: LogStore,
    isDamaged = false,
  ): Promise<{ readonly found: WrittenLogs | null; readonly wrong: string | null }> {
    try {
      if (isDamaged) return await this.#lookAtDamaged(store)
      const found = await logsIn(store)
      return { found, wrong: this.#whyNot(found) }
    } catch (error) {
      return { found: null, wrong: String(error) }
    }
  }

  /** What can't be read is taken for what was written there at the moment that fits the rest. */
  async #lookAtDamaged(
    store: LogStore,
  ): Promise<{ readonly found: WrittenLogs | null; readonly wrong: string | null }> {
    const wrong: string[] = []
    for (const state of this.#states.toReversed()) {
      try {
        const found = await logsIn(store, state)
        const difference = differenceOf(found, state, true)
        if (difference === null) return { found, wrong: null }
        wrong.push(difference)
      } catch (error) {
        // What can't be read may have been cut off in this state, and stand there in an earlier one.
        wrong.push(String(error))
      }
    }
    return { found: null, wrong: wrong.join('; ') }
  }

  #whyNot(found: WrittenLogs): string | null {
    const differences = this.#states.map((state) => differenceOf(found, state))
    if (differences.includes(null)) return null
    const last = differences.length === 1 ? '' : `; after all that was written: ${differences.at(-1)}`
    return `after what was acknowledged: ${differences[0]}${last}`
  }
}

/** Stands before a log store, and knows what it may hold after a crash. */
export class LogWitness {
  #durable: WrittenLogs = new Map()
  #seen: WrittenLogs = this.#durable
  #pending: Pending[] = []
  /** Of all calls, how many are durable. */
  #done = 0
  /** Grows with each life of the store: what an earlier one says late is not heard. */
  #life = 0
  /** What was read and had not been written so. */
  readonly misread: string[] = []

  /** @returns the store, whose calls are seen from now on. Those of stores that were watched before are not seen any more. */
  watch(store: LogStore): LogStore {
    const life = ++this.#life
    return new WitnessedLogStore(store, {
      calls: (change, answer, isAwaited) => this.#calls(life, change, answer, isAwaited),
      reads: (group) => (life === this.#life ? this.#seen.get(group) : undefined),
      misread: (what) => this.misread.push(what),
    })
  }

  /** Whether somebody waits for a write to be durable. */
  get isWriting(): boolean {
    return this.#pending.some(({ isAwaited }) => isAwaited)
  }

  /** The group's log as all calls so far have made it. */
  seen(group: string): WrittenLog | undefined {
    return this.#seen.get(group)
  }

  /** Groups that must be found to have a log after a crash. */
  get groups(): readonly string[] {
    return [...this.#durable.keys()]
  }

  /** The group's log as it must be found after a crash, at least. */
  durable(group: string): WrittenLog | undefined {
    return this.#durable.get(group)
  }

  /** What may be found after a crash now: from what was acknowledged to all that was asked for. */
  moment(): LogMoment {
    return new LogMoment([this.#durable, ...this.#pending.map(({ logs }) => logs)])
  }

  /**
   * Compares what a store holds that was opened anew, after a crash or not, with what it may hold. From then on that counts as durable: whoever
   * opened it builds on it. @param isDamaged as for `compare`. @returns what is wrong, or null.
   */
  async reopened(store: LogStore, isDamaged = false): Promise<string | null> {
    const { found, wrong } = await this.moment().look(store, isDamaged)
    if (found !== null) {
      this.#life++
      this.#durable = found
      this.#seen = found
      this.#pending = []
    }
    return wrong
  }

  /** The disk was replaced by an empty one. */
  forget(): void {
    this.#life++
    this.#durable = new Map()
    this.#seen = this.#durable
    this.#pending = []
  }

  #calls(life: number, change: LogsChange, answer: Promise<unknown>, isAwaited: boolean): void {
    if (life !== this.#life) return
    this.#seen = change(this.#seen)
    this.#pending.push({ logs: this.#seen, isAwaited })
    if (!isAwaited) return
    const number = this.#done + this.#pending.length
    answer.then(
      () => {
        if (life === this.#life) this.#acknowledged(number)
      },
      // It may have happened or not.
      () => {},
    )
  }

  /** Calls are carried out in their order, so that those before it are durable as well. */
  #acknowledged(number: number): void {
    while (this.#done < number && this.#pending.length > 0) {
      this.#durable = this.#pending.shift()!.logs
      this.#done++
    }
  }
}

interface Witness {
  calls(change: LogsChange, answer: Promise<unknown>, isAwaited: boolean): void
  /** The log as a read that begins now should find it. */
  reads(group: string): WrittenLog | undefined
  misread(what: string): void
}

class WitnessedLogStore implements LogStore {
  readonly #store: LogStore
  readonly #witness: Witness

  constructor(store: LogStore, witness: Witness) {
    this.#store = store
    this.#witness = witness
  }

  groups(): ReturnType<LogStore['groups']> {
    return this.#store.groups()
  }

  open(group: string): ReturnType<LogStore['open']> {
    return this.#store.open(group)
  }

  room(): ReturnType<LogStore['room']> {
    return this.#store.room()
  }

  /** What it puts back was written before: nothing is to be there then that was not. */
  restore(...args: Parameters<LogStore['restore']>): Promise<void> {
    return this.#store.restore(...args)
  }

  create(...args: Parameters<LogStore['create']>): Promise<void> {
    return this.#change(create(...args), this.#store.create(...args))
  }

  write(writes: Parameters<LogStore['write']>[0]): Promise<void> {
    return this.#change(write(writes), this.#store.write(writes))
  }

  markRemoved(...args: Parameters<LogStore['markRemoved']>): Promise<void> {
    return this.#change(markRemoved(...args), this.#store.markRemoved(...args))
  }

  remove(group: string): Promise<void> {
    return this.#change(remove(group), this.#store.remove(group))
  }

  async compact(...args: Parameters<LogStore['compact']>): Promise<void> {
    const answer = this.#store.compact(...args)
    this.#witness.calls(compact(...args), answer, false)
    await answer
  }

  async read(...args: Parameters<LogStore['read']>): ReturnType<LogStore['read']> {
    const [group, from, count] = args
    const log = this.#witness.reads(group)
    const entries = await this.#store.read(...args)
    if (log === undefined) return entries
    const wrong = entries.findIndex((entry, i) => {
      const expected = i < count && from > log.base.index ? log.at(from + i) : undefined
      return expected === undefined || !isSame(entry, expected)
    })
    const isEmpty = entries.length === 0 && count > 0 && log.at(from) !== undefined
    if (wrong !== -1 || (isEmpty && !(await this.#isDamaged(group, from))))
      this.#witness.misread(
        `entry ${from + Math.max(0, wrong)} of "${group}", read from ${from} on, is not what was written there`,
      )
    return entries
  }

  /** Whether the entry is damaged, or was until just now. */
  async #isDamaged(group: string, index: number): Promise<boolean> {
    const { damaged = [] } = (await this.#store.open(group)) ?? {}
    if (damaged.some(({ from, to }) => index >= from && index <= to)) return true
    return (await this.#store.read(group, index, 1, 0)).length > 0
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  /** Heard by the witness before the caller hears it. */
  async #change(change: LogsChange, answer: Promise<void>): Promise<void> {
    this.#witness.calls(change, answer, true)
    await answer
  }
}
