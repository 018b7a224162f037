/**
 * Applies committed entries in order, from the tail or, behind it, from the log store. A turn gives it a bounded amount
 * of work; a slow machine is a lag, not a stall.
 */
import { type Clock, entryBytes, type LogEntry, type LogStore } from '@rafted/contracts'
import type { ReplicatedState } from './replicated-state.ts'
import type { Reply } from './replies.ts'
import type { LogTail } from './tail.ts'

/** What one turn may apply. */
const MAX_ENTRIES = 8192
const MAX_MS = 8
/** The clock is looked at every so many entries. */
const CLOCK_EVERY = 64
/** What one read of the store asks for. */
const READ_ENTRIES = 4096
const READ_BYTES = 1024 * 1024

const NOTHING: readonly LogEntry[] = []

export interface ApplierOptions {
  readonly group: string
  readonly host: { readonly logs: LogStore; readonly clock: Clock }
  readonly tail: LogTail
  /** An entry has been applied. */
  applied(entry: LogEntry, reply: Reply): void
  /** There is more to do in another turn. */
  wake(): void
  halt(error: unknown): void
}

export class Applier {
  readonly #options: ApplierOptions
  state: ReplicatedState
  /** Entries read back from the store, the next one to apply first. */
  #readBack: readonly LogEntry[] = NOTHING
  #reading = false

  constructor(options: ApplierOptions, state: ReplicatedState) {
    this.#options = options
    this.state = state
  }

  /** Goes on as far as `commit`, or as a turn allows. @returns bytes of what was applied. */
  advance(commit: number): number {
    const { clock } = this.#options.host
    let bytes = 0
    let began = 0
    for (let count = 0; this.state.applied.index < commit; count++) {
      if (count > 0 && count % CLOCK_EVERY === 0) {
        const now = clock.now()
        if (count === CLOCK_EVERY) began = now
        else if (count >= MAX_ENTRIES || now - began > MAX_MS) {
          this.#options.wake()
          break
        }
      }
      const entry = this.#next(commit)
      if (entry === undefined) break
      const reply = this.state.apply(entry)
      bytes += entryBytes(entry.payload)
      this.#options.applied(entry, reply)
    }
    if (this.#readBack.length > 0 && this.state.applied.index === commit) this.#readBack = NOTHING
    return bytes
  }

  #next(commit: number): LogEntry | undefined {
    const index = this.state.applied.index + 1
    const inTail = this.#options.tail.get(index)
    if (inTail !== undefined) return inTail
    const first = this.#readBack[0]
    const read = first === undefined ? undefined : this.#readBack[index - first.index]
    if (read === undefined) this.#read(index, commit)
    return read
  }

  #read(from: number, commit: number): void {
    if (this.#reading) return
    this.#reading = true
    this.#readBack = NOTHING
    const { host, group } = this.#options
    host.logs
      .read(group, from, Math.min(READ_ENTRIES, commit - from + 1), READ_BYTES)
      .then((entries) => {
        this.#reading = false
        if (entries[0]?.index === from) this.#readBack = entries
        // Compacted meanwhile, which happens only if a snapshot has taken this state's place: nothing of it is needed.
        this.#options.wake()
      })
      .catch((error: unknown) => this.#options.halt(error))
  }

  /** Goes on from another state: that of a snapshot. */
  replace(state: ReplicatedState): void {
    this.state = state
    this.#readBack = NOTHING
  }
}
