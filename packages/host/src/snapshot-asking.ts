/** Asks for a snapshot that passes over entries which this member can't read, and which others have compacted: of one member at a time. */
import type { Core, MemberId } from '@rafted/core'
import type { SnapshotChunk } from '@rafted/wire'
import { type PartAnswer, REFUSED } from './snapshot-incoming.ts'

/** Silences after which another member is asked. A part is sent again after one, and while all of it is being installed as well. */
const MAX_SILENCES = 3

export interface SnapshotAskingOptions {
  readonly core: Core
  /** A member that sends no part for `MAX_SILENCES` times as long is not waited for, milliseconds. */
  silenceMs(): number
  now(): number
  ask(from: MemberId): void
  /** A part of a snapshot that is of use. @returns what to answer at once, if anything. */
  take(from: MemberId, chunk: SnapshotChunk): PartAnswer | null
}

export class SnapshotAsking {
  readonly #o: SnapshotAskingOptions
  #asked: { readonly from: MemberId; silentAt: number } | null = null

  constructor(options: SnapshotAskingOptions) {
    this.#o = options
  }

  /** @param givers members that have compacted what is missing here, always in the same order. */
  askOneOf(givers: readonly MemberId[]): void {
    const { now, silenceMs, ask } = this.#o
    if (givers.length === 0 || (this.#asked !== null && now() < this.#asked.silentAt)) return
    // The next one in turn: whoever was asked last has gone, or has a snapshot that is of no use.
    const last = this.#asked === null ? -1 : givers.indexOf(this.#asked.from)
    const from = givers[(last + 1) % givers.length]!
    this.#asked = { from, silentAt: now() + MAX_SILENCES * silenceMs() }
    ask(from)
  }

  /** A part, from a member that may not be the one asked. What to say of it is what `snapshot-progress` says. */
  onPart(
    from: MemberId,
    chunk: SnapshotChunk,
  ): { readonly answer: PartAnswer | null; readonly installed: boolean } {
    const { core, now, silenceMs, take } = this.#o
    const { index, term } = chunk.meta
    if (this.#asked?.from === from && passesOver(core, index, term)) {
      this.#asked.silentAt = now() + MAX_SILENCES * silenceMs()
      return { answer: take(from, chunk), installed: false }
    }
    return { answer: REFUSED, installed: index <= core.baseIndex }
  }
}

/** Whether a snapshot at `index` brings what this log names and can't read. A log that doesn't name its last entry gets one from a leader. */
function passesOver(core: Core, index: number, term: number): boolean {
  const first = core.damaged[0]
  return first !== undefined && first.from <= index && core.termAt(index) === term
}
