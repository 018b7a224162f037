/** Commands and queries of one group: encodes what is asked, decodes what is answered. */
import type { CallOptions, Codec, Watch, WatchOptions } from '@rafted/contracts'
import { RaftedError } from '@rafted/contracts'
import type { ResultResponse } from '@rafted/wire'
import { askAnyMember, askLeader } from './ask.ts'
import { Changes } from './changes.ts'
import type { Context } from './context.ts'
import { abortedError, closedError, invalidArgument } from './failures.ts'
import type { Groups } from './groups.ts'
import { operate } from './operate.ts'
import { checkKey, checkRead, checkSignal, checkTimeout } from './options.ts'
import { Patience } from './patience.ts'
import { Reader } from './reader.ts'
import { readResult } from './results.ts'
import { type AnyEvent, type Restorable, watch, watchAnswers } from './watch.ts'

export class Caller {
  readonly #context: Context
  readonly #groups: Groups
  readonly #name: string
  readonly #codec: Codec

  constructor(context: Context, groups: Groups, name: string, codec: Codec | null) {
    this.#context = context
    this.#groups = groups
    this.#name = name
    this.#codec = codec ?? context.codec
  }

  command(command: unknown, { timeoutMs, signal, key }: CallOptions): Promise<unknown> {
    const context = this.#context
    try {
      const what = `A command to "${this.#name}"`
      if (context.closed) throw closedError(what, 'not-applied')
      checkSignal(signal)
      if (signal?.aborted) throw abortedError(what, 'not-applied', signal)
      return this.#groups.get(this.#name).submit({
        payload: this.#encode(command),
        codec: this.#codec,
        key: key === undefined ? null : checkKey(key),
        timeoutMs: timeoutMs === undefined ? context.timeoutMs : checkTimeout('timeoutMs', timeoutMs),
        signal,
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async query(query: unknown, { timeoutMs, signal, read, on }: CallOptions): Promise<unknown> {
    const context = this.#context
    const name = this.#name
    checkSignal(signal)
    const how = checkRead(read, on)
    const patience = new Patience(context, {
      what: () => `A query of "${name}"`,
      timeoutMs: timeoutMs === undefined ? context.timeoutMs : checkTimeout('timeoutMs', timeoutMs),
      signal,
      effects: false,
    })
    patience.check()
    const answer = await this.#ask(this.#encode(query), how, patience)
    return readResult(answer, this.#codec, 'query', name)
  }

  async #ask(
    payload: Uint8Array,
    how: ReturnType<typeof checkRead>,
    patience: Patience,
  ): Promise<ResultResponse> {
    const name = this.#name
    const ask = how.here ? askAnyMember : askLeader
    const answer = await operate(this.#context, this.#groups, name, (group) =>
      ask(
        this.#context,
        group,
        (incarnation) => ({ kind: 'query', group: name, incarnation, ...how, payload }),
        patience,
      ),
    )
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
    const payload = this.#encode(query)
    const how = checkRead('linearizable', 'here')
    const what = (): string => `Watching a query of "${this.#name}"`
    const wish = { what, timeoutMs: Number.POSITIVE_INFINITY, effects: false }
    const read = (answer: ResultResponse): unknown => readResult(answer, this.#codec, 'query', this.#name)
    return new Reader(signal, (ending) => {
      const ask = (): Promise<ResultResponse> =>
        this.#ask(payload, how, new Patience(this.#context, { ...wish, signal: ending }))
      return watchAnswers(this.#changes(ending), ask, read)
    })
  }

  #changes(signal: CallOptions['signal']): Changes {
    return new Changes(this.#context, this.#groups, this.#name, signal)
  }

  #encode(value: unknown): Uint8Array {
    try {
      return this.#codec.encode(value)
    } catch (error) {
      if (error instanceof RaftedError) throw error
      throw invalidArgument(`The codec can't encode what "${this.#name}" is asked.`, error)
    }
  }
}
