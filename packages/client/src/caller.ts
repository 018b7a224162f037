/** Commands and queries of one group: encodes what is asked, decodes what is answered. */
import type { CallOptions, Codec } from '@rafted/contracts'
import { RaftedError } from '@rafted/contracts'
import type { ResultResponse } from '@rafted/wire'
import { askAnyMember, askLeader } from './ask.ts'
import type { Context } from './context.ts'
import { abortedError, closedError, invalidArgument } from './failures.ts'
import type { Groups } from './groups.ts'
import { operate } from './operate.ts'
import { checkKey, checkRead, checkSignal, checkTimeout } from './options.ts'
import { Patience } from './patience.ts'
import { readResult } from './results.ts'

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
    const payload = this.#encode(query)
    const ask = how.here ? askAnyMember : askLeader
    const answer = await operate(context, this.#groups, name, (group) =>
      ask(
        context,
        group,
        (incarnation) => ({ kind: 'query', group: name, incarnation, ...how, payload }),
        patience,
      ),
    )
    return readResult(answer as ResultResponse, this.#codec, 'query', name)
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
