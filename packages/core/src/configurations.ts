/**
 * The configurations the log holds. The effective one is the last, committed or not (thesis §4.1): it follows the log,
 * truncations and snapshots included, so there is no second source of truth that could drift from it.
 */
import type { Configuration, Learner, Member } from './configuration.ts'
import type { ConfigurationEntry, MemberId } from './entry.ts'

/** Ascending by index. The first may stand at or below the log's base: it is the one in effect there. */
export type Configurations = ConfigurationEntry[]

export function effective(configurations: Configurations): ConfigurationEntry | null {
  return configurations[configurations.length - 1] ?? null
}

/** The last one at or below the commit index. */
export function committed(configurations: Configurations, commit: number): ConfigurationEntry | null {
  for (let i = configurations.length - 1; i >= 0; i--)
    if (configurations[i]!.index <= commit) return configurations[i]!
  return null
}

/** Index of the first of the configurations, up to the commit index and without a break, that don't hold `id`; null if the last one does. */
export function absentSince(configurations: Configurations, commit: number, id: MemberId): number | null {
  let since: number | null = null
  for (let i = configurations.length - 1; i >= 0; i--) {
    const { index, configuration } = configurations[i]!
    if (index > commit) continue
    if (holds(configuration, id)) break
    since = index
  }
  return since
}

/**
 * Index of the configuration that added `id`, or of the first one known that holds it; null if none does. A removal below it is old news. Who was removed and
 * added again was added by the later one.
 */
export function addedAt(configurations: Configurations, id: MemberId): number | null {
  let at: number | null = null
  for (let i = configurations.length - 1; i >= 0; i--) {
    const { index, configuration } = configurations[i]!
    if (holds(configuration, id)) at = index
    else if (at !== null) break
  }
  return at
}

export function truncateConfigurations(configurations: Configurations, from: number): void {
  while (configurations.length > 0 && configurations[configurations.length - 1]!.index >= from)
    configurations.pop()
}

/** Forgets what only the log up to `index` needs. */
export function compactConfigurations(configurations: Configurations, index: number): void {
  let keep = 0
  while (keep + 1 < configurations.length && configurations[keep + 1]!.index <= index) keep++
  configurations.splice(0, keep)
}

/** Every member once: incoming voters, outgoing voters, learners. */
export function membersOf(configuration: Configuration): (Member | Learner)[] {
  const members = new Map<MemberId, Member | Learner>()
  for (const list of [configuration.learners, configuration.outgoing ?? [], configuration.voters])
    for (const member of list) members.set(member.id, member)
  return [...members.values()]
}

/** Whether `id` is a member in any role. */
export function holds(configuration: Configuration, id: MemberId): boolean {
  return has(configuration.voters, id) || has(configuration.outgoing, id) || has(configuration.learners, id)
}

/** Whether `id` counts in a quorum. */
export function votesIn(configuration: Configuration, id: MemberId): boolean {
  return has(configuration.voters, id) || has(configuration.outgoing, id)
}

/** Whether `id` votes once the change under way is done. */
export function incomingVoter(configuration: Configuration, id: MemberId): boolean {
  return has(configuration.voters, id)
}

// A loop, and no function made for each question: these are asked at every drain.
function has(list: readonly Member[] | null, id: MemberId): boolean {
  if (list === null) return false
  for (let i = 0; i < list.length; i++) if (list[i]!.id === id) return true
  return false
}

/** The member of this id, if the configuration has it. */
export function memberOf(configuration: Configuration | undefined, id: MemberId): Member | undefined {
  if (configuration === undefined) return undefined
  const { voters, outgoing, learners } = configuration
  return named(voters, id) ?? (outgoing === null ? undefined : named(outgoing, id)) ?? named(learners, id)
}

/** Asked for each message: nothing is made for it. */
function named(members: readonly Member[], id: MemberId): Member | undefined {
  for (let i = 0; i < members.length; i++) if (members[i]!.id === id) return members[i]
  return undefined
}
