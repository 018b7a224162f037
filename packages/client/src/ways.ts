/**
 * How hosts are reached that this client can't dial: through one that it can, which passes requests on. So one address that can be dialled is enough,
 * wherever a group is led. A client asks directly first, and again from time to time.
 */
import type { Clock, ErrorCode } from '@rafted/contracts'
import type { DirectRequest, Link, RelayedRequest, Request, Response, WithoutId } from '@rafted/wire'
import type { Address } from './context.ts'
import { LOCATE_TIMEOUT_MS, MAX_GROUPS, WAY_MS } from './limits.ts'

interface Way {
  /** Address of the host that passes requests on. */
  readonly via: string
  /** When it is time to look whether it is needed any more, on the clock. */
  lookAt: number
}

export class Ways {
  readonly #link: Link
  readonly #clock: Clock
  /** Who has answered lately, by group: the last one to do so. */
  readonly #answered = new Map<string, string>()
  /** By the address that is not reached directly. */
  readonly #ways = new Map<string, Way>()

  constructor(link: Link, clock: Clock) {
    this.#link = link
    this.#clock = clock
  }

  /** Asks that host, by the way there is. As `Link.call`. */
  call(address: Address, request: WithoutId<DirectRequest>, timeoutMs: number): Promise<Response> {
    if (this.#ways.size === 0 || address === null) return this.#link.call(address, request, timeoutMs)
    const way = this.#ways.get(address)
    if (way === undefined) return this.#link.call(address, request, timeoutMs)
    this.#look(address, way, request.group)
    return this.#link.call(way.via, relayed(address, request, timeoutMs), timeoutMs)
  }

  /** That host has answered a question about the group. */
  answered(address: Address, group: string): void {
    if (address === null || this.#answered.get(group) === address || this.#ways.has(address)) return
    // Put last, so that what was learned first is forgotten first.
    this.#answered.delete(group)
    this.#answered.set(group, address)
    if (this.#answered.size > MAX_GROUPS) this.#answered.delete(this.#answered.keys().next().value!)
  }

  /**
   * It could not be reached. The next attempt goes another way: through whoever answered last, or, where that was of no use, directly. One that is merely slow
   * is not spared by others who wait for it in the client's place.
   */
  failed(address: Address, group: string, code: ErrorCode): void {
    if (address === null || (code !== 'unreachable' && code !== 'timeout')) return
    if (this.#ways.delete(address) || code === 'timeout') return
    const via = this.#answered.get(group)
    if (via === undefined || via === address) return
    this.#ways.set(address, { via, lookAt: this.#clock.now() + WAY_MS })
    if (this.#ways.size > MAX_GROUPS) this.#ways.delete(this.#ways.keys().next().value!)
  }

  #look(address: string, way: Way, group: string): void {
    const now = this.#clock.now()
    if (now < way.lookAt) return
    way.lookAt = now + WAY_MS
    const question = { kind: 'locate', group, incarnation: null } as const
    void this.#link.call(address, question, LOCATE_TIMEOUT_MS).then(
      (response) => {
        const isThere =
          response.kind !== 'error' || (response.code !== 'unreachable' && response.code !== 'timeout')
        if (isThere && this.#ways.get(address) === way) this.#ways.delete(address)
      },
      () => {},
    )
  }
}

function relayed(to: string, request: WithoutId<DirectRequest>, timeoutMs: number): WithoutId<Request> {
  const { group, incarnation } = request
  // Its id is that of the request which carries it.
  const inner = { ...request, id: 0 } as RelayedRequest
  return { kind: 'relay', group, incarnation, to, timeoutMs, request: inner }
}
