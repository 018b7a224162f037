/** Writes a state in slices of bounded work, pulled one by one: `slice-layout.ts` says how. */
import type { Codec } from './codec.ts'
import { RaftedError } from './errors.ts'
import {
  CHUNK_BYTES,
  CHUNK_NODES,
  type ContainerKind,
  containerKind,
  LAYOUT_VERSION,
  MAX_RUN_BYTES,
  RUN_BYTES,
  RUN_HEAD_BYTES,
  RUN_NODES,
  STRING_PART,
  Tag,
  TYPED_ARRAY_PART,
  type TypedArray,
} from './slice-layout.ts'
import { Measure } from './slice-measure.ts'

/** A container whose children are being written; the outermost, the sequence itself, is none. */
interface Opened {
  readonly container: unknown
  readonly children: Iterator<unknown>
}

/**
 * The chunks of a sequence of values. Each `next` visits about `CHUNK_NODES` values or writes about `CHUNK_BYTES`,
 * whichever comes first, and nothing is visited before it is due: the values must not be changed meanwhile.
 *
 * `next` throws what the codec throws, and `invalid-argument` for a cycle. `return` returns to the iterator of the values.
 */
export class SliceWriter implements IterableIterator<Uint8Array, undefined> {
  readonly #codec: Codec
  readonly #stack: Opened[]
  /** The containers on the stack, to notice one within itself. */
  readonly #within = new Set<unknown>()
  readonly #measure = new Measure()
  #run: unknown[] = []
  #runNodes = 0
  #runBytes = 0
  /** Where the chunk is made, its bytes so far, and what was visited for it. */
  #memory = Uint8Array.of(LAYOUT_VERSION)
  #bytes = 1
  #visited = 0
  /** The chunk that was given last, and whether it is that memory. */
  #given: Uint8Array | null = null
  #isLent = false

  constructor(values: Iterator<unknown>, codec: Codec) {
    this.#codec = codec
    this.#stack = [{ container: null, children: values }]
  }

  [Symbol.iterator](): this {
    return this
  }

