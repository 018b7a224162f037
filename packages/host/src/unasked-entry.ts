/** An entry that a leader makes without being asked, one at a time: until it is applied, or cut off, there is no other of its kind. */
import { entryBytes } from '@rafted/contracts'
import type { Core, EntryKind, Position } from '@rafted/core'
import type { LogTail } from './tail.ts'

export class UnaskedEntry {
  readonly #core: Core
  readonly #tail: LogTail
  readonly #kind: EntryKind
  #made: Position | null = null

  constructor(core: Core, tail: LogTail, kind: EntryKind) {
    this.#core = core
    this.#tail = tail
    this.#kind = kind
  }

  /** @returns whether it stands in the log: not while this member hands over, has no room, or leads no more. */
  make(payload: Uint8Array, now: number): boolean {
    const answer = this.#core.step({ kind: 'propose', count: 1, bytes: entryBytes(payload) }, now)
    if (!answer.taken) return false
    const { index, term, time } = answer
    this.#tail.put({ index, term, kind: this.#kind, time, payload })
    this.#made = { index, term }
    return true
  }

  isUnderWay({ index: applied }: Position): boolean {
    const made = this.#made
    return made !== null && made.index > applied && this.#core.termAt(made.index) === made.term
  }
}
