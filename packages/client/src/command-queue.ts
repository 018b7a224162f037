/** Commands that wait for room in a session, in the order of their calls. Any of them can be withdrawn. */
import type { Command } from './command.ts'

export class CommandQueue {
  #first: Command | null = null
  #last: Command | null = null
  #size = 0
  #bytes = 0

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#bytes
  }

  get first(): Command | null {
    return this.#first
  }

  push(command: Command): void {
    command.before = this.#last
    command.behind = null
    if (this.#last === null) this.#first = command
    else this.#last.behind = command
    this.#last = command
    this.#size++
    this.#bytes += command.payload.length
  }

  /** Puts a command before all others: it was taken out too early. */
  unshift(command: Command): void {
    command.before = null
    command.behind = this.#first
    if (this.#first === null) this.#last = command
    else this.#first.before = command
    this.#first = command
    this.#size++
    this.#bytes += command.payload.length
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
    this.#size--
    this.#bytes -= command.payload.length
  }
}
