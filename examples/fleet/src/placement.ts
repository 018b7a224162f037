/** Which host has a member of which group. */
import { type PlacedHost, place } from '@rafted/fleet'

export interface PlacedGroup {
  readonly name: string
  /** Members there are to be. */
  readonly replicas: number
  /** Where they are, who is to lead first. */
  readonly hosts: readonly string[]
  /** Where one is coming. */
  readonly coming: string | null
  readonly isMoving: boolean
  readonly leader: string | null
}

export interface Placement {
  /** Those that take part. */
  readonly hosts: readonly PlacedHost[]
  readonly groups: readonly PlacedGroup[]
}

/** Whether each group is led, and all members are where the fleet wants them in the end: where each is follows from its name and the hosts there are. */
export function isSettled({ hosts, groups }: Placement): boolean {
  return groups.every(
    ({ name, replicas, hosts: now, isMoving, leader }) =>
      !isMoving && leader !== null && place(name, hosts, replicas).join() === now.join(),
  )
}

/** How many members each host has. */
export function countsOf({ hosts, groups }: Placement): Map<string, number> {
  return new Map(hosts.map(({ id }) => [id, groups.filter((group) => group.hosts.includes(id)).length]))
}
