/** Values on their way to watchers, piece by piece: each a frozen view, as a snapshot takes it, held until its last piece is given or nobody asks for more. */
import type { Cancel, Clock, Random } from '@rafted/contracts'
import type { ValuePiece, WantedPiece } from '@rafted/wire'
import { joined } from './joined.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { SeldomMap } from './seldom.ts'
import type { Answers, Caller } from './waiters.ts'

/** Transfers at a time. */
const MAX_TRANSFERS = 16
/** One that nobody asks more of is given up after so long. */
const PATIENCE_MS = 30_000
/** Of a piece, at most. */
const PIECE_BYTES = 256 * 1024
const MAX_ID = 2 ** 40

const NO_BYTES = new Uint8Array(0)

export interface ValueTransfersOptions {
  readonly answers: Answers
  readonly clock: Clock
  readonly random: Random
  answer(caller: Caller, piece: ValuePiece): void
}

interface Transfer {
  readonly of: Pick<ValuePiece, 'transfer' | 'index' | 'term' | 'time' | 'version'>
  readonly pieces: Iterator<Uint8Array>
  /** The last one that was given, in case its answer is lost. */
  piece: ValuePiece
  cancel: Cancel
}

export class ValueTransfers {
  readonly #o: ValueTransfersOptions
  readonly #transfers = new SeldomMap<number, Transfer>()

  constructor(options: ValueTransfersOptions) {
    this.#o = options
  }

  get isIdle(): boolean {
    return this.#transfers.size === 0
  }

  /** Answers with the first piece of the value as it is now. */
  begin(caller: Caller, state: ReplicatedState): void {
    if (this.#transfers.size >= MAX_TRANSFERS) {
      const message = 'Too many watchers are being given the value here. Ask another member, or try again.'
      this.#o.answers.refuse(caller, 'overloaded', 'not-applied', message)
      return
    }
    const { applied, time, version } = state
    const transfer = 1 + Math.floor(this.#o.random.number() * MAX_ID)
    const of = { transfer, ...applied, time, version }
    this.#attempt(caller, transfer, () => {
      const pieces = piecesOf(state.instance.snapshot(version))
      const piece = this.#pull({ of, pieces }, 0)
      const begun = { of, pieces, piece, cancel: () => {} }
      this.#transfers.set(transfer, begun)
      return begun
    })
  }

  /** Answers with another piece. @returns false if that transfer is not known here, or has gone on. */
  next(caller: Caller, { transfer, number }: WantedPiece): boolean {
    const known = this.#transfers.get(transfer)
    if (known === undefined || number < known.piece.number || number > known.piece.number + 1) return false
    this.#attempt(caller, transfer, () => {
      if (number > known.piece.number) known.piece = this.#pull(known, number)
      return known
    })
    return true
  }

  #attempt(caller: Caller, transfer: number, run: () => Transfer): void {
    try {
      const at = run()
      at.cancel()
      at.cancel = this.#o.clock.after(PATIENCE_MS, () => this.#end(transfer))
      // Where the answer with the last piece is lost, all begins anew: better than to hold each value for long after its end.
      if (at.piece.isLast) this.#end(transfer)
      this.#o.answer(caller, at.piece)
    } catch (error) {
      this.#end(transfer)
      const why = error instanceof Error ? error.message : String(error)
      const message = `The machine can't give its value: ${why}`
      this.#o.answers.refuse(caller, 'unsupported', 'not-applied', message)
    }
  }

  #pull({ of, pieces }: Pick<Transfer, 'of' | 'pieces'>, number: number): ValuePiece {
    const { value, done } = pieces.next()
    return { ...of, number, isLast: done === true, bytes: value ?? NO_BYTES }
  }

  #end(transfer: number): void {
    const known = this.#transfers.get(transfer)
    if (known === undefined) return
    known.cancel()
    this.#transfers.delete(transfer)
    known.pieces.return?.()
  }

  stop(): void {
    for (const transfer of [...this.#transfers.keys()]) this.#end(transfer)
  }
}

/** The last piece is returned, the others are yielded: whoever pulls one knows at once whether it is the last. */
function* piecesOf(chunks: Iterable<Uint8Array>): Generator<Uint8Array, Uint8Array> {
  let parts: Uint8Array[] = []
  let bytes = 0
  for (const chunk of chunks)
    for (let at = 0; at < chunk.byteLength; at += PIECE_BYTES) {
      const part = chunk.subarray(at, at + PIECE_BYTES)
      if (bytes > 0 && bytes + part.byteLength > PIECE_BYTES) {
        yield joined(parts, bytes)
        parts = []
        bytes = 0
      }
      parts.push(part)
      bytes += part.byteLength
    }
  return joined(parts, bytes)
}
