/**
 * What must hold of the whole group after every step, dead members' disks included: the properties of the paper's
 * figure 3, one vote per term, and linearizable reads. It knows nothing of how a core works.
 */
import type { Configuration, Core, Message } from '../../../src/index.ts'
import type { Disk } from './disk.ts'

export type Rule =
  | 'election-safety'
  | 'one-vote'
  | 'log-matching'
  | 'leader-completeness'
  | 'state-machine-safety'
  | 'durable-majority'
  | 'linearizable-reads'

/** A property of the group does not hold. */
export class SafetyError extends Error {
  override readonly name = 'SafetyError'
  readonly rule: Rule

  constructor(rule: Rule, detail: string) {
    super(`${rule} does not hold: ${detail}`)
    this.rule = rule
  }
}

/** What the checks see of a member. */
export interface Watched {
  readonly id: string
  readonly core: Core | null
  readonly disk: Disk
}

/** The terms of the entries `base … base + terms.length - 1`. */
interface Log {
  readonly base: number
  readonly terms: readonly (number | undefined)[]
}

interface Terms {
  termAt(index: number): number | undefined
}

export class Safety {
  readonly #leaders = new Map<number, string>()
  readonly #votes = new Map<string, string>()
  readonly #authors = new Map<string, string>()
  /** What is committed, and the term in which that was first known. */
  readonly #committed = new Map<number, { readonly term: number; readonly knownIn: number }>()
  readonly #readFloors = new Map<number, number>()
  /** Each log as it was when it was last compared, by whose it is. */
  readonly #logs = new Map<string, Log>()
  #highest = 0

  /** A member made an entry. Nobody else may ever make one for the same place. */
  appended(author: string, index: number, term: number): void {
    const place = `${index}@${term}`
    const other = this.#authors.get(place)
    if (other !== undefined)
      throw new SafetyError('log-matching', `${other} and ${author} both made ${place}`)
    this.#authors.set(place, author)
  }

  /** Votes as the others hear of them: asking for votes says that one has voted for oneself. */
  told(message: Message): void {
    if (message.kind === 'vote-request') this.#vote(message.from, message.term, message.from)
    else if (message.kind === 'vote' && message.granted) this.#vote(message.from, message.term, message.to)
  }

  #vote(voter: string, term: number, candidate: string): void {
    const key = `${voter} in term ${term}`
    const before = this.#votes.get(key)
    if (before !== undefined && before !== candidate)
      throw new SafetyError('one-vote', `${voter} voted for ${before} and for ${candidate} in term ${term}`)
    this.#votes.set(key, candidate)
  }

  leads(id: string, term: number): void {
    const other = this.#leaders.get(term)
    if (other !== undefined && other !== id)
      throw new SafetyError('election-safety', `${other} and ${id} both lead term ${term}`)
    this.#leaders.set(term, id)
  }

  /** A member says that everything up to `commit` is committed. `configurations`: those that may have decided it. */
  commits(
    member: Watched,
    commit: number,
    term: number,
    members: ReadonlyMap<string, Watched>,
    configurations: readonly (Configuration | null)[],
  ): void {
    const core = member.core!
    for (let index = Math.max(core.baseIndex, 1); index <= commit; index++) {
      const own = core.termAt(index)!
      const known = this.#committed.get(index)
      if (known === undefined) {
        if (!configurations.some((each) => each !== null && isOnMajority(index, own, each, members)))
          throw new SafetyError(
            'durable-majority',
            `${member.id} commits ${index}@${own}, which is not durable on a majority`,
          )
        this.#committed.set(index, { term: own, knownIn: term })
        this.#highest = Math.max(this.#highest, index)
      } else if (known.term !== own) {
        throw new SafetyError(
          'state-machine-safety',
          `entry ${index} is committed as ${index}@${known.term}, and ${member.id} applies ${index}@${own}`,
        )
      }
    }
  }

  readAsked(id: number): void {
    this.#readFloors.set(id, this.#highest)
  }

  readAnswered(id: number, index: number): void {
    const floor = this.#readFloors.get(id)!
    if (index < floor)
      throw new SafetyError(
        'linearizable-reads',
        `read ${id} is answered at ${index}, but ${floor} was committed before it was asked`,
      )
  }

  /** What one member's step, or what has happened to it, may have broken. */
  check(member: Watched, leading: number | null): void {
    if (leading !== null) this.#holdsCommitted(member, leading)
    const { id, core, disk } = member
    if (core === null) this.#logs.delete(`${id} in memory`)
    else this.#compare(`${id} in memory`, core.baseIndex, core.lastIndex, core)
    this.#compare(`${id} on disk`, disk.base.index, disk.last, disk)
  }

  #compare(name: string, base: number, last: number, source: Terms): void {
    const before = this.#logs.get(name)
    if (before !== undefined && isSame(before, base, last, source)) return
    const terms: (number | undefined)[] = []
    for (let index = base; index <= last; index++) terms.push(source.termAt(index))
    const log = { base, terms }
    this.#logs.set(name, log)
    for (const [other, theirs] of this.#logs) if (other !== name) matches(name, log, other, theirs)
  }

  /** "If a log entry is committed in a given term, then it will be present in the logs of the leaders for all higher terms." */
  #holdsCommitted(member: Watched, leads: number): void {
    const core = member.core!
    for (const [index, { term, knownIn }] of this.#committed)
      if (leads > knownIn && index >= core.baseIndex && core.termAt(index) !== term)
        throw new SafetyError(
          'leader-completeness',
          `${index}@${term} is committed, and ${member.id} leads term ${leads} without it`,
        )
  }
}

function isSame(log: Log, base: number, last: number, source: Terms): boolean {
  if (log.base !== base || log.terms.length !== last - base + 1) return false
  for (let index = base; index <= last; index++)
    if (log.terms[index - base] !== source.termAt(index)) return false
  return true
}

/** "If two logs contain an entry with the same index and term, then they are identical up to there." */
function matches(name: string, log: Log, otherName: string, other: Log): void {
  const low = Math.max(log.base, other.base, 1)
  const agree = (index: number) => log.terms[index - log.base] === other.terms[index - other.base]
  let index = Math.min(log.base + log.terms.length, other.base + other.terms.length) - 1
  while (index >= low && !agree(index)) index--
  for (let below = index - 1; below >= low; below--)
    if (!agree(below))
      throw new SafetyError('log-matching', `${name} and ${otherName} agree at ${index} and not at ${below}`)
}

function isOnMajority(
  index: number,
  term: number,
  { voters, outgoing }: Configuration,
  members: ReadonlyMap<string, Watched>,
): boolean {
  const holds = ({ id }: { readonly id: string }) => members.get(id)?.disk.holds(index, term) ?? false
  // A copy that can't be read counts as long as it can be had again.
  if (![...members.values()].some(({ disk }) => disk.reads(index, term))) return false
  return [voters, outgoing ?? voters].every((half) => 2 * half.filter(holds).length > half.length)
}
