/**
 * Which hosts hold the members of a group: a pure function of the group's name and of the hosts there are. Each host draws a lot for each group (rendezvous hashing),
 * weighted by its capacity, so nothing has to be remembered, and what a host holds says nothing about what another one does.
 *
 * The best host of each zone comes before the second of any, and so on: members are spread over zones as evenly as hosts allow.
 *
 * What moves: a host that goes gives up its own members and nothing else changes places; one that comes takes at most one member of each group, and no member moves
 * between two others. (A host that goes moves those of its zone behind it one place forward each, and they stay in their order: all that were chosen still are.)
 */
import { fnv1a, mixed } from '@rafted/contracts'

/** A host that may hold members. */
export interface PlacedHost {
  readonly id: string
  readonly zone: string
  /** Its share of what is held, as a weight beside the other hosts of its zone; 0: it is to hold nothing. */
  readonly capacity: number
}

/** A host beside the lot it drew for a group. */
interface Drawn {
  readonly id: string
  readonly zone: string
  /** The smaller, the better. */
  readonly lot: number
}

/**
 * The hosts that are to hold the members of the group, the one that is to lead first. As many as `replicas`, or as there are; fewer where one zone of three or more
 * would hold a majority of them: a zone that is lost must not take a group with it.
 */
export function place(group: string, hosts: readonly PlacedHost[], replicas: number): string[] {
  const seed = hashOf(group, 0)
  const drawn = hosts
    .filter(({ capacity }) => capacity > 0)
    .map(({ id, zone, capacity }) => ({ id, zone, lot: lotOf(seed, id, capacity) }))
  drawn.sort(byLot)
  const held = new Map<string, number>()
  const ranked = drawn.map((host) => {
    const rank = held.get(host.zone) ?? 0
    held.set(host.zone, rank + 1)
    return { host, rank }
  })
  ranked.sort((a, b) => a.rank - b.rank || byLot(a.host, b.host))
  const chosen = ranked.slice(0, replicas).map(({ host }) => host)
  while (held.size >= 3 && hasMajorityInAZone(chosen)) chosen.pop()
  return chosen.sort(byLot).map(({ id }) => id)
}

/** Whether the hosts of one zone are a majority of three or more. */
export function hasMajorityInAZone(hosts: readonly { readonly zone: string }[]): boolean {
  const counts = new Map<string, number>()
  for (const { zone } of hosts) counts.set(zone, (counts.get(zone) ?? 0) + 1)
  return hosts.length >= 3 && Math.max(...counts.values()) > hosts.length / 2
}

function byLot(a: Drawn, b: Drawn): number {
  return a.lot - b.lot || (a.id < b.id ? -1 : 1)
}

/** Exponentially distributed with the capacity as its rate: whoever has twice the capacity has the smallest of all twice as often. */
function lotOf(seed: number, id: string, capacity: number): number {
  const high = hashOf(id, seed)
  const low = hashOf(id, high ^ 0x9e3779b9)
  const uniform = (high * 2 ** 21 + (low >>> 11) + 0.5) / 2 ** 53
  return -Math.log(uniform) / capacity
}

/** Short names that differ little are far apart. @returns 32 bits. */
function hashOf(text: string, seed: number): number {
  return mixed(fnv1a(text, 0x811c9dc5 ^ seed)) >>> 0
}
