/** Whether this host leads a group, for those who have something to do while it does. */
import type {
  AnyEvent,
  EventStream,
  FencingToken,
  Leadership,
  LeadershipState,
  Subscription,
} from '@rafted/contracts'
import { checkListener, type EventHub } from './event-hub.ts'

const NOT_LEADING: LeadershipState = { isLeader: false, token: null }

export class HostLeadership implements Leadership {
  readonly group: string
  readonly #now: () => FencingToken | null
  readonly #hub: EventHub

  /** @param now the token, while this host leads. */
  constructor(group: string, now: () => FencingToken | null, hub: EventHub) {
    this.group = group
    this.#now = now
    this.#hub = hub
  }

  get isLeader(): boolean {
    return this.#now() !== null
  }

  get token(): FencingToken | null {
    return this.#now()
  }

  on(listener: (state: LeadershipState) => unknown): Subscription {
    checkListener(listener)
    const tell = (event: AnyEvent): unknown => {
      const state = this.#told(event)
      return state === undefined ? undefined : listener(state)
    }
    const gained = this.#hub.on('leadership-gained', tell)
    const lost = this.#hub.on('leadership-lost', tell)
    const off = (): void => {
      gained()
      lost()
    }
    return Object.assign(off, { [Symbol.dispose]: off })
  }

  changes(): EventStream<LeadershipState> {
    const token = this.#now()
    const first: LeadershipState = token === null ? NOT_LEADING : { isLeader: true, token }
    return this.#hub.latest(['leadership-gained', 'leadership-lost'], (event) => this.#told(event), first)
  }

  /** What an event says of this group. */
  #told(event: AnyEvent): LeadershipState | undefined {
    if (event.kind === 'leadership-gained' && event.group === this.group)
      return { isLeader: true, token: event.token }
    return event.kind === 'leadership-lost' && event.group === this.group ? NOT_LEADING : undefined
  }
}
