/**
 * The client's side of one session (thesis §6.3): which commands have which sequence, and which are unanswered. The
 * members apply a session's commands in the order of their sequences, each once.
 */
import type { SessionResponse } from '@rafted/wire'
import type { Command } from './command.ts'
import { MAX_WINDOW, MAX_WINDOW_BYTES } from './limits.ts'

/** For a host that says nothing sensible. */
const FALLBACK_TIMEOUT_MS = 60_000

export class Session {
  readonly id: number
  readonly incarnation: string
  /** Milliseconds after which it expires if nothing is heard of it. */
  readonly timeoutMs: number
  readonly window: number
  /** Unanswered commands by sequence, in a ring; null where one was answered. */
  readonly #slots: (Command | null)[]
  readonly #mask: number
  /** The next command's sequence. */
  #next = 1
  /** Every command below was answered. */
  #acknowledged = 1
  /** At least the highest sequence of a command whose caller waits. */
  #lastWaited = 0
  #waited = 0
  #bytes = 0
  /** The lowest sequence of a command that ended as `unknown`. */
  #lowestDoubt = Number.POSITIVE_INFINITY

  constructor({ session, incarnation, timeoutMs, window }: SessionResponse) {
    this.id = session
    this.incarnation = incarnation
    this.timeoutMs = timeoutMs > 0 ? timeoutMs : FALLBACK_TIMEOUT_MS
    this.window = Math.max(1, Math.min(window, MAX_WINDOW))
    let slots = 1
    while (slots < this.window) slots *= 2
    this.#slots = new Array(slots).fill(null)
    this.#mask = slots - 1
  }

  /** The lowest sequence that is unanswered or in doubt: replies below it can be forgotten. */
  get acknowledged(): number {
    return Math.min(this.#acknowledged, this.#lowestDoubt)
  }

  /** Whether somebody may still ask what became of a command of it. */
  get inDoubt(): boolean {
    return this.#lowestDoubt < Number.POSITIVE_INFINITY
  }

  /** The sequence of the next command. */
  get next(): number {
    return this.#next
  }

  /** Commands whose callers wait. */
  get waited(): number {
    return this.#waited
  }

  hasRoomFor(bytes: number): boolean {
    if (this.#next - this.#acknowledged >= this.window) return false
    return this.#bytes === 0 || this.#bytes + bytes <= MAX_WINDOW_BYTES
  }

  /** Takes a command and gives it the next sequence. There must be room. */
  admit(command: Command): void {
    command.sequence = this.#next
    this.#slots[this.#next & this.#mask] = command
    this.#lastWaited = this.#next++
    this.#waited++
    this.#bytes += command.payload.length
  }

  /** The unanswered command of this sequence, or null. */
  at(sequence: number): Command | null {
    if (sequence < this.#acknowledged || sequence >= this.#next) return null
    return this.#slots[sequence & this.#mask]!
  }

  /** It has its answer. @returns false if it had one before. */
  answered(command: Command): boolean {
    if (this.at(command.sequence) !== command) return false
    if (command.waited) this.#waited--
    this.#drop(command)
    while (this.#acknowledged < this.#next && this.#slots[this.#acknowledged & this.#mask] === null)
      this.#acknowledged++
    return true
  }

  /** Its caller has given up: it stays unanswered. Said before the command's own `waited` becomes false. */
  abandoned(): void {
    this.#waited--
  }

  /** The caller of a command was told that it may have happened. Its reply is kept, whenever it comes. */
  doubt(sequence: number): void {
    this.#lowestDoubt = Math.min(this.#lowestDoubt, sequence)
  }

  /** The highest sequence whose caller waits, or 0. */
  lastWaited(): number {
    while (this.#lastWaited > 0 && this.at(this.#lastWaited)?.waited !== true) this.#lastWaited--
    return this.#lastWaited
  }

  /** Takes out every command from this sequence on, in order: none of them has happened, none will. */
  takeBackFrom(sequence: number): Command[] {
    const taken: Command[] = []
    for (let at = Math.max(sequence, this.#acknowledged); at < this.#next; at++) {
      const command = this.at(at)
      if (command === null) continue
      if (command.waited) {
        this.#waited--
        taken.push(command)
      }
      this.#drop(command)
    }
    this.#next = Math.max(sequence, this.#acknowledged)
    this.#lastWaited = Math.min(this.#lastWaited, this.#next - 1)
    return taken
  }

  /** Every unanswered command, in order. */
  unanswered(): Command[] {
    const commands: Command[] = []
    for (let at = this.#acknowledged; at < this.#next; at++) {
      const command = this.at(at)
      if (command !== null) commands.push(command)
    }
    return commands
  }

  #drop(command: Command): void {
    this.#slots[command.sequence & this.#mask] = null
    this.#bytes -= command.payload.length
  }
}
