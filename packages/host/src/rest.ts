/** The rest of one member while nothing happens in its group (`quiet.ts` of the core): its host watches those that it relies on, once for all its members. */
import { membersOf } from '@rafted/core'
import type { QuietGroup } from '@rafted/wire'
import type { Bereaved, Losses } from './losses.ts'
import type { Member } from './member.ts'
import type { Outbox } from './outbox.ts'
import type { Pulses, QuietMember } from './pulses.ts'

/** What is needed of the member. */
type Resting = Bereaved &
  Pick<Member, 'routes' | 'incarnation'> & {
    readonly host: {
      readonly pulses: Pulses
      readonly losses: Losses
      readonly outbox: Pick<Outbox, 'push'>
    }
  }

export class Rest implements QuietMember {
  readonly #member: Resting
  /** The term in which it is quiet, null while it is awake. */
  #term: number | null = null

  constructor(member: Resting) {
    this.#member = member
  }

  get restsIn(): QuietGroup {
    const { incarnation, core } = this.#member
    return { incarnation, term: core.standing.term }
  }

  suspect(host: string): void {
    this.#member.host.losses.add(this.#member, host)
  }

  /** The member was told that the host is lost, or has nobody to rely on: who leads may rest on without it. */
  missed(host: string): void {
    if (this.#term !== null) this.#member.host.pulses.leaveOut(this, host)
  }

  /** Nobody is on that host on whom it could rely in this term. */
  missing(host: string, term: number): void {
    const { core } = this.#member
    // It may have fallen quiet in this very turn.
    if (core.isQuiet && core.standing.term === term) this.suspect(host)
  }

  /** Somebody wants something of the group: whoever is quiet is not told what it was when that fell quiet. */
  nudge(now: number): void {
    this.#member.host.losses.hurry(this.#member)
    if (this.#member.core.isQuiet) this.#member.core.step({ kind: 'nudge' }, now)
  }

  /** It has fallen quiet, or is awake again. Looked at for each drain. */
  look(): void {
    const { id: own, core, leads, host, routes, settings } = this.#member
    const { pulses } = host
    const term = core.isQuiet ? core.standing.term : null
    if (term === this.#term) return
    this.#term = term
    pulses.end(this)
    if (term === null) return
    const { configuration, leader } = core.standing
    const absent = core.peers().filter(({ isAbsent }) => isAbsent)
    const others = membersOf(configuration!.configuration).filter(({ id }) =>
      leads ? id !== own && absent.every((peer) => peer.id !== id) : id === leader,
    )
    const neighbours = others.map(({ id, host, address }) => {
      return { host, address: routes.addressOf(id) ?? address }
    })
    pulses.begin(this, neighbours, settings)
  }

  /** The member takes part no more. Those that may rely on it are told: all others if it leads, else its leader. */
  end(): void {
    const { id: own, core, leads, host, routes, settings } = this.#member
    host.pulses.end(this)
    const { configuration, leader } = core.standing
    if (settings.quietAfterMs === 0 || configuration === null) return
    for (const { id, address } of membersOf(configuration.configuration))
      if (leads ? id !== own : id === leader)
        host.outbox.push(routes.addressOf(id) ?? address, { kind: 'missing', groups: [this.restsIn] })
  }
}
