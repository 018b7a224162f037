/** Commands that wait for room in a session, in the order of their calls. Any of them can be withdrawn. */
import type { Command } from './command.ts'
import { MAX_QUEUED, MAX_QUEUED_BYTES } from './limits.ts'
import type { WaitingRoom } from './waiting-room.ts'

export class CommandQueue {
  #first: Command | null = null
  #last: Command | null = null
  #size = 0
  #bytes = 0
  readonly #room: WaitingRoom

  /** @param room for what is beyond the bounds of a queue. */
  constructor(room: WaitingRoom) {
    this.#room = room
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#bytes
  }

  get first(): Command | null {
    return this.#first
  }

  /** Whether one more of so many bytes may wait. One is taken whatever its size. */
  fits(bytes: number): boolean {
    if (this.#size === 0) return true
    const calls = beyond(this.#size + 1, MAX_QUEUED) - beyond(this.#size, MAX_QUEUED)
    const more = beyond(this.#bytes + bytes, MAX_QUEUED_BYTES) - beyond(this.#bytes, MAX_QUEUED_BYTES)
    return this.#room.fits(calls, more)
  }

  push(command: Command): void {
    command.before = this.#last
    command.behind = null
    if (this.#last === null) this.#first = command
    else this.#last.behind = command
    this.#last = command
    this.#changeBy(1, command.payload.length)
  }

  /** Puts a command before all others: it was taken out too early. */
  unshift(command: Command): void {
    command.before = null
    command.behind = this.#first
    if (this.#first === null) this.#last = command
    else this.#first.before = command
    this.#first = command
    this.#changeBy(1, command.payload.length)
  }

  shift(): Command | null {
    const command = this.#first
    if (command !== null) this.remove(command)
    return command
  }

  /** @param command must be in this queue. */
  remove(command: Command): void {
    const { before, behind } = command
    if (before === null) this.#first = behind
    else before.behind = behind
    if (behind === null) this.#last = before
    else behind.before = before
    command.before = null
    command.behind = null
    this.#changeBy(-1, -command.payload.length)
  }

  #changeBy(calls: number, bytes: number): void {
    const { size, bytes: before } = this
    this.#size += calls
    this.#bytes += bytes
    this.#room.add(
      beyond(this.#size, MAX_QUEUED) - beyond(size, MAX_QUEUED),
      beyond(this.#bytes, MAX_QUEUED_BYTES) - beyond(before, MAX_QUEUED_BYTES),
    )
  }
}

function beyond(amount: number, limit: number): number {
  return Math.max(0, amount - limit)
}
