/** A socket during the handshake: a little of bytes, a deadline, and one end, good or bad. */
import type { Socket } from 'node:net'
import type { Clock, RaftedError } from '@rafted/contracts'
import { isRaftedError } from '@rafted/contracts'
import { messageIn } from './greeting.ts'
import { type Handshake, type Opened, refusalMessage } from './handshake.ts'
import { refusal } from './refusal.ts'
import type { Watched } from './watch.ts'

export interface OpeningEvents {
  /** The handshake has succeeded. `rest` has come behind it and belongs to the connection. */
  onOpen(opened: Opened, rest: Uint8Array): void
  /** It has not, and the socket is closed. Once. */
  onFailed(error: RaftedError): void
}

export interface OpeningOptions {
  readonly socket: Socket
  readonly handshake: Handshake
  readonly clock: Clock
  readonly handshakeMs: number
  readonly events: OpeningEvents
}

export class Opening implements Watched {
  readonly #o: OpeningOptions
  /** Less than one message: a longer one is refused by its head. */
  #received: Buffer = Buffer.alloc(0)
  #deadline: number
  #over = false
  readonly #onData = (chunk: Buffer): void => this.#take(chunk)
  readonly #onClose = (): void =>
    this.fail(refusal('unreachable', 'The connection was closed during the handshake.'))
  readonly #onError = (cause: Error): void =>
    this.fail(refusal('unreachable', `There is no connection: ${cause.message}.`, cause))

  constructor(options: OpeningOptions) {
    this.#o = options
    this.#deadline = options.clock.now() + options.handshakeMs
    const { socket } = options
    socket.on('data', this.#onData)
    socket.on('end', this.#onClose)
    socket.on('close', this.#onClose)
    socket.on('error', this.#onError)
  }

  /** To be called when the socket is connected. */
  start(): void {
    const { first } = this.#o.handshake
    if (first !== null && !this.#over) this.#o.socket.write(first)
  }

  watch(now: number, lateMs: number): void {
    this.#deadline += lateMs
    if (now >= this.#deadline)
      this.fail(refusal('unreachable', `The handshake took more than ${this.#o.handshakeMs} ms.`))
  }

  /** Ends it. The other side is told, if it is to know. */
  fail(error: RaftedError): void {
    if (this.#over) return
    this.#over = true
    const { socket, events } = this.#o
    const message = refusalMessage(error)
    socket.off('data', this.#onData)
    // What comes now is read and forgotten: unread bytes would turn the goodbye into a reset, and what it says would be lost.
    socket.resume()
    if (message === null || !socket.writable) socket.destroy()
    else socket.end(message, () => socket.destroy())
    events.onFailed(error)
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.byteLength === 0 ? chunk : Buffer.concat([this.#received, chunk])
    try {
      while (!this.#over && this.#step()) {}
    } catch (error) {
      if (!isRaftedError(error)) throw error
      this.fail(error)
    }
  }

  /** @returns whether there was a message. */
  #step(): boolean {
    const { socket, handshake, events } = this.#o
    const message = messageIn(this.#received)
    if (message === null) return false
    const { send, opened } = handshake.take(message)
    this.#received = this.#received.subarray(message.bytes.byteLength)
    if (send !== null) socket.write(send)
    if (opened === null) return true
    this.#over = true
    socket.off('data', this.#onData)
    socket.off('end', this.#onClose)
    socket.off('close', this.#onClose)
    socket.off('error', this.#onError)
    events.onOpen(opened, this.#received)
    return false
  }
}
