/** Peers that keep their leader waiting: each is told once when it becomes slow, and once when that is over. */
import type { RaftedEvent } from '@rafted/contracts'
import type { Core, MemberId, PeerView } from '@rafted/core'
import type { GroupSettings } from '@rafted/wire'
import { SeldomMap } from './seldom.ts'

/** A peer is slow if an acknowledgement from it is overdue for so many election timeouts … */
const SLOW_ELECTIONS = 2
/** … and no longer, once all that stood in the log at some moment was acknowledged within this part of that time. */
const RECOVERED_PART = 0.5

interface Watched {
  /** The end of the log when the mark was set, and when that was: the peer's lag is that of the mark. */
  mark: number
  since: number
  isSlow: boolean
  /** As it was last seen, for when it is seen no more. */
  lagMs: number
  entries: number
}

type Times = Pick<GroupSettings, 'heartbeatMs' | 'electionMs'>

export class SlowPeers {
  readonly #group: string
  readonly #event: (event: RaftedEvent) => void
  readonly #watched = new SeldomMap<MemberId, Watched>()
  #checkedAt = Number.NEGATIVE_INFINITY

  constructor(group: string, event: (event: RaftedEvent) => void) {
    this.#group = group
    this.#event = event
  }

  get isAnySlow(): boolean {
    for (const { isSlow } of this.#watched.values()) if (isSlow) return true
    return false
  }

  /** Looks at the peers of a leader, once in a heartbeat. */
  check(core: Core, { heartbeatMs, electionMs }: Times, now: number): void {
    const elapsed = now - this.#checkedAt
    if (elapsed < heartbeatMs) return
    // This host was late itself: what has been acknowledged meanwhile may wait unread (F94g).
    if (elapsed > 2 * heartbeatMs)
      for (const one of this.#watched.values()) one.since += elapsed - heartbeatMs
    this.#checkedAt = now
    const peers = core.peers()
    for (const peer of peers) this.#look(peer, core.lastIndex, electionMs, now)
    for (const [id, one] of this.#watched) if (!peers.some((peer) => peer.id === id)) this.#forget(id, one)
  }

  #look({ id, match, lastHeard }: PeerView, last: number, electionMs: number, now: number): void {
    let one = this.#watched.get(id)
    if (one === undefined) {
      one = { mark: last, since: now, isSlow: false, lagMs: 0, entries: 0 }
      this.#watched.set(id, one)
    }
    const bound = SLOW_ELECTIONS * electionMs
    const markMs = now - one.since
    const silentMs = now - lastHeard
    const isReached = match >= one.mark
    one.lagMs = Math.max(isReached ? 0 : markMs, silentMs)
    one.entries = last - match
    if (isReached) {
      one.mark = last
      one.since = now
    }
    const isFast = isReached && Math.max(markMs, silentMs) <= bound * RECOVERED_PART
    if (one.isSlow ? !isFast : one.lagMs <= bound) return
    one.isSlow = !one.isSlow
    this.#tell(id, one, one.isSlow ? 'slow' : 'recovered')
  }

  /** The member leads no more: nobody here knows how its peers are. */
  stop(): void {
    for (const [id, one] of this.#watched) this.#forget(id, one)
    this.#checkedAt = Number.NEGATIVE_INFINITY
  }

  #forget(id: MemberId, one: Watched): void {
    this.#watched.delete(id)
    if (one.isSlow) this.#tell(id, one, 'unwatched')
  }

  #tell(peer: MemberId, { lagMs, entries }: Watched, state: 'slow' | 'recovered' | 'unwatched'): void {
    const level = state === 'slow' ? 'warn' : 'info'
    this.#event({ kind: 'slow-peer', level, group: this.#group, peer, state, lagMs, entries })
  }
}
