/** What one member's disk holds: a log that only appends and cuts, and the newest snapshot. */
import type { ConfigurationEntry, Heads, Run, SnapshotPosition, Stored, Write } from '../../../src/index.ts'

interface DiskEntry {
  readonly term: number
  readonly bytes: number
  readonly time: number
}

/** How long a leader has asked its followers to abstain. */
export interface Asked {
  readonly leader: string
  readonly abstainMs: number
}

interface LeaseEntry extends Asked {
  readonly index: number
}

export class Disk {
  term = 0
  vote: string | null = null
  base = { index: 0, term: 0 }
  baseTime = 0
  /** The entries after `base`, by index. */
  readonly entries = new Map<number, DiskEntry>()
  configurations: ConfigurationEntry[] = []
  /** What the entries up to the last one ask of followers, ascending; the first may stand at or below the base. */
  leases: LeaseEntry[] = []
  snapshot: SnapshotPosition | null = null
  /** Indexes of entries whose payloads can't be read. */
  readonly damaged = new Set<number>()
  lostTo: number | null = null
  /** It has been damaged at some time. */
  wasDamaged = false
  /** Of the highest entry, or of the base. */
  #last = 0
  /** Writes that the core has handed out and the disk has not finished. */
  readonly underWay: Write[] = []

  get last(): number {
    return this.#last
  }

  termAt(index: number): number | undefined {
    return index === this.base.index ? this.base.term : this.entries.get(index)?.term
  }

  /** Whether this disk holds the entry, or a snapshot that covers it. */
  holds(index: number, term: number): boolean {
    return index < this.base.index || this.termAt(index) === term
  }

  readonly #owner: string
  /** What the entry there asks of followers, if it asks for anything. */
  readonly #leaseAt: (index: number, term: number) => Asked | null

  constructor(owner: string, leaseAt: (index: number, term: number) => Asked | null) {
    this.#owner = owner
    this.#leaseAt = leaseAt
  }

  /** Finishes a write. It does what the write says and no more: what a write does not cut stays. */
  finish(write: Write): void {
    this.term = write.term
    this.vote = write.vote
    if (write.reset !== null) this.reset(write.reset)
    if (write.truncateFrom !== null) this.cutFrom(write.truncateFrom)
    if (write.entries !== null) this.append(write.entries)
    if (write.healed) this.lostTo = null
  }

  append(heads: Heads): void {
    const first = heads.runs[0]!.first
    if (first > this.last + 1) throw new Error(`the disk ends at ${this.last} and is given entry ${first}`)
    this.configurations = this.configurations.filter(({ index }) => index < first || index > heads.last)
    this.leases = this.leases.filter(({ index }) => index < first || index > heads.last)
    for (const [at, run] of heads.runs.entries()) {
      const end = at + 1 < heads.runs.length ? heads.runs[at + 1]!.first - 1 : heads.last
      const bytes = run.bytes / (end - run.first + 1)
      for (let index = run.first; index <= end; index++) {
        this.entries.set(index, { term: run.term, bytes, time: run.time })
        const asked = this.#leaseAt(index, run.term)
        if (asked !== null) this.leases.push({ index, ...asked })
      }
    }
    this.#last = Math.max(this.#last, heads.last)
    this.configurations.push(...heads.configurations)
    this.configurations.sort((a, b) => a.index - b.index)
    this.leases.sort((a, b) => a.index - b.index)
  }

  /** Whether the entry can be read here, or is covered by a snapshot. */
  reads(index: number, term: number): boolean {
    return this.holds(index, term) && !this.damaged.has(index)
  }

  /** The entries from `from` on can't be named any more. */
  lose(from: number): void {
    this.wasDamaged = true
    this.lostTo = Math.max(this.lostTo ?? 0, this.last)
    this.cutFrom(from)
  }

  private cutFrom(from: number): void {
    for (const index of this.damaged) if (index >= from) this.damaged.delete(index)
    for (const index of [...this.entries.keys()]) if (index >= from) this.entries.delete(index)
    this.#last = Math.max(this.base.index, Math.min(this.#last, from - 1))
    this.configurations = this.configurations.filter(({ index }) => index < from)
    this.leases = this.leases.filter(({ index }) => index < from)
  }

  private reset(snapshot: SnapshotPosition): void {
    this.entries.clear()
    this.damaged.clear()
    this.#last = snapshot.index
    this.base = { index: snapshot.index, term: snapshot.term }
    this.baseTime = snapshot.time
    this.configurations = [snapshot.configuration]
  }

  /** Forgets the log up to `index`, which a snapshot covers. */
  compact(index: number): void {
    if (index <= this.base.index) return
    const { term, time } = this.entries.get(index)!
    this.base = { index, term }
    this.baseTime = time
    for (const old of [...this.entries.keys()]) if (old <= index) this.entries.delete(old)
    for (const old of this.damaged) if (old <= index) this.damaged.delete(old)
    const kept = this.configurations.findLastIndex((entry) => entry.index <= index)
    this.configurations.splice(0, Math.max(kept, 0))
  }

  /**
   * What a member starts from. A crash may have fallen between saving a snapshot and cutting the log: then the log
   * counts only if it holds the snapshot's last entry (F64).
   */
  stored(): Stored {
    const { snapshot } = this
    if (snapshot !== null && snapshot.index > this.base.index && !this.holds(snapshot.index, snapshot.term))
      this.reset(snapshot)
    const baseConfiguration = this.configurations.find(({ index }) => index <= this.base.index) ?? null
    return {
      term: this.term,
      vote: this.vote,
      base: this.base,
      baseTime: this.baseTime,
      baseConfiguration,
      commit: Math.max(this.base.index, snapshot?.index ?? 0),
      heads: this.heads(),
      damaged: rangesOf([...this.damaged].sort((a, b) => a - b)),
      lostTo: this.lostTo,
      abstainMs: this.#abstainMs(),
    }
  }

  /** Of the last leader but itself that asked for it. */
  #abstainMs(): number {
    const last = this.leases.at(-1)
    return last === undefined || last.leader === this.#owner ? 0 : last.abstainMs
  }

  private heads(): Heads | null {
    if (this.entries.size === 0) return null
    const runs: Run[] = []
    for (let index = this.base.index + 1; index <= this.last; index++) {
      const { term, bytes, time } = this.entries.get(index)!
      const run = runs[runs.length - 1]
      if (run?.term === term) runs[runs.length - 1] = { ...run, bytes: run.bytes + bytes, time }
      else runs.push({ first: index, term, bytes, time })
    }
    const configurations = this.configurations.filter(({ index }) => index > this.base.index)
    return { runs, last: this.last, configurations }
  }
}

/** Ascending indexes as ranges. */
function rangesOf(indexes: readonly number[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (const index of indexes) {
    const last = ranges.at(-1)
    if (last?.to === index - 1) last.to = index
    else ranges.push({ from: index, to: index })
  }
  return ranges
}
