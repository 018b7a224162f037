/** What must hold of one group, whatever happens (paper, figure 3; thesis §3), looked at after each step of a member. */
import { type Configuration, membersOf } from '@rafted/core'
import type { Member } from '@rafted/host'
import type { LogWitness } from '../../witnesses/log-witness.ts'
import type { WrittenLog } from '../../witnesses/written-logs.ts'
import type { DamagedCopies } from '../damaged-copies.ts'
import { isQuorum } from './quorums.ts'

/** Bytes of entries that a member may hold in memory beyond its setting: what is not applied yet, or not written. */
const SLACK_BYTES = 1024 * 1024

/** What a member was seen to have come to. */
interface Seen {
  readonly member: Member
  term: number
  commit: number
  applied: number
  role: string
  last: number
  /** In effect before this step: what was committed in it was so by this one, if another has taken its place since. */
  configuration: Configuration | null
  /** What the leader takes for durable, by peer. */
  matches: Map<string, { readonly match: number; readonly repair: number | null }>
}

interface Applied {
  readonly term: number
  readonly command: string
  readonly value: string
}

export interface GroupPromisesOptions {
  readonly group: string
  readonly tailBytes: number
  readonly maxUncommittedBytes: number
  violation(what: string): void
  /** What a host's disk has acknowledged and been asked for. */
  logsOf(host: string): LogWitness | undefined
  /** What of its copies is damaged. */
  copiesOf(host: string): DamagedCopies | undefined
}

export class GroupPromises {
  readonly #o: GroupPromisesOptions
  readonly #members = new Map<string, Seen>()
  /** Who led each term: a host and the process it was then. */
  readonly #leaders = new Map<number, string>()
  /** Terms of committed entries, by index. */
  readonly #committed: (number | undefined)[] = []
  /** In which term each was committed, by index: the term of its leader, who is the first to know. */
  readonly #committedIn: number[] = []
  /** What was applied at each index: the command, and the value it left. */
  readonly #applied: (Applied | undefined)[] = []

  constructor(options: GroupPromisesOptions) {
    this.#o = options
  }

  /** The highest index that somebody knew to be committed. */
  get commit(): number {
    return Math.max(0, this.#committed.length - 1)
  }

  /** A member has done something. @param life the process it lives in. */
  look(host: string, life: string, member: Member): void {
    const { core } = member
    const { role, term } = core.standing
    let seen = this.#members.get(member.id)
    if (seen === undefined || seen.member !== member) {
      // Of what it knew before it was started again the term alone is promised to last, and that only once it was durable.
      seen = {
        member,
        term: 0,
        commit: 0,
        applied: 0,
        role: 'follower',
        last: 0,
        configuration: null,
        matches: new Map(),
      }
      this.#members.set(member.id, seen)
    }
    // A leader that removes itself ends in the turn in which it learns that this is committed.
    this.#commits(life, member, seen)
    if (member.ended !== null) return
    if (term < seen.term) this.#violation(`the term of ${life} fell from ${seen.term} to ${term}`)
    if (role === 'leader') {
      if (seen.role !== 'leader' || seen.term !== term) this.#elected(host, life, member, seen)
      else if (core.lastIndex < seen.last)
        this.#violation(
          `${life} cut its own log at ${core.lastIndex}, from ${seen.last}, while it led term ${term}`,
        )
      this.#matches(life, member, seen)
    }
    if (core.damaged.length > 0 || core.lostTo !== null) this.#isHonest(life, member)
    this.#advance(life, member, seen)
    if (member.tail.bytes > this.#o.tailBytes + core.uncommittedBytes + SLACK_BYTES)
      this.#violation(`${life} holds ${member.tail.bytes} bytes of entries in memory`)
    if (core.uncommittedBytes > this.#o.maxUncommittedBytes + SLACK_BYTES)
      this.#violation(`${life} has ${core.uncommittedBytes} bytes that are not committed`)
    seen.term = term
    seen.role = role
    seen.last = core.lastIndex
    seen.configuration = core.standing.configuration?.configuration ?? null
  }

  /** "At most one leader can be elected in a given term" (paper §5.2), and what was committed before "will be present in the logs of the leaders for all higher-numbered terms" (§5.4). */
  #elected(host: string, life: string, { core }: Member, seen: Seen): void {
    const { term } = core.standing
    const known = this.#leaders.get(term)
    if (known !== undefined && known !== life)
      this.#violation(`term ${term} has two leaders: ${known} and ${life}`)
    this.#leaders.set(term, life)
    seen.matches.clear()
    // A process that stood still may find the votes for a term of long ago.
    let { commit } = this
    while (commit > 0 && this.#committedIn[commit]! >= term) commit--
    const held = core.termAt(commit)
    if (commit > core.baseIndex && held !== this.#committed[commit])
      this.#violation(
        `${host} leads term ${term} without entry ${commit} of term ${this.#committed[commit]}, which was committed; it holds ${held === undefined ? 'none' : `one of term ${held}`}`,
      )
  }

  /** Nothing falls, nobody goes ahead of what is committed, and what is committed is one thing for all. */
  #advance(life: string, member: Member, seen: Seen): void {
    const { core, appliedIndex } = member
    const { commitIndex } = core
    if (appliedIndex < seen.applied)
      this.#violation(`${life} went back from ${seen.applied} to ${appliedIndex}`)
    if (appliedIndex > commitIndex)
      this.#violation(`${life} has applied ${appliedIndex}, and knows of ${commitIndex} that it is committed`)
    seen.applied = appliedIndex
  }

  #commits(life: string, member: Member, seen: Seen): void {
    const { core } = member
    const { commitIndex } = core
    if (commitIndex < seen.commit)
      this.#violation(`the commit index of ${life} fell from ${seen.commit} to ${commitIndex}`)
    for (let index = Math.max(seen.commit, core.baseIndex) + 1; index <= commitIndex; index++)
      this.#isCommitted(life, index, core.termAt(index), member, seen)
    seen.commit = commitIndex
  }

