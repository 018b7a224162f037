/** Whether a command has the room it needs, found out before it does anything. */
import { CommandError } from '@rafted/contracts'
import type { Put } from './arguments.ts'
import type { KvState } from './state.ts'

/** Of what one command answers. */
const ANSWER_BYTES = 4 * 1024 * 1024

/** @throws {CommandError} `no-such-lease` */
export function checkPut({ lease }: Put, state: KvState, time: number): void {
  if (lease !== null && state.lease(lease, time) === null)
    throw new CommandError('no-such-lease', 'The lease has ended, or has never been.', { lease })
}

/** What the puts of a command, in their order, add at most; and what it answers at most. */
export class Room {
  readonly #state: KvState
  /** Of each key, the largest it may be. */
  readonly #sizes = new Map<string, number>()
  #growth = 0
  #answered = 0

  constructor(state: KvState) {
    this.#state = state
  }

  put({ key, size, previous }: Put): void {
    if (previous) this.answer(key)
    const before = this.#sizeOf(key)
    if (size <= before) return
    this.#growth += size - before
    this.#sizes.set(key, size)
  }

  answer(key: string): void {
    this.#answered += this.#sizeOf(key)
  }

  /** Room for more of this size, beside. */
  add(bytes: number): void {
    this.#growth += bytes
  }

  /** @returns the bytes that may still be answered. @throws {CommandError} `full`, `too-large` */
  check(): number {
    const { bytes, limits } = this.#state
    if (this.#growth > 0 && bytes + this.#growth > limits.maxBytes)
      throw new CommandError(
        'full',
        'The store holds as much as it may: delete something, or raise `maxBytes`.',
        {
          maxBytes: limits.maxBytes,
        },
      )
    if (this.#answered > ANSWER_BYTES)
      throw new CommandError(
        'too-large',
        `What is asked for may be more than the ${ANSWER_BYTES} bytes of an answer.`,
      )
    return ANSWER_BYTES - this.#answered
  }

  #sizeOf(key: string): number {
    return this.#sizes.get(key) ?? this.#state.entries.get(key)?.size ?? 0
  }
}
