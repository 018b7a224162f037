/** Finds the batches of a segment, also behind what is broken (docs/disk-format.md, "Reading a damaged log"). */
import { type BrokenBatch, readBroken } from './log-broken-batch.ts'
import type { LogDamage } from './log-damage.ts'
import { BATCH_HEAD_BYTES, SEGMENT_HEAD_BYTES, STRETCH_BYTES } from './log-format.ts'
import type { BatchHead, LogBytes } from './log-walk.ts'

/** In the head of a batch that is broken. */
const MAX_WRONG_BYTES = 1

/** Every record is whole. If it was rebuilt, its head is not. */
export type WholeBatch = BatchHead & { readonly state: 'whole' | 'rebuilt'; readonly at: number }

export type NamedBatch = BatchHead & BrokenBatch & { readonly state: 'broken'; readonly at: number }

/** Where one batch or several stood of which nothing is known. */
export interface Hole {
  readonly state: 'hole'
  readonly at: number
  readonly end: number
}

export type FoundBatch = WholeBatch | NamedBatch | Hole

export interface BatchSearch {
  readonly bytes: LogBytes
  readonly salt: number
  readonly file: string
  readonly number: number
  /** Of the last batch before this segment. */
  readonly after: number
  /** Where the batches of an older segment end; null for the newest, which ends where it is torn. */
  readonly end: number | null
  /** All of the newest segment was durable, since another one was begun. */
  readonly isFollowed: boolean
  /** It was durable up to here, by what another segment says: also where the file has become shorter. */
  readonly durable: number
}

export interface FoundBatches {
  readonly batches: readonly FoundBatch[]
  /** Where the last one ends. */
  readonly end: number
  readonly damages: readonly LogDamage[]
}

export function findBatches(search: BatchSearch): FoundBatches {
  const batches: FoundBatch[] = []
  const damages: LogDamage[] = []
  const { bytes, file } = search
  const limit = limitOf(search)
  let at = SEGMENT_HEAD_BYTES
  /** The number of the next batch; null for the first, which may have any. */
  let sequence: number | null = null
  while (at < limit) {
    const found = batchAt(search, at, sequence)
    if (found === null) break
    batches.push(found)
    const damage = damageOf(found)
    if (damage !== null) damages.push({ ...damage, file })
    const next = found.state === 'hole' ? bytes.batchAt(found.end, search.salt)?.sequence : found.sequence + 1
    sequence = next ?? sequence
    at = found.end
  }
  return { batches, end: at, damages }
}

/** Batches stood up to here. */
function limitOf({ bytes, end, durable }: BatchSearch): number {
  return end ?? Math.max(bytes.length, durable)
}

/** @returns null where the newest segment is torn. */
function batchAt(search: BatchSearch, at: number, sequence: number | null): FoundBatch | null {
  const { bytes, salt, after, end } = search
  const head = bytes.batchAt(at, salt)
  const isExpected = head !== null && (sequence === null ? head.sequence > after : head.sequence === sequence)
  if (isExpected && head.end <= (end ?? Infinity)) {
    if (isWhole(bytes, head)) return { ...head, state: 'whole', at }
    if (!wasDurable(search, at, head.sequence)) return null
    return { ...head, ...readBroken(bytes, { ...head, at }), state: 'broken', at }
  }
  if (!wasDurable(search, at, sequence ?? after + 1)) return null
  return rebuilt(search, at, sequence)
}

/** What is broken at `at`: the one batch that stood there, from its records, or a hole. */
function rebuilt(search: BatchSearch, at: number, expected: number | null): FoundBatch {
  const { bytes, number, after } = search
  const next = nextHead(search, at + 1, (expected ?? after) + 1)
  const to = next?.at ?? limitOf(search)
  const isOne = expected === null || next === null || next.sequence === expected + 1
  const records = isOne ? recordsBetween(bytes, at, to) : null
  if (records === null) return { state: 'hole', at, end: to }
  // Of the first batch of a segment with nothing behind it no number is known: it had one, at least the next.
  const sequence = next === null ? (expected ?? after + 1) : next.sequence - 1
  return { ...records, state: 'rebuilt', at, end: to, sequence, durable: { segment: number, offset: at } }
}