  #isCommitted(life: string, index: number, term: number | undefined, member: Member, seen: Seen): void {
    const known = this.#committed[index]
    if (term === undefined) this.#violation(`${life} has no entry ${index}, which is committed for it`)
    else if (known === undefined) {
      this.#committed[index] = term
      this.#committedIn[index] = member.core.standing.term
      this.#isDurable(life, index, term, member, seen)
    } else if (known !== term)
      this.#violation(`entry ${index} is committed in term ${term} for ${life}, and was in term ${known}`)
  }

  /**
   * Whoever commits first is a leader, and a majority holds the entry durably by then. A copy that was durable, and is damaged since, counts as long as
   * the leader may not know it: but never alone.
   */
  #isDurable(life: string, index: number, term: number, { core }: Member, seen: Seen): void {
    const now = core.standing.configuration?.configuration
    if (now === undefined) return
    const isHeld = (configuration: Configuration): boolean => {
      const members = membersOf(configuration)
      const hostOf = (id: string): string => members.find((member) => member.id === id)!.host
      const holds = (id: string): boolean => this.#holds(hostOf(id), id, index, term)
      const had = (id: string): boolean => this.#had(hostOf(id), id, index, term, core.standing.term)
      return members.some(({ id }) => holds(id)) && isQuorum(configuration, (id) => holds(id) || had(id))
    }
    if (!isHeld(now) && (seen.configuration === null || !isHeld(seen.configuration)))
      this.#violation(`entry ${index} of term ${term} is committed for ${life}, and on no majority of disks`)
  }

  /** What a leader counts as durable at a peer is so there, and is what the leader itself has. */
  #matches(life: string, { core }: Member, seen: Seen): void {
    const configuration = core.standing.configuration?.configuration
    if (configuration === undefined) return
    const matches = seen.matches
    // Whoever is no longer there and comes back begins anew.
    seen.matches = new Map()
    for (const { id, match, repair } of core.peers()) {
      const last = matches.get(id)
      // A log that is damaged is counted anew.
      const before = last?.repair === repair ? last.match : 0
      seen.matches.set(id, { match, repair })
      if (match < before) this.#violation(`${life} counted ${before} as durable at ${id}, and now ${match}`)
      if (match <= before) continue
      const host = membersOf(configuration).find((one) => one.id === id)?.host
      const term = core.termAt(match)
      const log = host === undefined ? undefined : this.#durableLogOf(host, id)
      // A peer of a later term may have cut off what it acknowledged, and the leader of an earlier one hears of that late.
      if (host === undefined || term === undefined || log === undefined || log.term > core.standing.term)
        continue
      if (this.#holds(host, id, match, term) || this.#had(host, id, match, term, core.standing.term)) continue
      this.#violation(`${life} counts entry ${match} of term ${term} as durable at ${host}, which it is not`)
    }
  }

  /** Whether the entry is durable there, and can be read. */
  #holds(host: string, member: string, index: number, term: number): boolean {
    const log = this.#durableLogOf(host, member)
    const { group, copiesOf } = this.#o
    return log !== undefined && holdsEntry(log, index, term) && copiesOf(host)!.canRead(group, index)
  }

  /** Whether it was, and may have been told to be, in this term at the latest, before it was damaged. */
  #had(host: string, member: string, index: number, term: number, leaderTerm: number): boolean {
    const { group, copiesOf } = this.#o
    return copiesOf(host)?.had(group, member, index, term, leaderTerm) ?? false
  }

  /** Who can't read entries, or has lost some, doesn't lead, acknowledges nothing that it can't show, and, if it has lost some, votes for nobody. */
  #isHonest(life: string, { core }: Member): void {
    const { role } = core.standing
    if (role !== 'follower') this.#violation(`${life} is ${role}, and its log is damaged`)
    const { following, voteOwed } = core.save().state as {
      readonly following: { readonly acked: number }
      readonly voteOwed: string | null
    }
    const first = core.damaged[0]?.from ?? Number.POSITIVE_INFINITY
    if (following.acked >= first)
      this.#violation(`${life} has acknowledged ${following.acked}, and can't read ${first}`)
    if (core.lostTo !== null && voteOwed !== null)
      this.#violation(`${life} votes, and has lost entries up to ${core.lostTo}`)
  }

  #durableLogOf(host: string, member: string): WrittenLog | undefined {
    const log = this.#o.logsOf(host)?.durable(this.#o.group)
    return log?.member === member ? log : undefined
  }

  /** "If a server has applied a log entry at a given index to its state machine, no other server will ever apply a different log entry for the same index" (paper §5.4.3); and all have the same value then. */
  applied(life: string, index: number, term: number, command: string, value: string): void {
    const known = this.#applied[index]
    if (known === undefined) this.#applied[index] = { term, command, value }
    else if (known.command !== command || known.term !== term)
      this.#violation(
        `${life} applied ${command} of term ${term} at ${index}, where another applied ${known.command} of term ${known.term}`,
      )
    else if (known.value !== value)
      this.#violation(`${life} has ${value} after ${index} (${command}), where another has ${known.value}`)
  }

  #violation(what: string): void {
    this.#o.violation(`${this.#o.group}: ${what}`)
  }
}

/** Whether the log holds the entry, or a snapshot in its place. */
export function holdsEntry(log: WrittenLog, index: number, term: number): boolean {
  return index <= log.base.index || log.at(index)?.term === term
}
