/**
 * How hosts are reached that this client can't dial: through one that it can, which passes requests on. So one address that can be dialled is enough,
 * wherever a group is led. A client asks directly first, and again from time to time; and where one host can't pass on either, another one.
 */
import type { Clock, ErrorCode } from '@rafted/contracts'
import type {
  DirectRequest,
  Link,
  Receiver,
  RelayedRequest,
  Request,
  Response,
  WithoutId,
} from '@rafted/wire'
import type { Address } from './context.ts'
import { LOCATE_TIMEOUT_MS, MAX_GROUPS, MAX_LEARNED, WAY_MS } from './limits.ts'
import type { SilentHosts } from './silent-hosts.ts'

interface Way {
  /** Address of the host that passes requests on; null while it is asked directly. */
  via: string | null
  /** Those that were of no use. */
  readonly useless: Set<string>
  /** When it is time to look whether it is needed any more, on the clock. */
  lookAt: number
}

export class Ways {
  readonly #link: Link
  readonly #clock: Clock
  readonly #silent: SilentHosts
  /** Who may pass something on, by group: those that have answered, the last one first, then members that others have told of. */
  readonly #helpers = new Map<string, string[]>()
  /** By the address that is not reached directly. */
  readonly #ways = new Map<string, Way>()

  constructor(link: Link, clock: Clock, silent: SilentHosts) {
    this.#link = link
    this.#clock = clock
    this.#silent = silent
  }

  /** Asks that host, by the way there is. As `Link.call`. */
  call(address: Address, request: WithoutId<DirectRequest>, timeoutMs: number): Promise<Response> {
    const way = this.#ways.size === 0 || address === null ? undefined : this.#ways.get(address)
    if (way === undefined || way.via === null) return this.#link.call(address, request, timeoutMs)
    if (this.#silent.has(way.via)) this.#goThrough(address!, request.group, way)
    if (way.via === null) return this.#link.call(address, request, timeoutMs)
    this.#look(address!, way, request.group)
    return this.#link.call(way.via, relayed(address!, request, timeoutMs), timeoutMs)
  }

  /** As `call`; what is answered goes to the receiver. */
  ask(address: Address, request: WithoutId<DirectRequest>, timeoutMs: number, receiver: Receiver): void {
    if (this.#ways.size === 0 || address === null) askBy(this.#link, address, request, timeoutMs, receiver)
    else tell(receiver, this.call(address, request, timeoutMs))
  }

  /** That host has answered a question about the group. */
  answered(address: Address, group: string, response: Response): void {
    if (address === null) return
    const way = this.#ways.get(address)
    if (way !== undefined && way.via === null) this.#ways.delete(address)
    const members = response.kind === 'located' ? response.members : []
    const before = this.#helpers.get(group) ?? []
    // What has come by another way says nothing of this one.
    const first = way === undefined || way.via === null ? address : way.via
    if (before[0] === first && members.every((member) => before.includes(member))) return
    // Put last, so that what was learned first is forgotten first.
    this.#helpers.delete(group)
    this.#helpers.set(group, [...new Set([first, ...before, ...members])].slice(0, MAX_LEARNED))
    if (this.#helpers.size > MAX_GROUPS) this.#helpers.delete(this.#helpers.keys().next().value!)
  }

  /**
   * It could not be reached. The next attempt goes another way: through whoever answered last, or, where that was of no use, directly, and then through another.
   * One that is merely slow is not spared by others who wait for it in the client's place.
   */
  failed(address: Address, group: string, code: ErrorCode): void {
    if (address === null || (code !== 'unreachable' && code !== 'timeout')) return
    const way = this.#ways.get(address)
    if (way !== undefined && way.via !== null) {
      way.useless.add(way.via)
      this.#silent.failed(way.via, code)
      way.via = null
    } else if (code === 'unreachable') this.#goThrough(address, group, way)
  }

  #goThrough(address: string, group: string, known: Way | undefined): void {
    const helpers = this.#silent.last(this.#helpers.get(group) ?? []).filter((helper) => helper !== address)
    const way = known ?? { via: null, useless: new Set(), lookAt: 0 }
    // All were of no use: that may be over.
    if (helpers.every((helper) => way.useless.has(helper))) way.useless.clear()
    way.via = helpers.find((helper) => !way.useless.has(helper)) ?? null
    if (way.via === null) return
    way.lookAt = this.#clock.now() + WAY_MS
    this.#ways.set(address, way)
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

/** As `Link.ask`, of any link. */
export function askBy(
  link: Link,
  address: Address,
  request: WithoutId<DirectRequest>,
  timeoutMs: number,
  receiver: Receiver,
): void {
  if (link.ask !== undefined) link.ask(address, request, timeoutMs, receiver)
  else tell(receiver, link.call(address, request, timeoutMs))
}

/** What a link of somebody's own rejects with, though it never should, is told as well: receivers know what is no response. */
function tell(receiver: Receiver, answer: Promise<Response>): void {
  const answered = (response: unknown): void => receiver.answered(response as Response)
  void answer.then(answered, answered)
}

function relayed(to: string, request: WithoutId<DirectRequest>, timeoutMs: number): WithoutId<Request> {
  const { group, incarnation } = request
  // Its id is that of the request which carries it.
  const inner = { ...request, id: 0 } as RelayedRequest
  return { kind: 'relay', group, incarnation, to, timeoutMs, request: inner }
}
