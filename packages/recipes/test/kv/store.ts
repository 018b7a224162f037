/** A store alone, fed as a host would. */
import { deserialize, serialize } from 'node:v8'
import type { ApplyContext, Codec, CommandError, StateMachine } from '@rafted/contracts'
import { kvStore } from '../../src/index.ts'

/** For snapshots of plain data: equal ones have equal bytes. */
const codec: Codec = {
  encode: (value) => new TextEncoder().encode(JSON.stringify(value ?? null)),
  decode: (bytes): unknown => JSON.parse(new TextDecoder().decode(bytes)),
}

// biome-ignore lint/suspicious/noExplicitAny: what a test expects it to be.
type Any = any

export class Store {
  time = 1000
  index = 0
  readonly #instance: StateMachine

  constructor(instance: StateMachine = kvStore.create(codec)) {
    this.#instance = instance
  }

  get context(): ApplyContext {
    return { index: this.index, term: 1, time: this.time, version: 1 }
  }

  /** At the next index. */
  do(...command: readonly [name: string, ...args: unknown[]]): Any {
    this.index++
    return this.#instance.apply(copy(command), this.context)
  }

  ask(...query: readonly [name: string, ...args: unknown[]]): Any {
    return this.#instance.query(copy(query), { time: this.time, version: 1 })
  }

  /** The reason why it is refused. */
  refusal(...command: readonly [name: string, ...args: unknown[]]): string {
    try {
      this.do(...command)
    } catch (error) {
      return (error as CommandError).reason
    }
    return 'none'
  }

  get deadline(): number | null {
    return this.#instance.deadline!()
  }

  /** All chunks, and a store that is made of them. */
  async restored(): Promise<Store> {
    const chunks = [...this.#instance.snapshot()]
    async function* all() {
      yield* chunks
    }
    const other = new Store(await kvStore.restore(all(), codec))
    other.time = this.time
    other.index = this.index
    return other
  }

  /** As bytes. */
  snapshot(): string {
    return Buffer.concat([...this.#instance.snapshot()]).toString('base64')
  }
}

function copy(call: readonly unknown[]): unknown {
  const value: unknown = deserialize(serialize(call))
  return value
}
