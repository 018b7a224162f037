/** One member's disk and the writes on their way to it, as plain data: an entry is its term, as the core knows no more of it. */
import type { Configuration, Heads, Stored, Write } from '@rafted/core'

/** Bytes of every entry, its head included; only the limits of the core depend on it, and none is reached. */
export const ENTRY_BYTES = 32

export interface DiskState {
  readonly term: number
  readonly vote: string | null
  /** Terms of the entries from index 1 on. */
  readonly log: readonly number[]
}

/** A write under way. */
export interface DiskWrite {
  readonly term: number
  readonly vote: string | null
  /** How many entries stay before the new ones are appended; null for all. */
  readonly keep: number | null
  readonly entries: readonly number[]
}

export const emptyDisk: DiskState = { term: 0, vote: null, log: [] }

/** @throws if the core writes what no core in this setting writes. */
export function diskWrite({ term, vote, reset, truncateFrom, entries }: Write): DiskWrite {
  if (reset !== null) throw new Error('a log is reset, but there are no snapshots here')
  return { term, vote, keep: truncateFrom === null ? null : truncateFrom - 1, entries: termsOf(entries) }
}

function termsOf(heads: Heads | null): number[] {
  const terms: number[] = []
  if (heads === null) return terms
  heads.runs.forEach((run, at) => {
    const end = heads.runs[at + 1]?.first ?? heads.last + 1
    for (let index = run.first; index < end; index++) terms.push(run.term)
  })
  return terms
}

/** The disk once the write is done. */
export function written(disk: DiskState, { term, vote, keep, entries }: DiskWrite): DiskState {
  const kept = keep === null ? disk.log : disk.log.slice(0, keep)
  return { term, vote, log: [...kept, ...entries] }
}

/** What a member that starts on this disk finds. */
export function storedOn({ term, vote, log }: DiskState, configuration: Configuration): Stored {
  const runs: { first: number; term: number; bytes: number; time: number }[] = []
  log.forEach((entryTerm, at) => {
    const run = runs[runs.length - 1]
    if (run?.term === entryTerm) run.bytes += ENTRY_BYTES
    else runs.push({ first: at + 1, term: entryTerm, bytes: ENTRY_BYTES, time: 0 })
  })
  return {
    term,
    vote,
    base: { index: 0, term: 0 },
    baseTime: 0,
    baseConfiguration: { index: 0, configuration },
    damaged: [],
    lostTo: null,
    commit: 0,
    heads: runs.length === 0 ? null : { runs, last: log.length, configurations: [] },
  }
}
