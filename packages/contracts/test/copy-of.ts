import type { Codec, Machine, StateMachine } from '../src/index.ts'
import { testCodec } from './test-codec.ts'

/** The chunks, one after the other. */
export async function* arriving(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks
}

/** An instance restored from a snapshot. */
export function copyOf(
  machine: Machine,
  chunks: Iterable<Uint8Array>,
  codec: Codec = testCodec,
): Promise<StateMachine> {
  return machine.restore(arriving(chunks), codec)
}
