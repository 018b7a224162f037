/** Commands and queries of one group: encodes what is asked, decodes what is answered. */
import {
  type CallOptions,
  type Codec,
  codecOf,
  type Machine,
  type Watch,
  type WatchOptions,
} from '@rafted/contracts'
import type { ResultResponse } from '@rafted/wire'
import { askAnyMember, askLeader } from './ask.ts'
import { Changes } from './changes.ts'
import type { Context } from './context.ts'
import { Edge, operationsOf } from './edge.ts'
import { abortedError, closedError, invalidArgument } from './failures.ts'
import type { Group } from './group.ts'
import type { Groups } from './groups.ts'
import { keysOf, type Settled, settled } from './many.ts'
import { operate } from './operate.ts'
import { checkKey, checkRead, checkSignal, checkTimeout, checkTrace } from './options.ts'
import { Patience } from './patience.ts'
import { Reader } from './reader.ts'
import { readResult } from './results.ts'
import { isThenable } from './validation.ts'
import { patiently } from './waiting.ts'
import { type AnyEvent, type Restorable, watch, watchAnswers } from './watch.ts'

export class Caller {
  readonly #context: Context
  readonly #groups: Groups
  readonly #name: string
  readonly #codec: Codec
  readonly #edge: Edge

  /** @throws {RaftedError} `invalid-argument` for a codec that is none. */
  constructor(context: Context, groups: Groups, name: string, machine: Pick<Machine, 'codec'>) {
    this.#context = context
    this.#groups = groups
    this.#name = name
    this.#codec = codecOf(machine, context.codec)
    this.#edge = new Edge(name, this.#codec, operationsOf(machine))
  }