interface NextHead {
  readonly at: number
  readonly sequence: number
}

/** The next right head of a batch that says that it stands where it does: a copy of one, in a payload, stands elsewhere. */
function nextHead({ bytes, salt, number, end }: BatchSearch, from: number, least: number): NextHead | null {
  const limit = end ?? bytes.length
  for (let at = bytes.nextMagic(from); at !== -1 && at < limit; at = bytes.nextMagic(at + 1)) {
    const head = bytes.batchAt(at, salt)
    if (head === null || head.sequence < least) continue
    if (head.durable.segment === number && head.durable.offset === at) return { at, sequence: head.sequence }
  }
  return null
}

/**
 * The records of a batch whose head is broken: they fill it to its end, and begin behind some number of stretches. How many there are of both, and how long the records are, is what the
 * head says, but for one byte. Else a first record that is broken, too, and as long as stretches are, would be taken for those.
 */
function recordsBetween(log: LogBytes, at: number, end: number): { from: number; records: number } | null {
  const first = at + BATCH_HEAD_BYTES
  if (first > end || end > log.length) return null
  const said = { stretches: log.view.getUint32(at + 16, true), records: log.view.getUint32(at + 20, true) }
  const length = log.view.getBigUint64(at + 48, true)
  for (const from of [first + STRETCH_BYTES * said.stretches, end - Number(length)]) {
    const stretches = (from - first) / STRETCH_BYTES
    if (from < first || from > end || !Number.isInteger(stretches)) continue
    const records = countRecords(log, from, end)
    if (records === null || (records === 0 && stretches > 0)) continue
    const wrong = [
      wrongBytes(BigInt(stretches), BigInt(said.stretches)),
      wrongBytes(BigInt(records), BigInt(said.records)),
      wrongBytes(BigInt(end - from), length),
    ]
    if (wrong.reduce((sum, count) => sum + count) <= MAX_WRONG_BYTES) return { from, records }
  }
  return null
}

/** @returns how many bytes of two numbers differ. */
function wrongBytes(one: bigint, other: bigint): number {
  let count = 0
  for (let a = one, b = other; a !== b; a /= 256n, b /= 256n) if (a % 256n !== b % 256n) count++
  return count
}

function countRecords(log: LogBytes, from: number, end: number): number | null {
  let records = 0
  for (let at = from; at < end; records++) {
    const next = log.recordEnd(at, end)
    if (next === null) return null
    at = next
  }
  return records
}

/** Every record has its checksum, and they fill the batch. */
export function isWhole(log: LogBytes, { from, end, records }: BatchHead): boolean {
  return end <= log.length && countRecords(log, from, end) === records
}

/**
 * Whether what is broken at `at` was durable once: so it is known of all in an older segment and before a segment that was begun, of the first batch of one that was used, and of what a batch further on
 * has a durable place behind. Else a crash may have torn it.
 * @param sequence of the batch there.
 */
function wasDurable(search: BatchSearch, at: number, sequence: number): boolean {
  const { bytes, salt, number, end, isFollowed } = search
  if (end !== null || isFollowed || at === SEGMENT_HEAD_BYTES) return true
  for (let place = bytes.nextMagic(at + 1); place !== -1; place = bytes.nextMagic(place + 1)) {
    const later = bytes.batchAt(place, salt)
    if (later === null || later.sequence < sequence) continue
    const { durable } = later
    if (durable.segment > number || (durable.segment === number && durable.offset > at)) return true
  }
  return false
}

function damageOf(found: FoundBatch): Omit<LogDamage, 'file'> | null {
  switch (found.state) {
    case 'whole':
      return null
    case 'rebuilt':
      return {
        damage: 'harmless',
        offset: found.at,
        why: 'the head of a batch is broken, and its records are whole',
      }
    case 'broken':
      return {
        damage: 'unreadable',
        offset: found.brokenAt,
        why: 'records of a batch are broken, whose head names its entries',
      }
    case 'hole':
      return { damage: 'lost', offset: found.at, why: 'a batch stood here of which nothing is known' }
  }
}
