/** What must hold of a fleet at every moment, looked at now and then, and what must hold once it has come to rest. */
import type { FleetGroup } from '@rafted/fleet'
import { hasMajorityInAZone } from '@rafted/fleet'
import type { FleetAdmin } from './fleet-admin.ts'
import type { FleetPlaces, FleetProcess } from './fleet-places.ts'

export interface FleetPromisesOptions {
  readonly places: FleetPlaces
  readonly admin: FleetAdmin
  readonly zones: number
  readonly zoneOf: (id: string) => string
  violation(what: string): void
}

export class FleetPromises {
  readonly #o: FleetPromisesOptions
  /** The highest term of each group of which a leader was seen, and who that was. */
  readonly #leaders = new Map<string, { readonly term: number; readonly member: string }>()

  constructor(options: FleetPromisesOptions) {
    this.#o = options
  }

  /** One leader of a term. */
  look(): void {
    const { places, violation } = this.#o
    for (const { host } of places.up)
      for (const raft of host.groups()) {
        const core = host.inspect(raft)?.core
        if (core === undefined || core.standing.role !== 'leader') continue
        const { term } = core.standing
        const member = host.inspect(raft)!.id
        const known = this.#leaders.get(raft)
        if (known === undefined || term > known.term) this.#leaders.set(raft, { term, member })
        else if (known.term === term && known.member !== member)
          violation(`${raft}: two leaders of term ${term}`)
      }
  }

  /** Who has been told that a host holds nothing may throw it away. What the registry knows nothing of is left there. */
  lookIfEmpty({ id, host, fleet }: FleetProcess): void {
    const { admin, violation } = this.#o
    const groups = admin.groups.map(({ name }) => fleet.raftOf(name))
    for (const raft of ['fleet', ...groups]) {
      const member = raft === null ? null : host.inspect(raft)
      const voters = member?.core.configuration?.configuration.voters ?? []
      if (member?.ended === null && voters.some((voter) => voter.id === member.id))
        violation(`${id} was drained, and ${raft} counts on it`)
    }
  }

  /** Why the fleet is not at rest yet, or null. @param groups as the registry has them. */
  whyNotWhole(groups: readonly FleetGroup[]): string | null {
    const { places, zoneOf, zones } = this.#o
    for (const group of groups) {
      const { name, hosts, move, isServing } = group
      if (!isServing) return `${name} is not served`
      if (move !== null) return `${name} moves from ${move.from} to ${move.to}`
      const holders = places.holders(group)
      if (holders === null) return `${name} is not led, or its members change`
      if (holders.join() !== hosts.toSorted().join())
        return `${name} is on ${holders.join()}, and is to be on ${hosts.join()}`
      const placed = hosts.map((id) => ({ zone: zoneOf(id) }))
      if (zones >= 3 && hasMajorityInAZone(placed))
        return `${name} has most of its members in one zone: ${hosts.join()}`
    }
    return null
  }

  /** At rest, nothing is stored that nobody counts on, but what can be restored. @returns what is, or null. */
  async whyNotTidy(groups: readonly FleetGroup[]): Promise<string | null> {
    const known = new Map(groups.map(({ raft, hosts }) => [raft, hosts]))
    for (const [raft, ids] of await this.#o.places.held()) {
      const hosts = known.get(raft)
      const extra = hosts === undefined ? [] : ids.filter((id) => !hosts.includes(id))
      if (extra.length > 0) return `${extra.join()} keep something of ${raft}`
    }
    return null
  }

  /** Groups there are to be, and none beside. */
  whyNotAsAsked(groups: readonly FleetGroup[]): string | null {
    const { admin } = this.#o
    for (const { name, is } of admin.groups) {
      const isThere = groups.some((group) => group.name === name)
      if (is === 'there' && !isThere) return `the group ${name} is lost`
      if (is === 'removed' && isThere) return `the group ${name} was removed, and is there`
    }
    return null
  }
}
