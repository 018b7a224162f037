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

  apply(write: Write, ledger: Ledger): void {
    if (write.term < this.term) throw new Error(`a write of term ${write.term} after one of ${this.term}`)
    this.term = write.term
    this.vote = write.vote
    if (write.reset !== null) this.#begin(write.reset)
    if (write.truncateFrom !== null) {
      if (write.truncateFrom <= this.base.index)
        throw new Error(`cut at ${write.truncateFrom}, below the base`)
      this.entries.length = Math.min(this.entries.length, write.truncateFrom - this.base.index - 1)
    }
    if (write.entries !== null) this.#append(write.entries, ledger)
  }

  #begin({ index, term, time, configuration }: SnapshotPosition): void {
    this.base = { index, term }
    this.baseTime = time
    this.baseConfiguration = configuration
    this.entries = []
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
  }

  /** What a start finds: the log is dropped unless it holds the snapshot's last entry (F64). */
  open(): Stored {
    const { snapshot } = this
    if (snapshot !== null && snapshot.index > this.base.index && !this.#agrees(snapshot))
      this.#begin(snapshot)
    const { base, baseTime, baseConfiguration, term, vote } = this
    const commit = Math.max(base.index, snapshot?.index ?? 0)
    return { term, vote, base, baseTime, baseConfiguration, commit, heads: headsOf(this.entries) }
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
