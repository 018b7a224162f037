/** A machine by itself: what a command does, and a query answers, at a replicated time. */
import { deserialize, serialize } from 'node:v8'
import type { Codec, Machine, StateMachine } from '@rafted/contracts'

export const codec: Codec = {
  encode: (value) => new Uint8Array(serialize(value)),
  decode: (bytes) => deserialize(bytes),
}

export class Applied {
  readonly #machine: Machine
  #instance: StateMachine
  index = 0
  time = 0
  term = 1

  constructor(machine: Machine) {
    this.#machine = machine
    this.#instance = machine.create(codec)
  }

  get deadline(): number | null {
    return this.#instance.deadline!()
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect.
  command(...command: unknown[]): any {
    this.index++
    return this.#instance.apply(command, { index: this.index, term: this.term, time: this.time, version: 1 })
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect.
  query(...query: unknown[]): any {
    return this.#instance.query(query, { time: this.time, version: 1 })
  }

  /** What a leader does when the deadline has come. */
  timePasses(to: number): void {
    for (;;) {
      const { deadline } = this
      if (deadline === null || deadline > to) break
      this.time = Math.max(this.time, deadline)
      this.command('expire')
    }
    this.time = to
  }

  chunks(): Iterable<Uint8Array> {
    return this.#instance.snapshot()
  }

  /** Goes on from a snapshot: of itself, if it is given none. */
  async restore(chunks: readonly Uint8Array[] = [...this.chunks()]): Promise<void> {
    this.#instance = await this.#machine.restore(given(chunks), codec)
  }
}

async function* given(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

/** Why a command was refused. */
export function reasonOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return (error as { reason?: unknown }).reason ?? error
  }
  return 'it was not refused'
}
