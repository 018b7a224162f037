/**
 * Results by their caller's own idempotency key: a command asked again under the same key, by whatever session, gets the first
 * result. Replicated state of bounded size: the oldest leave first, so a key protects while it is among as many of the newest as the
 * group's settings retain.
 *
 * A key may be withdrawn instead: nothing runs under it, for as long as a copy of what was called under it may come.
 */
import { MAX_KEY_BYTES, MAX_RETAINED_RESULTS, type Reader, type Writer } from '@rafted/wire'
import type { Reply } from './replies.ts'
import { SeldomMap } from './seldom.ts'
import { readReply, writeReply } from './sessions.ts'

/** Keys that may be withdrawn at a time. */
export const MAX_WITHDRAWN_KEYS = 1024

export class KeptResults {
  readonly #results: SeldomMap<string, Reply>
  /** Withdrawn keys, and the index of the entry that did it; ascending. */
  readonly #withdrawn: SeldomMap<string, number>
  #forgottenTo: number

  constructor(
    results: Iterable<readonly [string, Reply]> = [],
    withdrawn: Iterable<readonly [string, number]> = [],
    forgottenTo = 0,
  ) {
    this.#results = new SeldomMap(results)
    this.#withdrawn = new SeldomMap(withdrawn)
    this.#forgottenTo = forgottenTo
  }

  get(key: string): Reply | undefined {
    return this.#results.get(key)
  }

  /** Every result of a command that stands behind this index is kept. */
  get forgottenTo(): number {
    return this.#forgottenTo
  }

  add(key: string, reply: Reply, retained: number): void {
    this.#results.set(key, reply)
    this.retain(retained)
  }

  /** Forgets the oldest of more than so many. */
  retain(count: number): void {
    for (const [oldest, { index }] of this.#results) {
      if (this.#results.size <= count) return
      this.#results.delete(oldest)
      this.#forgottenTo = index
    }
  }

  isWithdrawn(key: string): boolean {
    return this.#withdrawn.has(key)
  }

  /**
   * Nothing runs under this key from `index` on.
   * @param oldestSession those before it are gone, and with them all copies of their commands.
   * @returns whether there was room for it.
   */
  withdraw(key: string, index: number, oldestSession: () => number): boolean {
    if (this.#withdrawn.size >= MAX_WITHDRAWN_KEYS) {
      const oldest = oldestSession()
      for (const [withdrawn, at] of this.#withdrawn) {
        if (at > oldest) break
        this.#withdrawn.delete(withdrawn)
      }
      if (this.#withdrawn.size >= MAX_WITHDRAWN_KEYS) return false
    }
    this.#withdrawn.set(key, index)
    return true
  }

  write(w: Writer): void {
    w.uint(this.#results.size)
    for (const [key, reply] of this.#results) {
      w.id(key, MAX_KEY_BYTES)
      writeReply(w, reply)
    }
    w.uint(this.#forgottenTo)
    w.uint(this.#withdrawn.size)
    for (const [key, index] of this.#withdrawn) {
      w.id(key, MAX_KEY_BYTES)
      w.uint(index)
    }
  }

  static read(r: Reader): KeptResults {
    const results: [string, Reply][] = []
    for (let left = r.count(MAX_RETAINED_RESULTS, 5, 'kept results'); left > 0; left--)
      results.push([r.id(MAX_KEY_BYTES), readReply(r)])
    const forgottenTo = r.uint()
    const withdrawn: [string, number][] = []
    for (let left = r.count(MAX_WITHDRAWN_KEYS, 3, 'withdrawn keys'); left > 0; left--)
      withdrawn.push([r.id(MAX_KEY_BYTES), r.uint()])
    return new KeptResults(results, withdrawn, forgottenTo)
  }
}
