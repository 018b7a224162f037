/**
 * Requests of clients that can reach this host and not the one they mean: they are passed on, and so is the answer. So one address that a client can dial is
 * enough, wherever its group is led.
 *
 * To the other host it is a request of this host, which may ask anything. So what the client may do is judged here, before.
 */
import type { ErrorCode } from '@rafted/contracts'
import { errorResponse, type RelayRequest, type Request, type Response, type WithoutId } from '@rafted/wire'
import type { ReplyTo } from './waiters.ts'

/** Requests that may be on their way at a time, of all clients. */
const MAX_UNDER_WAY = 4096
/** Nobody is waited for longer than this, whatever a client says, milliseconds. */
const MAX_WAIT_MS = 60_000

export interface RelaysOptions {
  readonly hostId: string
  /** Where members of the group may be. Nobody else is asked for a client: no host is made to dial whom a client names. */
  addresses(group: string): readonly string[]
  call(address: string, request: WithoutId<Request>, timeoutMs: number): Promise<Response>
  answer(replyTo: ReplyTo, response: Response): void
}

export class Relays {
  readonly #o: RelaysOptions
  #underWay = 0

  constructor(options: RelaysOptions) {
    this.#o = options
  }

  /** Passes it on, and the answer. */
  take({ id, group, to, timeoutMs, request }: RelayRequest, replyTo: ReplyTo): void {
    const { hostId, addresses, call, answer } = this.#o
    const refuse = (code: ErrorCode, message: string): void =>
      answer(replyTo, errorResponse(code, 'not-applied', message, { id }))
    if (!addresses(group).includes(to))
      refuse(
        'unreachable',
        `Host "${hostId}" knows of no member of group "${group}" at "${to}", and asks nobody else.`,
      )
    else if (this.#underWay >= MAX_UNDER_WAY)
      refuse('overloaded', `Host "${hostId}" passes on too many requests at this moment. Try again.`)
    else {
      this.#underWay++
      void call(to, request, Math.min(timeoutMs, MAX_WAIT_MS)).then((response) => {
        this.#underWay--
        answer(replyTo, { ...response, id })
      })
    }
  }
}
