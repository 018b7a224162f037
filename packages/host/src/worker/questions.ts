/** What the application asks of the worker about the host itself, each question answered once. */
import { RaftedError } from '@rafted/contracts'
import { fromPlain } from './errors.ts'
import type { Answer, FromWorker, Question, ToWorker } from './messages.ts'
import type { Port } from './port.ts'

/** Questions that may be unanswered. */
export const MAX_QUESTIONS = 1024

type Told = Exclude<Answer, { readonly error: unknown }>

interface Asked {
  resolve(answer: Told): void
  reject(error: unknown): void
}

export class Questions {
  readonly #port: Pick<Port<ToWorker, never>, 'post'>
  readonly #asked = new Map<number, Asked>()
  #questions = 0

  constructor(port: Pick<Port<ToWorker, never>, 'post'>) {
    this.#port = port
  }

  /** @throws {RaftedError} `overloaded`; `invalid-argument` for what can't be cloned; what the host threw. */
  async ask(question: Question): Promise<Told> {
    // Closing is never refused.
    if (this.#asked.size >= MAX_QUESTIONS && question.what !== 'close')
      throw new RaftedError(
        'overloaded',
        `${this.#asked.size} questions wait in the worker of this host already. Wait for some of them first.`,
        { outcome: 'not-applied' },
      )
    const id = ++this.#questions
    try {
      this.#port.post({ kind: 'question', id, question })
    } catch (cause) {
      throw new RaftedError(
        'invalid-argument',
        `Not all of the options can go to the thread of the host: ${String(cause)}`,
        { outcome: 'not-applied', cause },
      )
    }
    return await new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }))
  }

  answered({ id, answer }: FromWorker & { readonly kind: 'answer' }): void {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    if ('error' in answer) asked?.reject(fromPlain(answer.error))
    else asked?.resolve(answer)
  }

  /** @param error nobody knows whether what was asked has happened. */
  end(error: RaftedError): void {
    for (const { reject } of this.#asked.values()) reject(error)
    this.#asked.clear()
  }
}
