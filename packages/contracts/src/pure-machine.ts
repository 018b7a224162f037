/** A machine whose value is immutable: a command makes the next value from the last. */
import { type Codec, checkCodec } from './codec.ts'
import { deepFreeze } from './deep-freeze.ts'
import { checkFunctions } from './definition-parts.ts'
import { type MachineVersionOptions, machineVersions } from './machine-version.ts'
import { readOneValue } from './slice-reader.ts'
import { SliceWriter } from './slice-writer.ts'
import type { ApplyContext, Machine, QueryContext, StateMachine, Untyped } from './state-machine.ts'

/** What both forms of a pure machine have in common. */
export interface PureMachineOptions<Value> extends MachineVersionOptions {
  /** The first value: an equal one whenever it is asked for. */
  readonly init: () => Value
  /** Replicated time at which the value wants to see an entry, or null (`StateMachine.deadline`). */
  readonly deadline?: ((value: Value) => number | null) | undefined
  /** What turns commands, results and the value into bytes. Default: the host's. */
  readonly codec?: Codec | undefined
  /**
   * Whether values are frozen, with all in them, so that a command that changes one in place fails. For tests: it takes time
   * for all that is new in a value. Typed arrays and dates can't be frozen. Default false.
   */
  readonly freeze?: boolean | undefined
}

/** A pure machine whose commands and queries are values of any shape. */
export interface PureMachineDefinition<Value> extends PureMachineOptions<Value> {
  /**
   * Changes nothing; returns the result and the next value. Deterministic. Whatever it throws, the command has failed, on
   * every member alike, and the value stays (`isDeterministicFailure` names the exceptions).
   */
  readonly command: (
    value: Value,
    command: Untyped,
    context: ApplyContext,
  ) => readonly [result: unknown, next: Value]
  /** Changes nothing; returns the answer. */
  readonly query: (value: Value, query: Untyped, context: QueryContext) => unknown
  /** The command that is applied where the deadline has come (`Machine.atDeadline`). */
  readonly atDeadline?: Untyped
}

/**
 * A machine from functions over an immutable value. Its snapshots are encoded in slices while it goes on: a large value
 * never holds up the process. The keys of a plain object can only be listed at once, so a large table is a `Map`.
 * @throws {RaftedError} `invalid-argument` for a `version` that is none, and for what is no function.
 */
export function pureMachine<Value>(definition: PureMachineDefinition<Value>): Machine {
  checkFunctions(definition, ['init', 'command', 'query'])
  const { codec, init, atDeadline } = definition
  if (codec !== undefined) checkCodec(codec)
  const versions = machineVersions(definition)
  const instance = (value: Value, itsCodec: Codec): StateMachine =>
    new PureInstance(definition, value, itsCodec)
  return {
    ...versions,
    codec: codec ?? null,
    failure: 'command',
    ...(atDeadline === undefined ? {} : { atDeadline }),
    create: (itsCodec) => instance(init(), itsCodec),
    async restore(chunks, itsCodec) {
      return instance((await readOneValue(chunks, itsCodec)) as Value, itsCodec)
    },
  }
}

class PureInstance<Value> implements StateMachine {
  readonly #definition: PureMachineDefinition<Value>
  readonly #codec: Codec
  /** What is known to be frozen, with all in it; null if nothing is to be frozen. */
  readonly #frozen: WeakSet<object> | null
  /** Present only where one is defined: a host looks whether it is. */
  readonly deadline?: () => number | null
  #value: Value
  /** The value before the last command. */
  #before: Value

  constructor(definition: PureMachineDefinition<Value>, value: Value, codec: Codec) {
    this.#definition = definition
    this.#codec = codec
    this.#frozen = definition.freeze === true ? new WeakSet() : null
    if (this.#frozen !== null) deepFreeze(value, this.#frozen)
    this.#value = value
    this.#before = value
    const { deadline } = definition
    if (deadline !== undefined) this.deadline = () => deadline(this.#value)
  }

  get value(): Value {
    return this.#value
  }

  apply(command: unknown, context: ApplyContext): unknown {
    const outcome = this.#definition.command(this.#value, command, context)
    if (!Array.isArray(outcome) || outcome.length !== 2) refuseOutcome()
    if (this.#frozen !== null) deepFreeze(outcome[1], this.#frozen)
    this.#before = this.#value
    this.#value = outcome[1]
    return outcome[0]
  }

  undo(): void {
    this.#value = this.#before
  }

  query(
    query: unknown,
    context: QueryContext = { time: 0, version: this.#definition.version ?? 1 },
  ): unknown {
    return this.#definition.query(this.#value, query, context)
  }

  /** The value is immutable: to hold on to it is to have a frozen view. */
  snapshot(): Iterable<Uint8Array> {
    return new SliceWriter([this.#value].values(), this.#codec)
  }
}

/** @throws {TypeError} always. */
function refuseOutcome(): never {
  throw new TypeError('A command returns [result, next value], at once and not as a promise.')
}
