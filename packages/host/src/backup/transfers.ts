/**
 * Backups on their way to clients, piece by piece, each at the pace of whoever asks: nothing is read ahead. A backup that nobody asks more of is given up after
 * a while, so one that is broken off costs a frozen view and a piece for that long.
 */
import { type Cancel, type Clock, type ErrorCode, isRaftedError, type Random } from '@rafted/contracts'
import { type BackupRequest, type BackupResponse, errorResponse, type Response } from '@rafted/wire'
import { joined } from '../joined.ts'
import type { Member } from '../member.ts'
import type { ReplyTo } from '../waiters.ts'

/** Of all groups of a host, at a time. */
const MAX_TRANSFERS = 8
/** One that nobody asks more of is given up after so long. */
const PATIENCE_MS = 30_000
/** Of a piece, at most. */
const PIECE_BYTES = 256 * 1024
const MAX_ID = 2 ** 40

export interface BackupTransfersOptions {
  readonly clock: Pick<Clock, 'after'>
  readonly random: Pick<Random, 'number'>
  /** Begins when its first bytes are asked for. */
  backup(member: Member, history: boolean): AsyncIterable<Uint8Array>
  answer(replyTo: ReplyTo, response: Response): void
}

type Piece = Omit<BackupResponse, 'kind' | 'id'>

interface Transfer {
  readonly pieces: AsyncGenerator<Uint8Array, Uint8Array>
  /** Of the newest piece that was asked for. */
  number: number
  /** That piece, which is given again if its answer is lost. */
  piece: Promise<Piece>
  isReading: boolean
  isDone: boolean
  cancel: Cancel
}

export class BackupTransfers {
  readonly #o: BackupTransfersOptions
  readonly #transfers = new Map<number, Transfer>()

  constructor(options: BackupTransfersOptions) {
    this.#o = options
  }

  /** Answers with the piece that is wanted, as soon as it has been read. */
  take({ id, history, piece }: BackupRequest, replyTo: ReplyTo, member: Member): void {
    const known = piece === null ? this.#begin(member, history) : this.#find(piece.transfer, piece.number)
    if (known === 'full')
      this.#refuse(
        id,
        replyTo,
        'overloaded',
        'As many backups are taken here as can be. Ask another member, or wait.',
      )
    else if (known === undefined)
      this.#refuse(
        id,
        replyTo,
        'aborted',
        'The backup was given up: nothing was asked of it for too long, or the host was started again. Take the backup again.',
      )
    else
      known.piece.then(
        (given) => this.#o.answer(replyTo, { kind: 'backup', id, ...given }),
        (error: unknown) => {
          const code = isRaftedError(error) ? error.code : 'unsupported'
          const why = error instanceof Error ? error.message : String(error)
          this.#refuse(id, replyTo, code, why)
        },
      )
  }

  #begin(member: Member, history: boolean): Transfer | 'full' {
    if (this.#transfers.size >= MAX_TRANSFERS) {
      // Those that are done are only kept in case that the last answer is lost.
      const done = [...this.#transfers].find(([, { isDone }]) => isDone)
      if (done === undefined) return 'full'
      this.#end(done[0])
    }
    const transfer = 1 + Math.floor(this.#o.random.number() * MAX_ID)
    const pieces = piecesOf(this.#o.backup(member, history))
    const known = { pieces, number: 0, isReading: true, isDone: false, cancel: () => {} } as Transfer
    this.#transfers.set(transfer, known)
    known.piece = this.#pull(known, transfer)
    return known
  }

  /** @returns undefined for one that is not known here, or has gone on. */
  #find(transfer: number, number: number): Transfer | undefined {
    const known = this.#transfers.get(transfer)
    if (known === undefined || number < known.number || number > known.number + 1) return undefined
    if (number === known.number) {
      if (!known.isReading) this.#wait(known, transfer)
      return known
    }
    // Nobody who goes by the answers asks ahead of them.
    if (known.isReading || known.isDone) return undefined
    known.number = number
    known.piece = this.#pull(known, transfer)
    return known
  }

  async #pull(known: Transfer, transfer: number): Promise<Piece> {
    // A slow disk is no reason to give up.
    known.cancel()
    known.isReading = true
    const { pieces, number } = known
    try {
      const { value, done } = await pieces.next()
      known.isReading = false
      known.isDone = done === true
      this.#wait(known, transfer)
      return { transfer, number, isLast: known.isDone, bytes: value }
    } catch (error) {
      this.#end(transfer)
      throw error
    }
  }

  #wait(known: Transfer, transfer: number): void {
    known.cancel()
    if (this.#transfers.has(transfer))
      known.cancel = this.#o.clock.after(PATIENCE_MS, () => this.#end(transfer))
  }

  #refuse(id: number, replyTo: ReplyTo, code: ErrorCode, message: string): void {
    this.#o.answer(replyTo, errorResponse(code, 'not-applied', message, { id }))
  }

  #end(transfer: number): void {
    const known = this.#transfers.get(transfer)
    if (known === undefined) return
    known.cancel()
    this.#transfers.delete(transfer)
    // It has said whatever it had to say to whoever waits for the piece.
    known.pieces.return(NO_BYTES).catch(() => {})
  }

  stop(): void {
    for (const transfer of [...this.#transfers.keys()]) this.#end(transfer)
  }
}

const NO_BYTES = new Uint8Array(0)

/** The same bytes in pieces of one size. The last one is returned, the others are yielded: whoever pulls one knows at once whether it is the last. */
async function* piecesOf(frames: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, Uint8Array> {
  let parts: Uint8Array[] = []
  let bytes = 0
  for await (const frame of frames)
    for (let at = 0; at < frame.byteLength; ) {
      if (bytes === PIECE_BYTES) {
        yield joined(parts, bytes)
        parts = []
        bytes = 0
      }
      const part = frame.subarray(at, at + PIECE_BYTES - bytes)
      parts.push(part)
      bytes += part.byteLength
      at += part.byteLength
    }
  return joined(parts, bytes)
}
