/** What members with damaged logs ask of others, what they are given, and how they tell of it. */
import type { LogEntry } from '@rafted/contracts'
import { cannotEncode } from './bad-bytes.ts'
import { MIN_ENTRY_BYTES, readEntries, writeEntries } from './entry-codec.ts'
import type { FetchAnswer, FetchedItem, FetchedPartItem, FetchItem, FetchSnapshotItem } from './envelope.ts'
import { MAX_DAMAGED_RANGES, MAX_ID_BYTES, MAX_MEMBERS } from './limits.ts'
import type { Reader } from './reader.ts'
import type { DamageStatus, StuckEntry } from './request.ts'
import { readSnapshotChunk, writeSnapshotChunk } from './snapshot-chunk-codec.ts'
import type { Writer } from './writer.ts'

/** Their places are part of the format. */
const ANSWERS: readonly FetchAnswer[] = ['given', 'lacks', 'compacted', 'damaged']
const SAYS: readonly StuckEntry['answers'][number]['says'][] = ['lacks', 'damaged', 'silent']

interface Addressed {
  readonly incarnation: string
  readonly from: string
  readonly to: string
}

function writeAddressed(w: Writer, { incarnation, from, to }: Addressed): void {
  w.id(incarnation, MAX_ID_BYTES)
  w.id(from, MAX_ID_BYTES)
  w.id(to, MAX_ID_BYTES)
}

function readAddressed(r: Reader): Addressed {
  return { incarnation: r.id(MAX_ID_BYTES), from: r.id(MAX_ID_BYTES), to: r.id(MAX_ID_BYTES) }
}

export function writeFetch(w: Writer, item: FetchItem): void {
  const { index, last, entryTerm } = item
  if (index < 1 || last < index || entryTerm < 1)
    cannotEncode(`entries ${index} to ${last} of term ${entryTerm}`)
  writeAddressed(w, item)
  w.uint(item.number)
  w.uint(index)
  w.uint(last)
  w.uint(entryTerm)
  w.uint(item.maxBytes)
}

export function readFetch(r: Reader): FetchItem {
  const addressed = { ...readAddressed(r), number: r.uint() }
  const index = r.uintFrom(1, 'the index of an entry')
  const last = r.uintFrom(index, 'the index of the last entry')
  const entryTerm = r.uintFrom(1, 'the term of an entry')
  return { kind: 'fetch', ...addressed, index, last, entryTerm, maxBytes: r.uint() }
}

export function writeFetched(w: Writer, item: FetchedItem): void {
  const { index, entryTerm, answer, entries } = item
  if (index < 1 || entryTerm < 1) cannotEncode(`an entry ${index} of term ${entryTerm}`)
  if ((answer === 'given') !== entries.length > 0)
    cannotEncode(`${entries.length} entries with the answer "${answer}"`)
  for (const { index: at, term } of entries)
    if (term !== entryTerm) cannotEncode(`entry ${at} is of term ${term}, asked for was ${entryTerm}`)
  writeAddressed(w, item)
  w.uint(item.number)
  w.uint(index)
  w.uint(entryTerm)
  w.u8(ANSWERS.indexOf(answer))
  w.uint(entries.length)
  writeEntries(w, index - 1, entryTerm, entries)
}

/** @param entriesLeft how many entries the batch may still bring. */
export function readFetched(r: Reader, entriesLeft: number): FetchedItem {
  const addressed = { ...readAddressed(r), number: r.uint() }
  const index = r.uintFrom(1, 'the index of an entry')
  const entryTerm = r.uintFrom(1, 'the term of an entry')
  const answer = readPlace(r, ANSWERS)
  const count = r.count(entriesLeft, MIN_ENTRY_BYTES, 'entries')
  if ((answer === 'given') !== count > 0) r.fail(`${count} entries with the answer "${answer}"`)
  if (index + count > Number.MAX_SAFE_INTEGER) r.fail('an index exceeds 2^53 - 1')
  const entries: LogEntry[] = []
  if (count > 0) readEntries(r, index - 1, entryTerm, entryTerm, count, entries)
  return { kind: 'fetched', ...addressed, index, entryTerm, answer, entries }
}

export function writeFetchSnapshot(w: Writer, item: FetchSnapshotItem): void {
  writeAddressed(w, item)
}

export function readFetchSnapshot(r: Reader): FetchSnapshotItem {
  return { kind: 'fetch-snapshot', ...readAddressed(r) }
}

export function writeFetchedPart(w: Writer, item: FetchedPartItem): void {
  writeAddressed(w, item)
  writeSnapshotChunk(w, item.chunk, item.incarnation)
}

export function readFetchedPart(r: Reader): FetchedPartItem {
  const addressed = readAddressed(r)
  return { kind: 'fetched-part', ...addressed, chunk: readSnapshotChunk(r, addressed.incarnation) }
}

export function writeDamage(w: Writer, damage: DamageStatus | null): void {
  w.bool(damage !== null)
  if (damage === null) return
  const { ranges, lostTo, restored, stuck } = damage
  if (ranges.length > MAX_DAMAGED_RANGES) cannotEncode(`more than ${MAX_DAMAGED_RANGES} ranges`)
  w.uint(ranges.length)
  for (const { from, to } of ranges) {
    w.uint(from)
    w.uint(to)
  }
  // Nothing stands at index 0, so 0 is free to say that nothing is lost.
  if (lostTo === 0) cannotEncode('no entry stands at index 0')
  w.uint(lostTo ?? 0)
  w.uint(restored)
  w.bool(stuck !== null)
  if (stuck === null) return
  if (stuck.answers.length > 3 * MAX_MEMBERS) cannotEncode(`more than ${3 * MAX_MEMBERS} answers`)
  w.uint(stuck.index)
  w.uint(stuck.term)
  w.uint(stuck.answers.length)
  for (const { member, says } of stuck.answers) {
    w.id(member, MAX_ID_BYTES)
    w.u8(SAYS.indexOf(says))
  }
}

export function readDamage(r: Reader): DamageStatus | null {
  if (!r.bool()) return null
  const ranges: { from: number; to: number }[] = []
  const count = r.count(MAX_DAMAGED_RANGES, 2, 'ranges')
  for (let i = 0; i < count; i++) ranges.push({ from: r.uint(), to: r.uint() })
  const lostTo = r.uint()
  const restored = r.uint()
  const stuck = r.bool() ? readStuck(r) : null
  return { ranges, lostTo: lostTo === 0 ? null : lostTo, restored, stuck }
}

function readStuck(r: Reader): StuckEntry {
  const index = r.uint()
  const term = r.uint()
  const answers: StuckEntry['answers'][number][] = []
  const count = r.count(3 * MAX_MEMBERS, 3, 'answers')
  for (let i = 0; i < count; i++) answers.push({ member: r.id(MAX_ID_BYTES), says: readPlace(r, SAYS) })
  return { index, term, answers }
}

function readPlace<T>(r: Reader, places: readonly T[]): T {
  const place = r.u8()
  const found = places[place]
  if (found === undefined) r.fail(`${place} is no answer`)
  return found
}
