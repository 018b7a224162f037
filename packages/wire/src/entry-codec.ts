/**
 * The entries of an `append`. Indices follow from where the append stands, terms and times travel as what they add to
 * those before: a small command's head takes four bytes.
 */
import { entryBytes, type LogEntry } from '@rafted/contracts'
import { type ConfigurationEntry, EntryKind, type Heads, type Run } from '@rafted/core'
import { cannotEncode } from './bad-bytes.ts'
import { decodeConfiguration } from './configuration-codec.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** A kind, a term, a time and a length of one byte each. */
export const MIN_ENTRY_BYTES = 4
/** The same at their longest: room for any entry's head. */
export const MAX_ENTRY_HEAD_BYTES = 1 + 8 + 8 + 8

const RUN_BYTES = 64 * 1024
const LAST_KIND = EntryKind.lease

/**
 * The entries a batch was last given, and where they stand in it. The same entries for the next peer are copied from
 * there. Belongs to one turn: it holds on to that batch and to those entries.
 */
export interface EntriesMemo {
  /** The entries that were encoded last. */
  entries: readonly LogEntry[]
  /** The term that they were encoded behind: the bytes depend on it. */
  prevTerm: number
  /** What they were encoded as. */
  bytes: Uint8Array
}

const NO_ENTRIES: readonly LogEntry[] = []
const NO_BYTES = new Uint8Array(0)

/** A memo for the batches of one turn. */
export function newEntriesMemo(): EntriesMemo {
  return { entries: NO_ENTRIES, prevTerm: 0, bytes: NO_BYTES }
}

/** Writes entries that follow (prevIndex, prevTerm). They have been checked to be contiguous, or are checked here. */
export function writeEntries(
  w: Writer,
  prevIndex: number,
  prevTerm: number,
  entries: readonly LogEntry[],
): void {
  let term = prevTerm
  let time = 0
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!
    const { payload } = entry
    if (entry.index !== prevIndex + 1 + i)
      cannotEncode(`entry ${entry.index} stands where ${prevIndex + 1 + i} should`)
    if (entry.term < term || entry.term < 1)
      cannotEncode(`entry ${entry.index} of term ${entry.term} follows term ${term}`)
    if (entry.time < time) cannotEncode(`entry ${entry.index} is of an earlier time than the one before`)
    w.room(MAX_ENTRY_HEAD_BYTES + payload.length)
    w.u8(entry.kind)
    w.uint(entry.term - term)
    w.uint(entry.time - time)
    w.block(payload)
    term = entry.term
    time = entry.time
  }
}

/** Whether `memo` holds exactly these entries, in the form they have after a term `prevTerm`. */
export function isMemoOf(memo: EntriesMemo, prevTerm: number, entries: readonly LogEntry[]): boolean {
  const known = memo.entries
  if (known.length !== entries.length || memo.prevTerm !== prevTerm) return false
  for (let i = 0; i < entries.length; i++) if (known[i] !== entries[i]) return false
  return true
}

/** Reads `count` entries that follow (prevIndex, prevTerm) into `entries`. @returns their heads. */
export function readEntries(
  r: Reader,
  prevIndex: number,
  prevTerm: number,
  maxTerm: number,
  count: number,
  entries: LogEntry[],
): Heads {
  const runs: Run[] = []
  const configurations: ConfigurationEntry[] = []
  let run: { first: number; term: number; bytes: number; time: number } | null = null
  let term = prevTerm
  let time = 0
  for (let i = 1; i <= count; i++) {
    const index = prevIndex + i
    const kind = r.u8()
    if (kind > LAST_KIND) r.fail(`an entry is of the unknown kind ${kind}`, 'version-mismatch')
    term += r.uint()
    if (term > maxTerm || term < 1) r.fail(`an entry is of term ${term}, its message of term ${maxTerm}`)
    time += r.uint()
    if (time > Number.MAX_SAFE_INTEGER) r.fail("an entry's time exceeds 2^53 - 1")
    const payload = r.block()
    entries.push({ index, term, kind: kind as EntryKind, time, payload })
    if (kind === EntryKind.configuration)
      configurations.push({ index, configuration: decodeConfiguration(payload) })
    const bytes = entryBytes(payload)
    if (run !== null && run.term === term && run.bytes + bytes <= RUN_BYTES) {
      run.bytes += bytes
      run.time = time
    } else {
      run = { first: index, term, bytes, time }
      runs.push(run)
    }
  }
  return { runs, last: prevIndex + count, configurations }
}
