/** Watches keys: what was changed, in order, once each, at the reader's pace. Nothing is asked ahead of the reader. */
import type { ValueHandle, Watch } from '@rafted/contracts'
import type { KvChanges, KvEntry, KvEvent, KvWatchEvent } from './entry.ts'
import type { KvFilter, kvStore } from './machine.ts'
import type { Names } from './names.ts'

type Handle = ValueHandle<typeof kvStore>
type Queries = 'news' | 'held' | 'revision'
type News = Awaited<ReturnType<Handle['news']>>

/** What becomes of keys, event by event. Whoever stops reading calls `return`, as a loop does. */
export interface KvWatch<V = unknown> extends Watch<KvWatchEvent<V>> {
  /** The revision behind which it begins, once that is known: all that is done from then on, by whomever, is told. */
  readonly begun: Promise<number>
}

export class StoreWatch implements KvWatch {
  readonly #handle: Handle
  readonly #wanted: KvFilter
  readonly begun: Promise<number>
  /** The newest revision that the reader knows. */
  #after: number | null = null
  readonly #waiting: KvWatchEvent[] = []
  #asking: Watch<unknown> | null = null
  #isEnded = false
  #turn: Promise<unknown> = Promise.resolve()

  /** @param from the first revision that is wanted, or null: what comes after what has been done by now. */
  constructor(handle: Handle, wanted: KvFilter, from: number | null) {
    this.#handle = handle
    this.#wanted = wanted
    this.begun = from === null ? this.#answer('revision') : Promise.resolve(from - 1)
    // Whoever reads is told.
    this.begun.catch(() => {})
  }

  next(): Promise<IteratorResult<KvWatchEvent, undefined>> {
    const next = this.#turn.then(() => this.#next())
    this.#turn = next.catch(() => {})
    return next
  }

  /** Ends it: what is awaited as well. */
  async return(): Promise<IteratorResult<KvWatchEvent, undefined>> {
    this.#isEnded = true
    await this.#asking?.return()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #next(): Promise<IteratorResult<KvWatchEvent, undefined>> {
    try {
      while (!this.#isEnded && this.#waiting.length === 0) await this.#ask()
    } catch (error) {
      if (!this.#isEnded) throw error
    }
    const value = this.#isEnded ? undefined : this.#waiting.shift()
    return value === undefined ? { done: true, value } : { done: false, value }
  }

  /** Waits for something new, of which there may be nothing for the reader. */
  async #ask(): Promise<void> {
    this.#after ??= await this.begun
    const after = this.#after
    let news: News | null = null
    await this.#watch('news', [this.#wanted, after], (answer) => {
      news = answer as News
      return news.kind === 'forgotten' || news.upTo > after
    })
    if (news !== null) await this.#take(news)
  }

  async #take(news: News): Promise<void> {
    if (news.kind === 'forgotten') return this.#beginAnew()
    this.#waiting.push(...news.moments.map((moment): KvChanges => ({ kind: 'changes', ...moment })))
    this.#after = news.upTo
  }

  /** Pages of entries are of different revisions: what was changed from one to the next makes them those of the last. */
  async #beginAnew(): Promise<void> {
    const entries = new Map<string, KvEntry>()
    let revision: number | null = null
    let from: string | null = null
    do {
      const page: Awaited<ReturnType<Handle['held']>> = await this.#answer('held', this.#wanted, from)
      for (const entry of page.entries) entries.set(entry.key, entry)
      revision ??= page.revision
      while (revision < page.revision) {
        const news: News = await this.#answer('news', this.#wanted, revision)
        // So much was changed meanwhile that it isn't remembered: once more, in the next round.
        if (news.kind === 'forgotten') return
        for (const { events } of news.moments) for (const event of events) keep(entries, event)
        // Nobody is moved on behind a few events that don't concern him.
        revision = news.upTo === revision ? page.revision : news.upTo
      }
      from = page.next
    } while (from !== null)
    const sorted = [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
    this.#waiting.push({ kind: 'snapshot', revision, entries: sorted })
    this.#after = revision
  }

  async #answer<Name extends Queries>(
    name: Name,
    ...args: Parameters<Handle[Name]>
  ): Promise<Awaited<ReturnType<Handle[Name]>>> {
    let found: unknown
    await this.#watch(name, args, (answer) => {
      found = answer
      return true
    })
    return found as Awaited<ReturnType<Handle[Name]>>
  }

  /** A query that is watched is asked for as long as it takes, through failures. Reads its answers until one will do. */
  async #watch(
    name: Queries,
    args: readonly unknown[],
    isEnough: (answer: unknown) => boolean,
  ): Promise<void> {
    if (this.#isEnded) throw new TypeError('the watch has ended')
    const watch = (this.#handle.watchQuery as (name: Queries, ...args: readonly unknown[]) => Watch<unknown>)(
      name,
      ...args,
    )
    this.#asking = watch
    try {
      for await (const answer of watch) if (isEnough(answer)) return
    } finally {
      this.#asking = null
    }
    throw new TypeError('the watch has ended')
  }
}

function keep(entries: Map<string, KvEntry>, event: KvEvent): void {
  if (event.kind === 'put') entries.set(event.entry.key, event.entry)
  else entries.delete(event.key)
}

/** Keys as the caller names them. */
export class NamedWatch<V> implements KvWatch<V> {
  readonly #watch: KvWatch
  readonly #names: Names

  constructor(watch: KvWatch, names: Names) {
    this.#watch = watch
    this.#names = names
  }

  get begun(): Promise<number> {
    return this.#watch.begun
  }

  async next(): Promise<IteratorResult<KvWatchEvent<V>, undefined>> {
    const result = await this.#watch.next()
    return result.done ? result : { done: false, value: this.#names.watched<V>(result.value) }
  }

  async return(): Promise<IteratorResult<KvWatchEvent<V>, undefined>> {
    await this.#watch.return()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
