/** What waits for one socket: bounded, written as one when a turn is over, held back while the other side doesn't read. */
import type { Socket } from 'node:net'
import type { Clock } from '@rafted/contracts'
import { aliveFrame, HEADER_BYTES } from './frames.ts'
import { SEAL_BYTES, type Seals } from './seals.ts'

/** Handed to the socket at once; the rest waits here until these have left, so that their leaving can be watched. */
const MOST_AT_ONCE = 1024 * 1024
/** So few bytes go to the socket as one array: to copy them takes less time than to have Node.js gather several. */
const MOST_COPIED = 16 * 1024

const ALIVE_FRAME = aliveFrame()
const NOTHING = new Uint8Array(0)

export interface OutboundOptions {
  readonly socket: Socket
  readonly clock: Clock
  readonly maxQueueBytes: number
  /** Of this side, null where nothing is sealed. */
  readonly seals: Seals | null
}

export class Outbound {
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #maxQueueBytes: number
  readonly #seals: Seals | null
  /** What a batch travels with. */
  readonly #around: number
  #queue: Uint8Array[] = []
  #bytes = 0
  #scheduled = false
  /** What the socket has been given and has not got rid of, and since when. */
  #stuck: { readonly since: number; readonly bytes: number } | null = null
  #lastWrite: number
  readonly #flushSoon = (): void => {
    this.#scheduled = false
    this.flush()
  }

  constructor({ socket, clock, maxQueueBytes, seals }: OutboundOptions) {
    this.#socket = socket
    this.#clock = clock
    this.#maxQueueBytes = maxQueueBytes
    this.#seals = seals
    this.#around = HEADER_BYTES + (seals === null ? 0 : SEAL_BYTES)
    this.#lastWrite = clock.now()
    socket.on('drain', () => {
      this.#stuck = null
      this.flush()
    })
  }

  /** Batches that the socket has not been given. */
  get waiting(): number {
    return this.#queue.length
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.#socket.writableLength === 0
  }

  get lastWrite(): number {
    return this.#lastWrite
  }

  get stuck(): { readonly since: number; readonly bytes: number } | null {
    return this.#stuck
  }

  push(batch: Uint8Array): boolean {
    const bytes = batch.byteLength + this.#around
    const waiting = this.#bytes + this.#socket.writableLength
    if (waiting > 0 && waiting + bytes > this.#maxQueueBytes) return false
    this.#queue.push(batch)
    this.#bytes += bytes
    if (!this.#scheduled && this.#stuck === null) {
      this.#scheduled = true
      this.#clock.soon(this.#flushSoon)
    }
    return true
  }

  /** All of one turn as one vectored write, unless it is a lot. */
  flush(): void {
    while (this.#queue.length > 0 && this.#stuck === null && this.#socket.writable) this.#write(this.#next())
  }

  #write({ count, bytes }: { count: number; bytes: number }): void {
    const socket = this.#socket
    if (bytes <= MOST_COPIED && this.#seals === null) socket.write(this.#joined(count, bytes))
    else this.#gather(count)
    this.#queue = count === this.#queue.length ? [] : this.#queue.slice(count)
    this.#bytes -= bytes
    this.#lastWrite = this.#clock.now()
    if (socket.writableNeedDrain) this.#stuck = { since: this.#lastWrite, bytes }
  }

  #joined(count: number, bytes: number): Uint8Array {
    const joined = Buffer.allocUnsafe(bytes)
    let at = 0
    for (let i = 0; i < count; i++) {
      const batch = this.#queue[i]!
      at = joined.writeUInt32LE(batch.byteLength, at)
      joined.set(batch, at)
      at += batch.byteLength
    }
    return joined
  }

  #gather(count: number): void {
    const socket = this.#socket
    const headers = Buffer.allocUnsafe(count * HEADER_BYTES)
    socket.cork()
    for (let i = 0; i < count; i++) {
      const batch = this.#queue[i]!
      headers.writeUInt32LE(batch.byteLength, i * HEADER_BYTES)
      const header = headers.subarray(i * HEADER_BYTES, (i + 1) * HEADER_BYTES)
      socket.write(header)
      if (batch.byteLength > 0) socket.write(batch)
      if (this.#seals !== null) socket.write(this.#seals.make(header, batch))
    }
    socket.uncork()
  }

  /** A sign of life, if nothing else has left for so long. */
  keepAlive(now: number, everyMs: number): void {
    if (now - this.#lastWrite < everyMs || !this.isEmpty || !this.#socket.writable) return
    const socket = this.#socket
    socket.cork()
    socket.write(ALIVE_FRAME)
    if (this.#seals !== null) socket.write(this.#seals.make(ALIVE_FRAME, NOTHING))
    socket.uncork()
    this.#lastWrite = now
  }

  /** Time has stood still for this process: nothing could have left. */
  excuse(ms: number): void {
    if (this.#stuck !== null) this.#stuck = { ...this.#stuck, since: this.#stuck.since + ms }
  }

  #next(): { count: number; bytes: number } {
    let count = 0
    let bytes = 0
    while (count < this.#queue.length && (count === 0 || bytes < MOST_AT_ONCE)) {
      bytes += this.#queue[count]!.byteLength + this.#around
      count += 1
    }
    return { count, bytes }
  }
}
