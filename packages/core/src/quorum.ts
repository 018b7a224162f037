/**
 * The one way to count. Votes, commit, reads, check-quorum: each is the question "which value has a majority reached?",
 * and in a joint configuration a majority of both halves (thesis §4.3). Hence no second place that could forget the joint case.
 */
import type { Configuration } from './configuration.ts'
import type { MemberId } from './entry.ts'

/** The members of a configuration, each once, with their places in its quorums. */
export interface Roster {
  /** All members: voters, outgoing, learners. Arrays parallel to this one hold what is known of each. */
  ids: MemberId[]
  /** Places in `ids` of the voters. */
  voters: number[]
  /** Places of the outgoing voters while joint. */
  outgoing: number[] | null
}

export const emptyRoster: Roster = { ids: [], voters: [], outgoing: null }

export function rosterOf(configuration: Configuration): Roster {
  const ids: MemberId[] = []
  const place = (id: MemberId): number => {
    const known = ids.indexOf(id)
    return known >= 0 ? known : ids.push(id) - 1
  }
  const voters = configuration.voters.map((member) => place(member.id))
  const outgoing = configuration.outgoing?.map((member) => place(member.id)) ?? null
  for (const learner of configuration.learners) place(learner.id)
  // As large as it is, and no larger: there is one for each of many thousands of groups.
  return { ids: ids.slice(), voters, outgoing }
}

/** Whether the member counts in a quorum. */
export function isVoter(roster: Roster, id: MemberId): boolean {
  const place = roster.ids.indexOf(id)
  return place >= 0 && (roster.voters.includes(place) || (roster.outgoing?.includes(place) ?? false))
}

/** The highest value that a majority reaches. `items` is parallel to `ids`; −Infinity for a roster without voters. */
export function reachedByQuorum<Item>(
  roster: Roster,
  items: readonly Item[],
  value: (item: Item) => number,
): number {
  const incoming = reachedByMajority(roster.voters, items, value)
  return roster.outgoing === null
    ? incoming
    : Math.min(incoming, reachedByMajority(roster.outgoing, items, value))
}

const scratch: number[] = []

function reachedByMajority<Item>(
  places: readonly number[],
  items: readonly Item[],
  read: (item: Item) => number,
): number {
  const count = places.length
  if (count === 0) return Number.NEGATIVE_INFINITY
  // Insertion into a descending scratch: groups are small, and nothing is allocated.
  for (let i = 0; i < count; i++) {
    const value = read(items[places[i]!]!)
    let at = i
    while (at > 0 && scratch[at - 1]! < value) {
      scratch[at] = scratch[at - 1]!
      at--
    }
    scratch[at] = value
  }
  return scratch[count >> 1]!
}