  /**
   * @param spent the chunk that was given last, from whoever no longer needs it: the next one may take its place. Else each is memory of its own, and for a large state the engine has to collect
   * that, and looks through the whole heap to do so, once for every few megabytes.
   */
  next(spent?: Uint8Array): IteratorResult<Uint8Array, undefined> {
    const isSpent = spent !== undefined && spent === this.#given
    if (this.#isLent && !isSpent) this.#memory = new Uint8Array(CHUNK_BYTES)
    this.#isLent = isSpent
    while (this.#bytes < CHUNK_BYTES && this.#visited < CHUNK_NODES && this.#stack.length > 0) this.#step()
    this.#flush()
    if (this.#bytes === 0) return { done: true, value: undefined }
    return { done: false, value: this.#take() }
  }

  return(): IteratorResult<Uint8Array, undefined> {
    const outermost = this.#stack[0]
    this.#stack.length = 0
    this.#bytes = 0
    this.#run = []
    outermost?.children.return?.()
    return { done: true, value: undefined }
  }

  /** Takes the next child of the innermost container. */
  #step(): void {
    const opened = this.#stack.at(-1)!
    const { done, value } = opened.children.next()
    if (done === true) this.#close(opened)
    else if (this.#measure.fits(value)) this.#add(value)
    else this.#open(value)
    this.#visited += this.#measure.takeVisited()
  }

  #add(value: unknown): void {
    const { nodes, bytes } = this.#measure
    if (this.#runNodes + nodes > RUN_NODES || this.#runBytes + bytes > RUN_BYTES) this.#flush()
    this.#run.push(value)
    this.#runNodes += nodes
    this.#runBytes += bytes
  }

  #open(container: unknown): void {
    if (this.#within.has(container)) {
      throw new RaftedError(
        'invalid-argument',
        'A value that contains itself has no snapshot; take the cycle out of it.',
        {
          outcome: 'not-applied',
        },
      )
    }
    // What doesn't fit a run is a container: all else is one node.
    const kind = containerKind(container)!
    this.#flush()
    this.#putByte(Tag[kind])
    if (typeof container !== 'string') this.#within.add(container)
    this.#stack.push({ container, children: childrenOf(kind, container, this.#measure) })
  }

  #close({ container }: Opened): void {
    this.#flush()
    this.#stack.pop()
    this.#within.delete(container)
    this.#putByte(this.#stack.length === 0 ? Tag.end : Tag.close)
    this.#visited += 1
  }

  /** Encodes the run at hand. */
  #flush(): void {
    if (this.#run.length === 0) return
    const body = this.#codec.encodeShared?.(this.#run) ?? this.#codec.encode(this.#run)
    if (body.byteLength > MAX_RUN_BYTES) tooLarge(body.byteLength)
    this.#makeRoom(RUN_HEAD_BYTES + body.byteLength)
    this.#memory[this.#bytes] = Tag.run
    new DataView(this.#memory.buffer).setUint32(this.#bytes + 1, body.byteLength, true)
    this.#memory.set(body, this.#bytes + RUN_HEAD_BYTES)
    this.#bytes += RUN_HEAD_BYTES + body.byteLength
    this.#run = []
    this.#runNodes = 0
    this.#runBytes = 0
  }

  #putByte(byte: number): void {
    this.#makeRoom(1)
    this.#memory[this.#bytes++] = byte
  }

  #makeRoom(count: number): void {
    const needed = this.#bytes + count
    if (needed <= this.#memory.byteLength) return
    const larger = new Uint8Array(Math.max(2 * this.#memory.byteLength, needed))
    larger.set(this.#memory.subarray(0, this.#bytes))
    this.#memory = larger
  }

  #take(): Uint8Array {
    const chunk = this.#isLent ? this.#memory.subarray(0, this.#bytes) : this.#memory.slice(0, this.#bytes)
    this.#given = chunk
    this.#bytes = 0
    this.#visited = 0
    return chunk
  }
}

function tooLarge(bytes: number): never {
  throw new RaftedError(
    'too-large',
    `A value of ${bytes} bytes that can't be cut is too large for a snapshot; the limit is ${MAX_RUN_BYTES}.`,
    { outcome: 'not-applied' },
  )
}

function childrenOf(kind: ContainerKind, container: unknown, measure: Measure): Iterator<unknown> {
  switch (kind) {
    case 'array':
      return (container as readonly unknown[])[Symbol.iterator]()
    case 'set':
      return (container as ReadonlySet<unknown>)[Symbol.iterator]()
    case 'map':
      return alternating(container as ReadonlyMap<unknown, unknown>)
    case 'object':
      return properties(container as Readonly<Record<string, unknown>>, measure.takeKeys(container as object))
    case 'string':
      return stringParts(container as string)
    case 'typedArray':
      return typedArrayParts(container as TypedArray)
  }
}

function* alternating(map: ReadonlyMap<unknown, unknown>): Generator<unknown> {
  for (const [key, value] of map) {
    yield key
    yield value
  }
}

function* properties(object: Readonly<Record<string, unknown>>, keys: readonly string[]): Generator<unknown> {
  for (const key of keys) {
    yield key
    yield object[key]
  }
}

function* stringParts(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + STRING_PART, text.length)
    // A surrogate pair stays together: half a one can't be encoded.
    if (end < text.length && isLeading(text.charCodeAt(end - 1)) && isTrailing(text.charCodeAt(end))) end -= 1
    yield text.slice(at, end)
    at = end
  }
}

function isLeading(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

function isTrailing(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}

function* typedArrayParts(array: TypedArray): Generator<TypedArray> {
  const length = TYPED_ARRAY_PART / array.BYTES_PER_ELEMENT
  for (let at = 0; at < array.length; at += length)
    yield array.subarray(at, Math.min(at + length, array.length))
}
