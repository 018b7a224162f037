/**
 * Who here is told when that a host is lost. Whoever follows a leader there will campaign, or vote for another that does, so those are told few at a time, and the next ones as the first
 * are led again: a host may have led thousands of groups. Campaigns of all of them at once would take as long, each of them, as all together, longer than members give
 * each other in turn (`succession.ts` of the core): most of them would be begun twice, and split their votes.
 *
 * Those that go first in their groups are told before all others, who needn't be told at all until one of those asks for their votes: whoever is asked for anything is told before that.
 * And nobody waits for long because others are not led again: each takes the place of another for a part of an election timeout only.
 */
import type { Cancel, Clock } from '@rafted/contracts'
import { memberOf } from '@rafted/core'
import type { Member } from './member.ts'

/** What is needed of a member. */
export type Bereaved = Pick<Member, 'id' | 'core' | 'ended' | 'leads' | 'onPeer' | 'settings'>

/** Told, and not led again: as many as a host and its disk deal with in less time than members give each other in turn. */
const AT_ONCE = 128
/** How long one counts as that, as a part of an election timeout. */
const HELD = 0.1
/** How often it is looked whether that is over while nothing else happens, milliseconds. */
const LOOK_MS = 25

interface Told {
  readonly leader: string
  readonly until: number
}

export interface LossesOptions {
  readonly clock: Clock
  /** There are some to be told after this turn, or the next. */
  wake(): void
}

export class Losses {
  readonly #o: LossesOptions
  /** And which hosts are lost to them. */
  readonly #first = new Map<Bereaved, string[]>()
  readonly #others = new Map<Bereaved, string[]>()
  readonly #told = new Map<Bereaved, Told>()
  #timer: Cancel | null = null

  constructor(options: LossesOptions) {
    this.#o = options
  }

  /** The host is lost, as far as can be told from here. */
  add(member: Bereaved, host: string): void {
    const hosts = this.#hostsLostTo(member)
    if (hosts !== undefined) {
      if (!hosts.includes(host)) hosts.push(host)
    } else if (leaderOn(member, [host]) !== null) {
      const waiting = member.core.placeInTurn === 0 ? this.#first : this.#others
      waiting.set(member, [host])
      this.#o.wake()
    }
    // To one that is quiet, and follows another, it is all the same.
    else if (member.leads || !member.core.isQuiet) member.onPeer(host, 'lost')
  }

  /** Something has come for it, from that host if it is known: it is told before, unless that is lost and what comes of it may be old. */
  hurry(member: Bereaved, from?: string): void {
    if (this.#waiting === 0) return
    const hosts = this.#hostsLostTo(member)
    if (hosts !== undefined && !hosts.includes(from!)) this.#tell(member, hosts)
  }

  /** Tells those whose turn it is. */
  look(): void {
    if (this.#waiting + this.#told.size === 0) return
    const { clock } = this.#o
    const now = clock.now()
    for (const [member, told] of this.#told) if (isOver(member, told, now)) this.#told.delete(member)
    for (const waiting of [this.#first, this.#others])
      for (const [member, hosts] of waiting) {
        if (this.#told.size >= AT_ONCE) break
        this.#tell(member, hosts)
      }
    if (this.#waiting > 0 && this.#timer === null)
      this.#timer = clock.after(LOOK_MS, () => {
        this.#timer = null
        this.look()
      })
  }

  get #waiting(): number {
    return this.#first.size + this.#others.size
  }

  #hostsLostTo(member: Bereaved): string[] | undefined {
    return this.#first.get(member) ?? this.#others.get(member)
  }

  #tell(member: Bereaved, hosts: readonly string[]): void {
    this.#first.delete(member)
    this.#others.delete(member)
    const leader = leaderOn(member, hosts)
    const until = this.#o.clock.now() + HELD * member.settings.electionMs
    if (leader !== null) this.#told.set(member, { leader, until })
    for (const host of hosts) member.onPeer(host, 'lost')
  }

  close(): void {
    this.#timer?.()
    this.#first.clear()
    this.#others.clear()
    this.#told.clear()
  }
}

function isOver({ ended, core }: Bereaved, { leader, until }: Told, now: number): boolean {
  const current = core.standing.leader
  return now >= until || ended !== null || (current !== null && current !== leader)
}

/** The leader that it follows, if that is on one of these hosts. */
function leaderOn({ id, core }: Bereaved, hosts: readonly string[]): string | null {
  const { leader, configuration } = core.standing
  if (leader === null || leader === id) return null
  const there = memberOf(configuration?.configuration, leader)?.host
  return there !== undefined && hosts.includes(there) ? leader : null
}
