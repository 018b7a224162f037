/**
 * The failure that ends the storage of a host: log and snapshots are on one disk, so what one of them learns of it holds for the other.
 * After a failed flush nobody knows what the disk holds, and the next one may succeed without having written it (F78).
 */
export class SharedFailure {
  #error: unknown = null
  readonly #listeners: ((error: unknown) => void)[] = []

  /** Null as long as there is none. */
  get error(): unknown {
    return this.#error
  }

  /** The first one counts. */
  set(error: unknown): void {
    if (this.#error !== null) return
    this.#error = error
    for (const listener of this.#listeners) listener(error)
  }

  /** @param listener is called once, at the failure. */
  listen(listener: (error: unknown) => void): void {
    this.#listeners.push(listener)
  }
}
