/** A machine without a group: commands at indices 1, 2, 3 …, at times that the test says. */
import { deserialize, serialize } from 'node:v8'
import { type AnyDefinition, type Codec, CommandError, type StateMachine } from '@rafted/contracts'

export const codec: Codec = { encode: (value) => serialize(value), decode: (bytes) => deserialize(bytes) }

export class MachineAlone {
  readonly #definition: AnyDefinition
  #instance: StateMachine
  index = 0
  time = 0
  term = 1

  constructor(definition: AnyDefinition) {
    this.#definition = definition
    this.#instance = definition.create(codec)
  }

  get deadline(): number | null {
    return this.#instance.deadline!()
  }

  /** @returns what it answers, or the reason for which it is refused, as text. */
  command(name: string, ...args: unknown[]): unknown {
    this.index += 1
    const call = structuredClone([name, ...args])
    try {
      return this.#instance.apply(call, { index: this.index, term: this.term, time: this.time, version: 1 })
    } catch (error) {
      if (error instanceof CommandError) return `refused: ${error.reason}`
      throw error
    }
  }

  query(name: string, ...args: unknown[]): unknown {
    return this.#instance.query([name, ...args], { time: this.time, version: 1 })
  }

  snapshot(): Uint8Array[] {
    return [...this.#instance.snapshot()]
  }

  /** Goes on from its own snapshot. */
  async restore(chunks: readonly Uint8Array[] = this.snapshot()): Promise<void> {
    this.#instance = await this.#definition.restore(given(chunks), codec)
  }
}

async function* given(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}
