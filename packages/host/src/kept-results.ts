/**
 * Results by their caller's own idempotency key: a command asked again under the same key, by whatever session, gets the first
 * result. Replicated state of bounded size: the oldest leave first, so a key protects while it is among as many of the newest as the
 * group's settings retain.
 */
import { MAX_KEY_BYTES, MAX_RETAINED_RESULTS, type Reader, type Writer } from '@rafted/wire'
import type { Reply } from './replies.ts'
import { readReply, writeReply } from './sessions.ts'

export class KeptResults {
  readonly #results: Map<string, Reply>

  constructor(results: Iterable<readonly [string, Reply]> = []) {
    this.#results = new Map(results)
  }

  get(key: string): Reply | undefined {
    return this.#results.get(key)
  }

  add(key: string, reply: Reply, retained: number): void {
    this.#results.set(key, reply)
    this.retain(retained)
  }

  /** Forgets the oldest of more than so many. */
  retain(count: number): void {
    for (const oldest of this.#results.keys()) {
      if (this.#results.size <= count) return
      this.#results.delete(oldest)
    }
  }

  write(w: Writer): void {
    w.uint(this.#results.size)
    for (const [key, reply] of this.#results) {
      w.id(key, MAX_KEY_BYTES)
      writeReply(w, reply)
    }
  }

  static read(r: Reader): KeptResults {
    const results: [string, Reply][] = []
    for (let left = r.count(MAX_RETAINED_RESULTS, 5, 'kept results'); left > 0; left--)
      results.push([r.id(MAX_KEY_BYTES), readReply(r)])
    return new KeptResults(results)
  }
}
