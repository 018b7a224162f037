/** An instance of a machine that is looked at: what it does in its surroundings, and what it holds. */
import type { ApplyContext, Codec, Machine, StateMachine } from '@rafted/contracts'
import { ContentHash, contentHash } from './content-hash.ts'
import { firstDifference } from './difference.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { Surroundings } from './surroundings.ts'

/** What an instance holds at one moment. */
export interface Content {
  readonly hash: number
  /** What it costs to look at it again: as much as so many values that are only looked at. */
  readonly nodes: number
  /** The value itself of a machine that shows it; else what the snapshot was made of. */
  readonly parts: unknown
  /** The whole snapshot of a machine that shows no value. */
  readonly snapshot: Uint8Array | null
}

/** To write a value into a snapshot takes so many times as long as to look at it. */
const SNAPSHOT_COST = 4

/** A codec that keeps what it is given to encode while it is asked to. */
class RecordingCodec implements Codec {
  readonly #codec: Codec
  recorded: unknown[] | null = null

  constructor(codec: Codec) {
    this.#codec = codec
  }

  encode(value: unknown): Uint8Array {
    this.recorded?.push(value)
    return this.#codec.encode(value)
  }

  decode(bytes: Uint8Array): unknown {
    return this.#codec.decode(bytes)
  }
}

export interface SpecimenOptions {
  readonly machine: Machine
  /** The one in force at first. Default: the newest. */
  readonly version?: number | undefined
  /** What turns commands, results and the state into bytes. */
  readonly codec: Codec
  readonly surroundings: Surroundings
  /** What it is, for people. */
  readonly name: string
}

export class Specimen {
  readonly options: SpecimenOptions
  readonly instance: StateMachine
  /** Of the machine: the one in force. */
  version: number
  readonly #codec: RecordingCodec

  private constructor(options: SpecimenOptions, instance: StateMachine, codec: RecordingCodec) {
    this.options = options
    this.instance = instance
    this.version = options.version ?? options.machine.version
    this.#codec = codec
  }

  static create(options: SpecimenOptions): Specimen {
    const { machine, surroundings } = options
    const codec = new RecordingCodec(options.codec)
    surroundings.begin(0)
    return new Specimen(
      options,
      surroundings.within(() => machine.create(codec)),
      codec,
    )
  }

  /** Resolves with an instance made of the chunks. They are read as the machine asks for them. */
  static async restore(chunks: AsyncIterable<Uint8Array>, options: SpecimenOptions): Promise<Specimen> {
    const codec = new RecordingCodec(options.codec)
    const instance = await options.machine.restore(chunks, codec, options.version)
    return new Specimen(options, instance, codec)
  }

  /** What it looked at in its last command or query, of what it must not look at. */
  get looked(): readonly string[] {
    return [...this.options.surroundings.looked]
  }

  /** Whether the value can be looked at as it is. */
  get showsValue(): boolean {
    return this.instance.value !== undefined
  }

  apply(command: unknown, context: ApplyContext): Outcome {
    const { surroundings, codec, machine } = this.options
    surroundings.begin(context.time)
    this.version = context.version
    const run = (): unknown => this.instance.apply(command, context)
    return surroundings.within(() => outcomeOf(run, codec, machine.failure))
  }

  /** @param time the replicated one. */
  ask(query: unknown, time: number): Outcome {
    const { surroundings, codec } = this.options
    const context = { time, version: this.version }
    surroundings.begin(0)
    return surroundings.within(() => outcomeOf(() => this.instance.query(query, context), codec, 'command'))
  }

  snapshot(): Iterable<Uint8Array> {
    return this.instance.snapshot(this.version)
  }

  deadline(): number | null {
    const { instance } = this
    if (instance.deadline === undefined) return null
    return this.options.surroundings.within(() => instance.deadline!())
  }

  /** @throws what the machine or the codec throws, and for a value that contains itself. */
  content(): Content {
    const { value } = this.instance
    return value === undefined ? this.#contentOfSnapshot() : contentOfValue(value)
  }

  #contentOfSnapshot(): Content {
    const recorded: unknown[] = []
    this.#codec.recorded = recorded
    try {
      const chunks = this.options.surroundings.within(() => [...this.snapshot()])
      const snapshot = chunks.length === 1 ? chunks[0]! : new Uint8Array(Buffer.concat(chunks))
      const parts = recorded.flat(1)
      const content = new ContentHash()
      content.value(parts)
      content.bytes(snapshot)
      const nodes = SNAPSHOT_COST * (content.nodes + (snapshot.length >> 3))
      return { hash: content.hash, nodes, parts, snapshot }
    } finally {
      this.#codec.recorded = null
    }
  }
}

function contentOfValue(value: unknown): Content {
  const content = new ContentHash()
  content.value(value)
  return { hash: content.hash, nodes: content.nodes, parts: value, snapshot: null }
}

/** Whether nothing has changed what was a value when `content` was taken. */
export function isUnchanged(content: Content): boolean {
  return content.snapshot !== null || contentHash(content.parts) === content.hash
}

/** Where two contents differ, in words. */
export function contentLine(a: Content, b: Content): string {
  const name = a.snapshot === null ? 'value' : 'the items of the snapshot'
  const difference = firstDifference(a.parts, b.parts, name)
  if (difference !== null)
    return `They differ at ${difference.path}: ${difference.left} and ${difference.right}.`
  if (a.snapshot === null || b.snapshot === null) return 'They differ, and no place was found.'
  const { snapshot: one } = a
  const { snapshot: other } = b
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return `Their snapshots differ from byte ${at} on.`
}

/** Chunks for `Machine.restore`. */
export async function* arriving(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield* chunks
}
