/** What one member's disk holds. Writes under way are elsewhere: a crash loses any suffix of them. */
import type { ConfigurationEntry, Heads, Position, SnapshotPosition, Stored, Write } from '../../src/index.ts'
import type { Entry, Ledger } from './ledger.ts'

export class Disk {
  term = 0
  vote: string | null = null
  base: Position = { index: 0, term: 0 }
  baseTime = 0
  baseConfiguration: ConfigurationEntry | null = null
  /** The entries after `base`. */
  entries: Entry[] = []
  snapshot: SnapshotPosition | null = null
  /** Indexes of entries that can't be read. */
  readonly damaged = new Set<number>()
  lostTo: number | null = null
  /** Entries that were durable here and are gone, as `index/term`: a leader may count on them until it hears of it. */
  readonly gone = new Set<string>()

  get last(): number {
    return this.base.index + this.entries.length
  }

  get lastTerm(): number {
    return this.entries[this.entries.length - 1]?.term ?? this.base.term
  }

  termAt(index: number): number | undefined {
    return index === this.base.index ? this.base.term : this.entries[index - this.base.index - 1]?.term
  }

  /** Whether this disk, after a crash, brings back the committed or acknowledged entry (index, term). */
  holds(index: number, term: number): boolean {
    if (this.snapshot !== null && index <= this.snapshot.index) return true
    return index < this.base.index || this.termAt(index) === term
  }

  entryAt(index: number): Entry | undefined {
    return this.entries[index - this.base.index - 1]
  }

  /** Whether the log holds this entry, and it can be read. */
  reads(index: number, term: number | undefined): boolean {
    return index > this.base.index && this.termAt(index) === term && !this.damaged.has(index)
  }

  /** The entries from `from` on can't be named any more. */
  lose(from: number): void {
    this.lostTo = Math.max(this.lostTo ?? 0, this.last)
    for (const { index, term } of this.entries.splice(from - this.base.index - 1))
      this.gone.add(`${index}/${term}`)
    this.#forget((index) => index >= from)
  }

  #forget(isGone: (index: number) => boolean): void {
    for (const index of this.damaged) if (isGone(index)) this.damaged.delete(index)
  }

  apply(write: Write, ledger: Ledger): void {
    if (write.term < this.term) throw new Error(`a write of term ${write.term} after one of ${this.term}`)
    this.term = write.term
    this.vote = write.vote
    if (write.reset !== null) this.#begin(write.reset)
    if (write.truncateFrom !== null) {
      if (write.truncateFrom <= this.base.index)
        throw new Error(`cut at ${write.truncateFrom}, below the base`)
      this.entries.length = Math.min(this.entries.length, write.truncateFrom - this.base.index - 1)
      this.#forget((index) => index > this.last)
    }
    if (write.healed) this.lostTo = null
    if (write.entries !== null) this.#append(write.entries, ledger)
  }

  #begin({ index, term, time, configuration }: SnapshotPosition): void {
    this.base = { index, term }
    this.baseTime = time
    this.baseConfiguration = configuration
    this.entries = []
    this.damaged.clear()
  }

  #append(heads: Heads, ledger: Ledger): void {
    const first = heads.runs[0]!.first
    if (first !== this.last + 1) throw new Error(`entry ${first} is written after entry ${this.last}`)
    this.entries.push(...ledger.entriesOf(heads))
  }

  compact(upTo: number): void {
    if (upTo <= this.base.index || upTo > this.last) return
    const gone = this.entries.splice(0, upTo - this.base.index)
    const last = gone[gone.length - 1]!
    for (const entry of gone)
      if (entry.configuration !== null)
        this.baseConfiguration = { index: entry.index, configuration: entry.configuration }
    this.base = { index: last.index, term: last.term }
    this.baseTime = last.time
    this.#forget((index) => index <= upTo)
  }

  /** What a start finds: the log is dropped unless it holds the snapshot's last entry (F64). */
  open(): Stored {
    const { snapshot } = this
    if (snapshot !== null && snapshot.index > this.base.index && !this.#agrees(snapshot))
      this.#begin(snapshot)
    // What the snapshot covers is not needed, least of all if it can't be read.
    if (snapshot !== null && [...this.damaged].some((index) => index <= snapshot.index))
      this.compact(snapshot.index)
    const damaged = [...this.damaged].sort((a, b) => a - b).map((index) => ({ from: index, to: index }))
    const { base, baseTime, baseConfiguration, term, vote } = this
    const commit = Math.max(base.index, snapshot?.index ?? 0)
    const heads = headsOf(this.entries)
    return { term, vote, base, baseTime, baseConfiguration, commit, heads, damaged, lostTo: this.lostTo }
  }

  #agrees({ index, term }: SnapshotPosition): boolean {
    return this.termAt(index) === term
  }
}

/** The heads of entries, one run per term. */
function headsOf(entries: readonly Entry[]): Heads | null {
  if (entries.length === 0) return null
  const runs: { first: number; term: number; bytes: number; time: number }[] = []
  const configurations: ConfigurationEntry[] = []
  for (const { index, term, bytes, time, configuration } of entries) {
    const run = runs[runs.length - 1]
    if (run?.term === term) {
      run.bytes += bytes
      run.time = time
    } else {
      runs.push({ first: index, term, bytes, time })
    }
    if (configuration !== null) configurations.push({ index, configuration })
  }
  return { runs, last: entries[entries.length - 1]!.index, configurations }
}
