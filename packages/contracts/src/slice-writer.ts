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
  /** The chunk being made, its bytes, and what was visited for it. */
  #parts: Uint8Array[] = [Uint8Array.of(LAYOUT_VERSION)]
  #bytes = 1
  #visited = 0

  constructor(values: Iterator<unknown>, codec: Codec) {
    this.#codec = codec
    this.#stack = [{ container: null, children: values }]
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Uint8Array, undefined> {
    while (this.#bytes < CHUNK_BYTES && this.#visited < CHUNK_NODES && this.#stack.length > 0) this.#step()
    this.#flush()
    if (this.#bytes === 0) return { done: true, value: undefined }
    return { done: false, value: this.#take() }
  }

  return(): IteratorResult<Uint8Array, undefined> {
    const outermost = this.#stack[0]
    this.#stack.length = 0
    this.#parts = []
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
    this.#put(Uint8Array.of(Tag[kind]))
    if (typeof container !== 'string') this.#within.add(container)
    this.#stack.push({ container, children: childrenOf(kind, container, this.#measure) })
  }

  #close({ container }: Opened): void {
    this.#flush()
    this.#stack.pop()
    this.#within.delete(container)
    this.#put(Uint8Array.of(this.#stack.length === 0 ? Tag.end : Tag.close))
    this.#visited += 1
  }

  /** Encodes the run at hand. */
  #flush(): void {
    if (this.#run.length === 0) return
    const body = this.#codec.encode(this.#run)
    if (body.byteLength > MAX_RUN_BYTES) tooLarge(body.byteLength)
    const head = new Uint8Array(RUN_HEAD_BYTES)
    head[0] = Tag.run
    new DataView(head.buffer).setUint32(1, body.byteLength, true)
    this.#put(head)
    this.#put(body)
    this.#run = []
    this.#runNodes = 0
    this.#runBytes = 0
  }

  #put(part: Uint8Array): void {
    this.#parts.push(part)
    this.#bytes += part.byteLength
  }

  #take(): Uint8Array {
    const chunk = new Uint8Array(this.#bytes)
    let at = 0
    for (const part of this.#parts) {
      chunk.set(part, at)
      at += part.byteLength
    }
    this.#parts = []
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
