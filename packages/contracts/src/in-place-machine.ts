/** A machine that changes its state in place: for states too large to be made anew by every command. */
import { type Codec, checkCodec } from './codec.ts'
import { checkFunctions } from './definition-parts.ts'
import { type MachineVersionOptions, machineVersions } from './machine-version.ts'
import { readOneValue, readSlices } from './slice-reader.ts'
import { SliceWriter } from './slice-writer.ts'
import type { ApplyContext, Machine, QueryContext, StateMachine, Untyped } from './state-machine.ts'

/** What both forms of an in-place machine have in common. */
export interface InPlaceMachineOptions<State, Item> extends MachineVersionOptions {
  /** A fresh, empty state: an equal one whenever it is asked for. */
  readonly create: () => State
  /**
   * A frozen view of the state, in items: called once for a snapshot, and the items are pulled one by one while commands go
   * on changing the state. So what an item holds is never changed, only replaced, and everything is frozen by the time
   * the first item is there (`CowMap.freeze`). Where the iterator has `return`, it is called when no more is wanted.
   *
   * Items are as code of that `version` writes them: it is the one in force, and other members may know no newer one.
   *
   * Without it and `restore`, the state is one value to the codec, and is encoded at once for each snapshot, which holds up the process: a host
   * warns where that is more than 16 MiB.
   */
  readonly snapshot?: ((state: State, version: number) => Iterable<Item>) | undefined
  /** Puts an item of a snapshot, taken while that `version` was in force, into a state that `create` made; called for each in order. Goes with `snapshot`. */
  readonly restore?: ((state: State, item: Item, version: number) => void) | undefined
  /** Replicated time at which the state wants to see an entry, or null (`StateMachine.deadline`). */
  readonly deadline?: ((state: State) => number | null) | undefined
  /** What turns commands, results and items into bytes. Default: the host's. */
  readonly codec?: Codec | undefined
}

/** An in-place machine whose commands and queries are values of any shape. */
export interface InPlaceMachineDefinition<State, Item> extends InPlaceMachineOptions<State, Item> {
  /**
   * Changes the state and returns the result. Deterministic. A `CommandError` refuses the command, on every member alike, and
   * must be thrown before anything is changed. Whatever else it throws stops the member at this command.
   */
  readonly command: (state: State, command: Untyped, context: ApplyContext) => unknown
  /** Changes nothing; returns the answer. */
  readonly query: (state: State, query: Untyped, context: QueryContext) => unknown
  /** The command that is applied where the deadline has come (`Machine.atDeadline`). */
  readonly atDeadline?: Untyped
}

/**
 * A machine from functions that change a state in place.
 * @throws {RaftedError} `invalid-argument` for a `version` that is none, and for what is no function.
 */
export function inPlaceMachine<State, Item>(definition: InPlaceMachineDefinition<State, Item>): Machine {
  checkFunctions(definition, ['create', 'command', 'query'])
  const { codec, create, snapshot, restore, atDeadline } = definition
  if (codec !== undefined) checkCodec(codec)
  // One of them alone is refused, and so is what is no function.
  if (snapshot !== undefined || restore !== undefined) checkFunctions(definition, ['snapshot', 'restore'])
  const versions = machineVersions(definition)
  const instance = (state: State, itsCodec: Codec): StateMachine =>
    new InPlaceInstance(definition, state, itsCodec)
  return {
    ...versions,
    codec: codec ?? null,
    failure: 'halt',
    ...(atDeadline === undefined ? {} : { atDeadline }),
    create: (itsCodec) => instance(create(), itsCodec),
    async restore(chunks, itsCodec, version = versions.version) {
      if (restore === undefined) return instance((await readOneValue(chunks, itsCodec)) as State, itsCodec)
      const state = create()
      await readSlices(chunks, itsCodec, (item) => restore(state, item as Item, version))
      return instance(state, itsCodec)
    },
  }
}

class InPlaceInstance<State, Item> implements StateMachine {
  readonly #definition: InPlaceMachineDefinition<State, Item>
  readonly #state: State
  readonly #codec: Codec
  /** Present only where one is defined: a host looks whether it is. */
  readonly deadline?: () => number | null
  readonly encodesAtOnce: boolean

  constructor(definition: InPlaceMachineDefinition<State, Item>, state: State, codec: Codec) {
    this.#definition = definition
    this.#state = state
    this.#codec = codec
    this.encodesAtOnce = definition.snapshot === undefined
    const { deadline } = definition
    if (deadline !== undefined) this.deadline = () => deadline(state)
  }

  apply(command: unknown, context: ApplyContext): unknown {
    const result = this.#definition.command(this.#state, command, context)
    if (isPromise(result)) throw new TypeError('A command returns its result at once, not as a promise.')
    return result
  }

  query(query: unknown, context: QueryContext = { time: 0, version: this.#newest }): unknown {
    return this.#definition.query(this.#state, query, context)
  }

  get #newest(): number {
    return this.#definition.version ?? 1
  }

  /** The first item is pulled at once: a generator, too, has frozen what it shows by then. */
  snapshot(version: number = this.#newest): Iterable<Uint8Array> {
    const { snapshot } = this.#definition
    if (snapshot === undefined) return given([...new SliceWriter([this.#state].values(), this.#codec)])
    const items = snapshot(this.#state, version)[Symbol.iterator]()
    return new SliceWriter(resumed(items.next(), items), this.#codec)
  }
}

/** Each is let go of as it is taken. */
function* given(chunks: Uint8Array[]): Generator<Uint8Array> {
  for (chunks.reverse(); chunks.length > 0; ) yield chunks.pop()!
}

function resumed<Item>(first: IteratorResult<Item>, rest: Iterator<Item>): Iterator<Item> {
  let pulled = false
  return {
    next() {
      if (pulled) return rest.next()
      pulled = true
      return first
    },
    return() {
      rest.return?.()
      return { done: true, value: undefined }
    },
  }
}

function isPromise(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
