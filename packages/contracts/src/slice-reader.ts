/** Reads back what `SliceWriter` wrote, cut anew at any byte: `slice-layout.ts` says how it looks. */
import type { Codec } from './codec.ts'
import { isRaftedError } from './errors.ts'
import { type Assembly, assemblyOf, badSlices } from './slice-assembly.ts'
import { LAYOUT_VERSION, MAX_RUN_BYTES, Tag } from './slice-layout.ts'

/** Memory for parts of a run that is kept for the next one: without it, the engine would have to collect as much for each. */
const MAX_KEPT_BYTES = 1024 * 1024

type State = 'version' | 'tag' | 'length' | 'run' | 'ended'

/**
 * Calls `deliver` for each value of the sequence, in order.
 * @throws {RaftedError} `bad-bytes` if this is not what a writer made, whole: nothing is read from beyond the fault, and no
 * memory is taken for what has not arrived. What `chunks` throws is passed on.
 */
export async function readSlices(
  chunks: AsyncIterable<Uint8Array>,
  codec: Codec,
  deliver: (value: unknown) => void,
): Promise<void> {
  const reader = new SliceReader(codec, deliver)
  for await (const chunk of chunks) reader.push(chunk)
  reader.end()
}

/** The value of a sequence of one. @throws {RaftedError} `bad-bytes` as `readSlices`, and if it has none or more. */
export async function readOneValue(chunks: AsyncIterable<Uint8Array>, codec: Codec): Promise<unknown> {
  const values: unknown[] = []
  await readSlices(chunks, codec, (value) => {
    if (values.push(value) > 1) badSlices('it holds more than one value')
  })
  if (values.length === 0) badSlices('it holds no value')
  return values[0]
}

class SliceReader {
  readonly #codec: Codec
  readonly #stack: Assembly[]
  #state: State = 'version'
  /** Bytes that the state needs to go on, and those of them that came in earlier chunks. */
  #needed = 1
  #held = new Uint8Array(0)
  #holds = 0

  constructor(codec: Codec, deliver: (value: unknown) => void) {
    this.#codec = codec
    this.#stack = [{ add: deliver, finish: () => badSlices('more is closed than was opened') }]
  }

  push(chunk: Uint8Array): void {
    try {
      this.#take(chunk)
    } catch (error) {
      if (isRaftedError(error)) throw error
      badSlices('a part of it is no value, or none that can stand there', error)
    }
  }

  end(): void {
    if (this.#state !== 'ended') badSlices('its end is missing')
  }

  #take(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength; ) {
      if (this.#state === 'ended') badSlices('there are bytes after its end')
      const missing = this.#needed - this.#holds
      const part = chunk.subarray(at, at + missing)
      at += part.byteLength
      if (part.byteLength < missing) this.#hold(part)
      else if (this.#holds === 0) this.#handle(part)
      else {
        this.#hold(part)
        this.#holds = 0
        this.#handle(this.#held.subarray(0, this.#needed))
        if (this.#held.byteLength > MAX_KEPT_BYTES) this.#held = new Uint8Array(0)
      }
    }
  }

  /** Keeps a copy, where the one before was, as the chunk is its owner's. What is kept grows with what arrives, not with what was announced. */
  #hold(part: Uint8Array): void {
    const length = this.#holds + part.byteLength
    if (length > this.#held.byteLength) {
      const grown = new Uint8Array(Math.min(this.#needed, Math.max(length, 2 * this.#held.byteLength)))
      grown.set(this.#held.subarray(0, this.#holds))
      this.#held = grown
    }
    this.#held.set(part, this.#holds)
    this.#holds = length
  }

  #expect(state: State, needed: number): void {
    this.#state = state
    this.#needed = needed
  }

  /** @param bytes as many as were needed. */
  #handle(bytes: Uint8Array): void {
    switch (this.#state) {
      case 'version':
        if (bytes[0] !== LAYOUT_VERSION)
          badSlices(`its layout has the version ${bytes[0]}, not ${LAYOUT_VERSION}`)
        this.#expect('tag', 1)
        break
      case 'tag':
        this.#tag(bytes[0]!)
        break
      case 'length': {
        const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
        if (length === 0 || length > MAX_RUN_BYTES) badSlices(`a run has ${length} bytes`)
        this.#expect('run', length)
        break
      }
      default:
        this.#run(bytes)
        this.#expect('tag', 1)
    }
  }

  #tag(tag: number): void {
    switch (tag) {
      case Tag.run:
        this.#expect('length', 4)
        break
      case Tag.close: {
        const value = this.#stack.at(-1)!.finish()
        this.#stack.pop()
        this.#stack.at(-1)!.add(value)
        break
      }
      case Tag.end:
        if (this.#stack.length > 1) badSlices('it ends within a value')
        this.#expect('ended', 1)
        break
      default:
        this.#stack.push(assemblyOf(tag))
    }
  }

  #run(bytes: Uint8Array): void {
    // The chunk is its owner's, and what a codec makes of bytes may be a view of them.
    const codec = this.#codec
    const values = codec.decode(codec.copiesBytes === true ? bytes : new Uint8Array(bytes))
    if (!Array.isArray(values)) badSlices('a run is no array')
    const { add } = this.#stack.at(-1)!
    for (const value of values) add(value)
  }
}
