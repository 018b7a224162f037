/** Majorities, counted by trying all sets of members: another way than the core's. */
import type { Configuration } from '@rafted/core'

/** Whether those of whom `has` says so are a majority, of both halves of a joint configuration. */
export function isQuorum({ voters, outgoing }: Configuration, has: (member: string) => boolean): boolean {
  const isMajority = (members: readonly { readonly id: string }[]): boolean =>
    2 * members.filter(({ id }) => has(id)).length > members.length
  return isMajority(voters) && (outgoing === null || isMajority(outgoing))
}

/** Whether each majority of the one shares a member with each majority of the other. */
export function intersect(a: Configuration, b: Configuration): boolean {
  const all = new Set(
    [a, b].flatMap(({ voters, outgoing }) => [...voters, ...(outgoing ?? [])]).map(({ id }) => id),
  )
  const ids = [...all]
  for (let set = 0; set < 1 << ids.length; set++) {
    const isIn = (id: string): boolean => ((set >> ids.indexOf(id)) & 1) === 1
    // If a set is a majority of one, what it leaves out may be none of the other.
    if (isQuorum(a, isIn) && isQuorum(b, (id) => !isIn(id))) return false
  }
  return true
}
