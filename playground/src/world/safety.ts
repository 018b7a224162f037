/**
 * What must hold of the whole group, looked at from outside after every turn: the properties of the paper's figure 3, one vote per
 * term, and linearizable reads. It knows nothing of how a core works, and a core nothing of it.
 */
import type { Core, Message } from '@rafted/core'

export type Rule =
  | 'Election Safety'
  | 'One vote per term'
  | 'Log Matching'
  | 'Leader Completeness'
  | 'State Machine Safety'
  | 'Linearizable reads'
  /** A member has seen that its own state is broken, and has stopped. */
  | 'Invariant of the core'

export interface Broken {
  readonly rule: Rule
  readonly detail: string
  readonly step: number
  readonly at: number
}

/** An entry that somebody knew to be committed, and the term in which that was first known. */
export interface Committed {
  readonly term: number
  readonly knownIn: number
}

export interface SavedSafety {
  readonly leaders: readonly (readonly [number, string])[]
  readonly votes: readonly (readonly [string, string])[]
  readonly committed: readonly (Committed | undefined)[]
}

export class Safety {
  readonly #leaders: Map<number, string>
  readonly #votes: Map<string, string>
  readonly #committed: (Committed | undefined)[]
  readonly #found: (rule: Rule, detail: string) => void

  constructor(found: (rule: Rule, detail: string) => void, saved: SavedSafety | null = null) {
    this.#found = found
    this.#leaders = new Map(saved?.leaders)
    this.#votes = new Map(saved?.votes)
    this.#committed = [...(saved?.committed ?? [])]
  }

  save(): SavedSafety {
    return { leaders: [...this.#leaders], votes: [...this.#votes], committed: [...this.#committed] }
  }

  /** The highest index that anybody knew to be committed; 0 before the first. */
  get highest(): number {
    return Math.max(0, this.#committed.length - 1)
  }

  committedAt(index: number): Committed | undefined {
    return this.#committed[index]
  }

  /** "If two logs contain an entry with the same index and term, then the logs are identical in all entries up through the given index." */
  match(id: string, core: Core, others: readonly (readonly [string, Core])[]): void {
    for (const [other, theirs] of others) {
      const low = Math.max(core.baseIndex, theirs.baseIndex, 1)
      let index = Math.min(core.lastIndex, theirs.lastIndex)
      while (index >= low && core.termAt(index) !== theirs.termAt(index)) index--
      for (let below = index - 1; below >= low; below--)
        if (core.termAt(below) !== theirs.termAt(below)) {
          this.#found('Log Matching', `S${id} and S${other} agree at ${index} and not at ${below}`)
          break
        }
    }
  }

  /** Votes as the others hear of them: asking for votes says that one has voted for oneself. */
  told(m: Message): void {
    if (m.kind === 'vote-request') this.#voted(m.from, m.term, m.from)
    else if (m.kind === 'vote' && m.granted) this.#voted(m.from, m.term, m.to)
  }

  #voted(voter: string, term: number, candidate: string): void {
    const key = `${voter}@${term}`
    const before = this.#votes.get(key)
    if (before !== undefined && before !== candidate)
      this.#found('One vote per term', `S${voter} voted for S${before} and for S${candidate} in term ${term}`)
    this.#votes.set(key, candidate)
  }

  /** "At most one leader can be elected in a given term", and it holds all that was committed before. */
  leads(id: string, term: number, core: Core): void {
    const other = this.#leaders.get(term)
    if (other !== undefined && other !== id)
      this.#found('Election Safety', `S${other} and S${id} both lead term ${term}`)
    this.#leaders.set(term, id)
    for (let index = core.baseIndex + 1; index < this.#committed.length; index++) {
      const entry = this.#committed[index]
      if (entry === undefined || entry.knownIn >= term || core.termAt(index) === entry.term) continue
      this.#found(
        'Leader Completeness',
        `entry ${index} of term ${entry.term} is committed, and S${id} leads term ${term} without it`,
      )
      return
    }
  }

  /** "If a server has applied a log entry at a given index, no other server will ever apply a different log entry for the same index." */
  commits(id: string, core: Core, from: number, to: number, term: number): void {
    for (let index = Math.max(from, core.baseIndex) + 1; index <= to; index++) {
      const own = core.termAt(index)!
      const known = this.#committed[index]
      if (known === undefined) this.#committed[index] = { term: own, knownIn: term }
      else if (known.term !== own) {
        this.#found(
          'State Machine Safety',
          `entry ${index} was committed with term ${known.term}, and S${id} applies one of term ${own}`,
        )
        return
      }
    }
  }

  /** @param floor what was committed when the read was asked. */
  readAnswered(id: string, index: number, floor: number): void {
    if (index < floor)
      this.#found(
        'Linearizable reads',
        `S${id} answered from before entry ${floor}, which was committed when it was asked`,
      )
  }
}
