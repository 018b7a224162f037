/** A socket until the handshake is over: a little of bytes, a deadline, and one end, good or bad. */
import type { Socket } from 'node:net'
import type { Clock, RaftedError } from '@rafted/contracts'
import { isRaftedError } from '@rafted/contracts'
import { messageIn } from './greeting.ts'
import { type Handshake, type Opened, refusalMessage } from './handshake.ts'
import { refusal } from './refusal.ts'
import { tlsFailure } from './tls-failures.ts'
import type { Watched } from './watch.ts'

export interface OpeningEvents {
  /** The handshake has succeeded. `rest` has come behind it and belongs to the connection. */
  onOpen(opened: Opened, socket: Socket, rest: Uint8Array): void
  /** It has not, and the socket is closed. Once. */
  onFailed(error: RaftedError): void
}

export interface OpeningOptions {
  /** That which connects, or was accepted. */
  readonly socket: Socket
  readonly clock: Clock
  readonly handshakeMs: number
  readonly events: OpeningEvents
}

export class Opening implements Watched {
  readonly #o: OpeningOptions
  #socket: Socket
  #handshake: Handshake | null = null
  /** Less than one message: a longer one is refused by its head. */
  #received: Buffer = Buffer.alloc(0)
  #deadline: number
  #over = false
  readonly #onData = (chunk: Buffer): void => this.#take(chunk)
  readonly #onClose = (): void =>
    this.fail(refusal('unreachable', 'The connection was closed during the handshake.'))
  readonly #onError = (cause: Error): void => this.fail(tlsFailure(cause))

  constructor(options: OpeningOptions) {
    this.#o = options
    this.#deadline = options.clock.now() + options.handshakeMs
    this.#socket = options.socket
    this.#socket.on('close', this.#onClose)
    this.#socket.on('error', this.#onError)
  }

  /** The other side is there. @param socket over which it is talked to: the one this began with, or TLS over that. */
  start(handshake: Handshake, socket: Socket): void {
    if (this.#over) return
    this.#moveTo(socket)
    this.#handshake = handshake
    socket.on('data', this.#onData)
    socket.on('end', this.#onClose)
    if (handshake.first !== null) socket.write(handshake.first)
  }

  #moveTo(socket: Socket): void {
    if (socket === this.#socket) return
    this.#socket.off('close', this.#onClose)
    this.#socket = socket
    socket.on('close', this.#onClose)
    socket.on('error', this.#onError)
  }

  watch(now: number, lateMs: number): void {
    this.#deadline += lateMs
    if (now >= this.#deadline)
      this.fail(refusal('unreachable', `The handshake took more than ${this.#o.handshakeMs} ms.`))
  }

  /** Ends it. The other side is told, if it is to know and can be. @param over TLS, where that stands by now. */
  fail(error: RaftedError, over?: Socket): void {
    if (this.#over) return
    if (over !== undefined) this.#moveTo(over)
    this.#over = true
    const { events } = this.#o
    const socket = this.#socket
    const message = this.#handshake === null && over === undefined ? null : refusalMessage(error)
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
    const { events } = this.#o
    const socket = this.#socket
    const message = messageIn(this.#received)
    if (message === null) return false
    const { send, opened } = this.#handshake!.take(message)
    this.#received = this.#received.subarray(message.bytes.byteLength)
    if (send !== null) socket.write(send)
    if (opened === null) return true
    this.#over = true
    socket.off('data', this.#onData)
    socket.off('end', this.#onClose)
    socket.off('close', this.#onClose)
    socket.off('error', this.#onError)
    events.onOpen(opened, socket, this.#received)
    return false
  }
}
