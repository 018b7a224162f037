/**
 * Results by their caller's own idempotency key: a command asked again under the same key, by whatever session, gets the first
 * result. Replicated state of a fixed size: the oldest leave first, so a key protects while it is among the newest
 * `RETAINED_RESULTS`.
 */
import { MAX_KEY_BYTES, type Reader, type Writer } from '@rafted/wire'
import type { Reply } from './replies.ts'
import { readReply, writeReply } from './sessions.ts'

/** Keys a group remembers. */
export const RETAINED_RESULTS = 100

export class KeptResults {
  readonly #results: Map<string, Reply>

  constructor(results: Iterable<readonly [string, Reply]> = []) {
    this.#results = new Map(results)
  }

  get(key: string): Reply | undefined {
    return this.#results.get(key)
  }

  add(key: string, reply: Reply): void {
    this.#results.set(key, reply)
    if (this.#results.size <= RETAINED_RESULTS) return
    for (const oldest of this.#results.keys()) {
      this.#results.delete(oldest)
      return
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
    for (let left = r.count(RETAINED_RESULTS, 5, 'kept results'); left > 0; left--)
      results.push([r.id(MAX_KEY_BYTES), readReply(r)])
    return new KeptResults(results)
  }
}
