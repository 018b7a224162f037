/** Whether a host's name is free: asked once, of whoever listens under it. */
import type { Clock } from '@rafted/contracts'
import { type Instance, readMessage } from './message.ts'
import type { NatsMessage } from './nats-connection.ts'

/** Whoever holds the name and lives answers sooner. One that is dead keeps nobody from starting again. */
const ANSWER_MS = 2000

export class Claim {
  readonly #own: Instance
  #resolve: (isFree: boolean) => void = () => {}
  readonly isFree: Promise<boolean>

  constructor(own: Instance, clock: Clock) {
    this.#own = own
    const answered = new Promise<boolean>((resolve) => {
      this.#resolve = resolve
    })
    const cancel = clock.after(ANSWER_MS, () => this.#resolve(true))
    this.isFree = answered.finally(cancel)
  }

  /** Something has come where the answer is awaited. */
  answered({ data, headers }: NatsMessage): void {
    if (headers?.code === 503) this.#resolve(true)
    const message = readMessage(data)
    if (message?.kind === 'held' && message.sender !== this.#own) this.#resolve(false)
  }

  /** There is no connection any more. */
  abandon(): void {
    this.#resolve(true)
  }
}
