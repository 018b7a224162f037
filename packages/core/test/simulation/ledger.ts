/**
 * What happened in the whole group, seen from outside: every entry ever made, who led which term, what is committed.
 * Each method checks one promise and throws when it is broken.
 */
import type { Configuration, ConfigurationEntry, Core, Effects, Heads } from '../../src/index.ts'
import type { Disk } from './disk.ts'

export interface Entry {
  readonly index: number
  readonly term: number
  readonly bytes: number
  readonly time: number
  readonly configuration: Configuration | null
  /** The term of the entry before it, where it was made: with Log Matching, the same in every log. */
  readonly before: number | undefined
}

const key = (index: number, term: number) => `${index}/${term}`

export class Ledger {
  #entries = new Map<string, Entry>()
  #leaders = new Map<number, string>()
  /** Term of the committed entry at each index. */
  committed: number[] = [0]
  /** In which term each of them was committed. */
  #committedIn: number[] = [0]
  /** Configurations among them, ascending. */
  configurations: ConfigurationEntry[] = []

  /** An entry is made: once per index and term, and by that term's one leader. */
  made(entry: Entry, by: string): void {
    this.leads(entry.term, by)
    const at = key(entry.index, entry.term)
    if (this.#entries.has(at)) throw new Error(`two entries ${at}`)
    this.#entries.set(at, entry)
  }

  /** The group is founded: its first entries are in every first log. */
  found(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#entries.set(key(entry.index, entry.term), entry)
      this.#commit(entry.index, entry.term, entry.term)
    }
  }

  /** Election Safety: a term has one leader. */
  leads(term: number, id: string): void {
    const known = this.#leaders.get(term) ?? id
    if (known !== id) throw new Error(`two leaders in term ${term}: ${known} and ${id}`)
    this.#leaders.set(term, id)
  }

  leaderOf(term: number): string | undefined {
    return this.#leaders.get(term)
  }

  entry(index: number, term: number | undefined): Entry {
    const entry = this.#entries.get(key(index, term ?? -1))
    if (entry === undefined) throw new Error(`nobody made an entry ${index}/${term}`)
    return entry
  }

  entriesOf({ runs, last }: Heads): Entry[] {
    const entries: Entry[] = []
    for (let i = 0; i < runs.length; i++) {
      const { first, term } = runs[i]!
      const end = (runs[i + 1]?.first ?? last + 1) - 1
      if (end < first) throw new Error(`a run from ${first} to ${end}`)
      for (let index = first; index <= end; index++) entries.push(this.entry(index, term))
    }
    return entries
  }

  /** Log Matching: what precedes an entry is what preceded it where it was made. */
  matches(core: Core, from: number, to: number): void {
    for (let index = from; index <= to; index++) {
      const { before } = this.entry(index, core.termAt(index))
      const here = core.termAt(index - 1)
      if (here !== undefined && before !== undefined && here !== before)
        throw new Error(
          `entry ${index} follows one of term ${here} here, and of term ${before} where it was made`,
        )
    }
  }

  /** Leader Completeness: a new leader holds all that was committed in earlier terms. One elected by late votes may know no later ones. */
  complete(core: Core, id: string): void {
    const { term } = core.standing
    for (let index = core.baseIndex; index < this.committed.length; index++)
      if (this.#committedIn[index]! < term && core.termAt(index) !== this.committed[index])
        throw new Error(`new leader ${id} lacks the committed entry ${index}/${this.committed[index]}`)
  }

  /** State Machine Safety: what is committed at an index is the same everywhere, for ever. @returns whether it is news. */
  commits(core: Core, from: number, to: number): boolean {
    let news = false
    for (let index = from; index <= to; index++) {
      const term = core.termAt(index)
      // A snapshot came: it is compared where it was taken.
      if (term === undefined) continue
      const known = this.committed[index]
      if (known === undefined) {
        this.#commit(index, term, core.standing.term)
        news = true
      } else if (known !== term) {
        throw new Error(`two entries committed at ${index}: of terms ${known} and ${term}`)
      }
    }
    return news
  }

  #commit(index: number, term: number, inTerm: number): void {
    if (index !== this.committed.length)
      throw new Error(`${index} is committed after ${this.committed.length - 1}`)
    this.committed.push(term)
    this.#committedIn.push(inTerm)
    const { configuration } = this.entry(index, term)
    if (configuration !== null) this.configurations.push({ index, configuration })
  }

  /** The configuration in effect at a committed index. */
  configurationAt(index: number): ConfigurationEntry {
    return this.configurations.findLast((entry) => entry.index <= index)!
  }

  /** A commit that is news needs the entry on the disks of a majority, or of two. */
  onQuorum(
    index: number,
    term: number,
    configurations: readonly Configuration[],
    diskOf: (id: string) => Disk,
  ) {
    const held = (list: readonly { readonly id: string }[]) =>
      list.some(({ id }) => diskOf(id).holds(index, term)) &&
      list.filter(({ id }) => diskOf(id).term >= term && wasTold(diskOf(id))).length > list.length >> 1
    // A copy that was durable and is gone counts as long as nobody knows better, but never alone.
    const wasTold = (disk: Disk) => disk.holds(index, term) || disk.gone.has(key(index, term))
    const enough = configurations.some(
      ({ voters, outgoing }) => held(voters) && (outgoing === null || held(outgoing)),
    )
    if (!enough) throw new Error(`entry ${index}/${term} is committed without a majority of disks`)
  }

  /** What leaves a member that promises durability is true of its disk. */
  promises(message: Effects['messages'][number], disk: Disk, leader: Core | null): void {
    const { kind, from, term } = message
    if (kind === 'vote' && message.granted && (disk.term !== term || disk.vote !== message.to))
      throw new Error(`${from} grants ${message.to} its vote in term ${term} before it is durable`)
    if (kind === 'vote-request') {
      if (disk.term !== term || disk.vote !== from)
        throw new Error(`${from} asks for votes in term ${term} before its own is durable`)
      const start = disk.snapshot?.index ?? 0
      if (
        Math.max(start, disk.last) < message.lastIndex ||
        (disk.last >= start && disk.lastTerm !== message.lastTerm)
      )
        throw new Error(`${from} asks for votes for a log to ${message.lastIndex} that is not durable`)
    }
    if (kind === 'ack') {
      if (disk.term !== term)
        throw new Error(`${from} acks in term ${term}, its disk is in term ${disk.term}`)
      const expected = leader?.termAt(message.match)
      if (expected !== undefined && !disk.holds(message.match, expected))
        throw new Error(`${from} acks entry ${message.match}/${expected}, and its disk lacks it`)
    }
  }
}
