/** The rest of one member while nothing happens in its group (`quiet.ts` of the core): its host watches those that it relies on, once for all its members. */
import { membersOf } from '@rafted/core'
import type { Member } from './member.ts'
import type { Pulses, QuietMember, QuietTimes } from './pulses.ts'
import type { Routes } from './routes.ts'

export class Rest implements QuietMember {
  readonly #member: Pick<Member, 'id' | 'core' | 'leads' | 'onPeer'>
  readonly #pulses: Pulses
  readonly #routes: Routes
  readonly #settings: () => QuietTimes
  #isQuiet = false

  constructor(
    member: Pick<Member, 'id' | 'core' | 'leads' | 'onPeer'>,
    pulses: Pulses,
    routes: Routes,
    settings: () => QuietTimes,
  ) {
    this.#member = member
    this.#pulses = pulses
    this.#routes = routes
    this.#settings = settings
  }

  suspect(host: string): void {
    this.#member.onPeer(host, 'lost')
  }

  /** Somebody wants something of the group: whoever is quiet is not told what it was when that fell quiet. */
  nudge(now: number): void {
    if (this.#isQuiet) this.#member.core.step({ kind: 'nudge' }, now)
  }

  /** It has fallen quiet, or is awake again. Looked at for each drain. */
  look(): void {
    const { id: own, core, leads } = this.#member
    if (core.isQuiet === this.#isQuiet) return
    this.#isQuiet = core.isQuiet
    this.#pulses.end(this)
    if (!this.#isQuiet) return
    const { configuration, leader } = core.standing
    const absent = core.peers().filter(({ isAbsent }) => isAbsent)
    const others = membersOf(configuration!.configuration).filter(({ id }) =>
      leads ? id !== own && absent.every((peer) => peer.id !== id) : id === leader,
    )
    const neighbours = others.map(({ id, host, address }) => {
      return { host, address: this.#routes.addressOf(id) ?? address }
    })
    this.#pulses.begin(this, neighbours, this.#settings())
  }

  /** The member takes part no more. Those who rely on it while it leads learn of it. */
  end(): void {
    this.#pulses.end(this)
    if (this.#isQuiet && this.#member.leads) this.#pulses.leaderEnded()
  }
}
