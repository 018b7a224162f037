/**
 * Whether those that would vote after a change of members can decide anything. A change takes a majority of them as well, and once it is in the log there is no way back: where one of two
 * that would be left is gone for good, the group would be without a leader for ever. So a leader asks for it only after it has heard a majority of them since it first wanted it: what was
 * heard before says nothing of a host that is gone since. And it has heard them several times, one after the other: a group that wakes, a leader that is new and a host that was late take it
 * for granted once that others have just been heard.
 */
import type { Host } from '@rafted/host'

type MemberStatus = NonNullable<ReturnType<Host['status']>>

/** Who is to vote, by a change of the configuration at that index. */
export interface WantedVoters {
  readonly voters: readonly string[]
  readonly ifConfigurationAt: number
}

/** How often they have to be heard. */
const TIMES = 3

interface Waiting {
  readonly key: string
  /** Since when they have to be heard next, and how often they were. */
  readonly since: number
  readonly times: number
}

export class HeardMajorities {
  /** By group. */
  readonly #waiting = new Map<string, Waiting>()

  /** Whether they can, as far as the host has heard. Where nothing happens nobody is heard: so the group is kept awake until it has. */
  mayDecide(host: Pick<Host, 'status' | 'stir'>, raft: string, wanted: WantedVoters, now: number): boolean {
    const status = host.status(raft)
    if (status === null) return false
    const may = this.has(raft, wanted, status, now)
    if (!may) host.stir(raft)
    return may
  }

  /** Asked again and again. @param status of the member here, which leads. @param now milliseconds of the host's clock. */
  has(raft: string, { voters, ifConfigurationAt }: WantedVoters, status: MemberStatus, now: number): boolean {
    if (voters.length === 1 && voters[0] === status.member) return true
    const key = `${status.term} ${ifConfigurationAt} ${voters.join()}`
    const known = this.#waiting.get(raft)
    const { since, times } = known?.key === key ? known : { since: now, times: 0 }
    const isHeard = (id: string): boolean =>
      id === status.member || status.peers.some((peer) => peer.member === id && peer.silentMs < now - since)
    const areHeard = voters.filter(isHeard).length > voters.length / 2
    const next = areHeard ? { key, since: now, times: times + 1 } : { key, since, times }
    this.#waiting.set(raft, next)
    return next.times >= TIMES
  }

  /** Nothing of the kind is wanted there any more. */
  forget(raft: string): void {
    this.#waiting.delete(raft)
  }
}