  command(command: unknown, options: CallOptions): Promise<unknown> {
    const context = this.#context
    const { signal, key, timeoutMs = context.timeoutMs } = options
    try {
      const what = `A command to "${this.#name}"`
      if (context.closed) throw closedError(what, 'not-applied')
      checkSignal(signal)
      if (signal?.aborted) throw abortedError(what, 'not-applied', signal)
      checkTimeout('timeoutMs', timeoutMs)
      checkKey(key)
      const checked = this.#edge.check('command', command)
      // At once where that can be: commands take effect in the order of the calls.
      return isThenable(checked)
        ? this.#whenChecked(checked, options)
        : this.#submit(checked, options, timeoutMs)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** As if each had been called after the other, in one go. @throws {RaftedError} `invalid-argument`, where nothing is called. */
  async commandMany(commands: readonly unknown[], options: CallOptions): Promise<Settled<unknown>[]> {
    const { signal, trace, timeoutMs = this.#context.timeoutMs } = options
    checkSignal(signal)
    checkTimeout('timeoutMs', timeoutMs)
    const keyAt = keysOf(commands, options.key)
    const checked = commands.map((command) => attempted(() => this.#edge.check('command', command)))
    const submit = (all: readonly Checked[], leftMs: number): Promise<Settled<unknown>[]> =>
      settled(all.map((one, at) => this.#submitChecked(one, { signal, trace, key: keyAt(at) }, leftMs)))
    if (!checked.some((one) => 'value' in one && isThenable(one.value))) return submit(checked, timeoutMs)
    // None overtakes another: all wait for the slowest validator.
    const what = `Commands to "${this.#name}"`
    const patience = this.#patience(what, options)
    const validated = patiently(this.#context, what, Promise.all(checked.map(validatedLate)), patience)
    const all = await validated.catch((error: unknown) => checked.map(() => ({ error })))
    return submit(all, patience.leftMs)
  }

  async #submitChecked(checked: Checked, options: CallOptions, timeoutMs: number): Promise<unknown> {
    if ('error' in checked) throw checked.error
    const { signal } = options
    const what = `A command to "${this.#name}"`
    if (this.#context.closed) throw closedError(what, 'not-applied')
    if (signal?.aborted) throw abortedError(what, 'not-applied', signal)
    return this.#submit(checked.value, options, timeoutMs)
  }

  /** Nothing has been sent: however the wait ends, nothing has happened. */
  async #whenChecked(checked: Promise<unknown>, options: CallOptions): Promise<unknown> {
    const what = `A command to "${this.#name}"`
    const patience = this.#patience(what, options)
    const command = await patiently(this.#context, what, checked, patience)
    patience.check()
    return this.#submit(command, options, patience.leftMs)
  }

  #submit(command: unknown, { signal, key, trace }: CallOptions, timeoutMs: number): Promise<unknown> {
    return this.#groups.get(this.#name).submit({
      payload: this.#edge.encode(command),
      codec: this.#codec,
      key: checkKey(key),
      trace: checkTrace(trace),
      timeoutMs,
      signal,
    })
  }

  async query(query: unknown, options: CallOptions): Promise<unknown> {
    const context = this.#context
    const name = this.#name
    checkSignal(options.signal)
    const how = checkRead(options.read, options.on)
    const what = `A query of "${name}"`
    const patience = this.#patience(what, options)
    patience.check()
    const payload = this.#toBeSent(query)
    const answer = await this.#ask(
      isThenable(payload) ? await patiently(context, what, payload, patience) : payload,
      how,
      patience,
    )
    return readResult(answer, this.#codec, 'query', name)
  }

  /** The bytes of a query: at once, unless a validator takes its time. @throws {RaftedError} `invalid-argument`, `too-large`. */
  #toBeSent(query: unknown): Uint8Array | Promise<Uint8Array> {
    const checked = this.#edge.check('query', query)
    return isThenable(checked) ? checked.then((all) => this.#edge.encode(all)) : this.#edge.encode(checked)
  }

  async #ask(
    payload: Uint8Array,
    how: ReturnType<typeof checkRead>,
    patience: Patience,
  ): Promise<ResultResponse> {
    const name = this.#name
    const ask = how.here ? askAnyMember : askLeader
    const make = (incarnation: string | null) =>
      ({ kind: 'query', group: name, incarnation, ...how, payload }) as const
    const run = (group: Group) => ask(this.#context, group, make, patience)
    const answer = await operate(this.#context, this.#groups, name, patience, run, payload.length)
    return answer as ResultResponse
  }

  /** @throws {RaftedError} `invalid-argument`. */
  watch(machine: Restorable, { from }: WatchOptions, { signal }: CallOptions): Watch<AnyEvent> {
    checkSignal(signal)
    if (from !== undefined && !(Number.isSafeInteger(from) && from > 0))
      throw invalidArgument(`\`from\` is an index, 1 or more, not ${String(from)}.`)
    const named = { name: this.#name, codec: this.#codec, machine }
    return new Reader(signal, (ending) => watch({ ...named, changes: this.#changes(ending) }, from ?? null))
  }

  /** @throws {RaftedError} `invalid-argument`. */
  watchQuery(query: unknown, { signal }: CallOptions): Watch<unknown> {
    checkSignal(signal)
    const payload = this.#toBeSent(query)
    // Where nobody begins to read, nobody hears of it.
    if (isThenable(payload)) payload.catch(() => {})
    const how = checkRead('linearizable', 'here')
    const what = (): string => `Watching a query of "${this.#name}"`
    const wish = { what, timeoutMs: Number.POSITIVE_INFINITY, effects: false }
    const read = (answer: ResultResponse): unknown => readResult(answer, this.#codec, 'query', this.#name)
    return new Reader(signal, (ending) => {
      const ask = async (): Promise<ResultResponse> => {
        const patience = new Patience(this.#context, { ...wish, signal: ending })
        const bytes = isThenable(payload)
          ? await patiently(this.#context, what(), payload, patience)
          : payload
        return this.#ask(bytes, how, patience)
      }
      return watchAnswers(this.#changes(ending), ask, read)
    })
  }

  #changes(signal: CallOptions['signal']): Changes {
    return new Changes(this.#context, this.#groups, this.#name, signal)
  }

  #patience(what: string, { timeoutMs, signal }: CallOptions): Patience {
    const context = this.#context
    return new Patience(context, {
      what: () => what,
      timeoutMs: timeoutMs === undefined ? context.timeoutMs : checkTimeout('timeoutMs', timeoutMs),
      signal,
      effects: false,
    })
  }
}

/** A command as it is to be sent, or why it is not. */
type Checked = { readonly value: unknown } | { readonly error: unknown }

function attempted(check: () => unknown): Checked {
  try {
    return { value: check() }
  } catch (error) {
    return { error }
  }
}

async function validatedLate(checked: Checked): Promise<Checked> {
  if ('error' in checked) return checked
  return Promise.resolve(checked.value).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
}
