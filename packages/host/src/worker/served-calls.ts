/** In the worker: the application's calls, asked of the host, and their answers. Each request is answered once. */
import type { Clock } from '@rafted/contracts'
import { decodeBatch, errorResponse, type Link, type Request, type Response } from '@rafted/wire'
import { encodeOwn, runsOf } from './batches.ts'
import type { Calls, FromWorker } from './messages.ts'
import type { Port } from './port.ts'

export interface ServedCallsOptions {
  readonly port: Pick<Port<FromWorker, never>, 'post'>
  /** The host's. */
  readonly link: Link
  readonly cluster: string
  readonly clock: Clock
}

export class ServedCalls {
  readonly #options: ServedCallsOptions
  /** Of this turn. */
  #answers: Response[] = []
  readonly #flush = (): void => this.#send()

  constructor(options: ServedCallsOptions) {
    this.#options = options
  }

  take(calls: readonly Calls[]): void {
    const { cluster } = this.#options
    for (const { to, batch, timeoutsMs } of calls) {
      let i = 0
      for (const item of decodeBatch(batch, { cluster }).items)
        if (item.kind === 'request') void this.#ask(to, item.request, timeoutsMs[i++]!)
    }
  }

  async #ask(to: string | null, request: Request, timeoutMs: number): Promise<void> {
    const response = await this.#options.link.call(to, request, timeoutMs)
    // The host numbers what it asks by itself.
    if (this.#answers.push({ ...response, id: request.id }) === 1) this.#options.clock.soon(this.#flush)
  }

  #send(): void {
    const answers = this.#answers
    this.#answers = []
    const batches: Uint8Array<ArrayBuffer>[] = []
    for (const run of runsOf(answers, itemOf)) this.#encode(run, batches)
    this.#options.port.post(
      { kind: 'answers', batches },
      batches.map(({ buffer }) => buffer),
    )
  }

  /** One answer that has no place in the layout must not take the others with it. */
  #encode(answers: readonly Response[], batches: Uint8Array<ArrayBuffer>[]): void {
    try {
      batches.push(encodeOwn(this.#options.cluster, answers.map(itemOf)))
    } catch (error) {
      if (answers.length > 1) for (const answer of answers) this.#encode([answer], batches)
      else {
        const message = `The answer can't be told to the thread that asked: ${String(error)}`
        const response = errorResponse('too-large', 'unknown', message, { id: answers[0]!.id })
        batches.push(encodeOwn(this.#options.cluster, [itemOf(response)]))
      }
    }
  }
}

function itemOf(response: Response): { readonly kind: 'response'; readonly response: Response } {
  return { kind: 'response', response }
}
