/** The changes of one group's value, asked for answer by answer: what `watch` and `watchQuery` are made of. */
import type { CallSignal } from '@rafted/contracts'
import type { ChangesResponse, ValuePiece, WantedPiece } from '@rafted/wire'
import { askAnyMember } from './ask.ts'
import type { Context } from './context.ts'
import type { Groups } from './groups.ts'
import { WATCH_MS } from './limits.ts'
import { operate } from './operate.ts'
import { Patience } from './patience.ts'

/** A value in place of changes: its pieces, and of what they are. */
export interface GivenValue {
  readonly of: ValuePiece
  readonly pieces: readonly Uint8Array[]
}

export class Changes {
  readonly #context: Context
  readonly #groups: Groups
  readonly #name: string
  readonly #signal: CallSignal | undefined
  /** The one that was watched first: indexes of another one mean something else. */
  #incarnation: string | null = null

  constructor(context: Context, groups: Groups, name: string, signal: CallSignal | undefined) {
    this.#context = context
    this.#groups = groups
    this.#name = name
    this.#signal = signal
  }

  /** How far the group has come with what was done before this is called. @throws {RaftedError} as `watch` does. */
  async position(): Promise<number> {
    return (await this.#ask(null, 0, null)).upTo
  }

  /** What lies behind `after`: as soon as there is something, or after a while. @param maxBytes 0: only how far there is something. */
  next(after: number, maxBytes: number): Promise<ChangesResponse> {
    return this.#ask(after, maxBytes, null)
  }

  /** All of the value whose first piece is this one, or of a newer one, where whoever began to give it can't go on. */
  async value(first: ValuePiece): Promise<GivenValue> {
    let pieces = [first.bytes]
    let piece = first
    while (!piece.isLast) {
      const { transfer, number, index } = piece
      const answer = await this.#ask(index, 0, { transfer, number: number + 1 })
      if (answer.piece === null) throw new TypeError('a piece of a value was asked for, and none came')
      piece = answer.piece
      if (piece.number === 0) pieces = []
      pieces.push(piece.bytes)
    }
    return { of: piece, pieces }
  }

  async #ask(after: number | null, maxBytes: number, piece: WantedPiece | null): Promise<ChangesResponse> {
    const context = this.#context
    const patience = new Patience(context, {
      what: () => `Watching "${this.#name}"`,
      timeoutMs: Number.POSITIVE_INFINITY,
      signal: this.#signal,
      effects: false,
    })
    const answer = await operate(context, this.#groups, this.#name, patience, (group) =>
      askAnyMember(
        context,
        group,
        (known) => {
          this.#incarnation ??= known
          const incarnation = this.#incarnation
          return { kind: 'watch', group: this.#name, incarnation, after, waitMs: WATCH_MS, maxBytes, piece }
        },
        patience,
        WATCH_MS + context.attemptTimeoutMs,
      ),
    )
    return answer as ChangesResponse
  }
}
