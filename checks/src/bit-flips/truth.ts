/** What a directory held before it was damaged, and whether anything of it has been forgotten. */
import { isDeepStrictEqual } from 'node:util'
import { type BatchHead, batchHeadAt } from '../independent-reader/batch.ts'
import type { ReadLog } from '../independent-reader/group-log.ts'
import type { LogReading } from '../independent-reader/log.ts'
import { readDirectory } from '../independent-reader/read-directory.ts'
import { owner } from '../places.ts'
import type { Base } from './bases.ts'
import type { Damage } from './damage.ts'

export type Logs = ReadonlyMap<string, ReadLog>

interface Truth {
  readonly logs: Logs
  readonly facts: LogReading['facts']
  readonly newest: { readonly file: string; readonly batches: readonly BatchHead[] }
  /** By the place at which the newest segment ends: the directory as it was then; null if it is damaged. */
  readonly before: Map<number, Base | null>
}

const SEGMENT_HEAD_BYTES = 64

const truths = new WeakMap<Base, Truth>()

export function truthOf(base: Base): Truth {
  const truth = truths.get(base) ?? soundTruth(base)
  if (truth === null) throw new Error('a base is damaged')
  return truth
}

function soundTruth(base: Base): Truth | null {
  const reading = readDirectory(base.files, owner)
  if ('code' in reading || 'code' in reading.log || reading.log.isDamaged) return null
  const { logs, facts, newest: file } = reading.log
  if (file === null) return null
  const truth = {
    logs,
    facts,
    newest: { file, batches: batchesIn(base.files.get(file)!) },
    before: new Map(),
  }
  truths.set(base, truth)
  return truth
}

function batchesIn(bytes: Uint8Array): BatchHead[] {
  const batches: BatchHead[] = []
  for (let at = SEGMENT_HEAD_BYTES; at < bytes.length; at = batches.at(-1)!.end)
    batches.push(batchHeadAt(bytes, at)!)
  return batches
}

/**
 * Nothing must be lost silently, by the document itself.
 * @param isShown something behind this base still says that all of it was durable.
 * @returns what the reader has lost.
 */
export function forgotten(
  { base, files }: Pick<Damage, 'base' | 'files'>,
  reading: LogReading,
  isShown = false,
): string | null {
  const { newest, logs } = truthOf(base)
  const found = files.get(newest.file) ?? new Uint8Array(0)
  const cutAt = cutIn(base, found, reading)
  if (cutAt === null || isShown) return differenceFrom(reading, logs)
  const shown = shownDurable(base, found, cutAt)
  if (shown !== null) return `the reader cuts the log at ${cutAt}, and the batch at ${shown} is behind it`
  const before = baseBefore(base, cutAt)
  if (before === null) return reading.isDamaged ? null : 'the reader calls sound what can not be'
  // The newest is the one before, which may be damaged as well.
  if (cutAt === 0) return forgotten({ base: before, files }, reading, isBegun(base, found))
  const difference = differenceFrom(reading, truthOf(before).logs)
  if (difference === null) return null
  // What is cut off may be known to be missing: all of it, or the rest of the batch through which the cut goes.
  const known = [logs, logsAfterBatch(base, cutAt)]
  return known.some((expected) => expected !== null && differenceFrom(reading, expected) === null)
    ? null
    : difference
}

/** Whether of the newest segment, which counts as never used, what it says of those before it is still there. */
function isBegun(base: Base, found: Uint8Array): boolean {
  const { file, batches } = truthOf(base).newest
  const to = batches[0]!.recordsAt
  return Buffer.compare(base.files.get(file)!.subarray(0, to), found.subarray(0, to)) === 0
}

/** @returns what the batch that goes on at this place of the newest segment left behind; null if none does. */
function logsAfterBatch(base: Base, place: number): Logs | null {
  const batch = truthOf(base).newest.batches.find(({ offset, end }) => offset < place && place < end)
  const after = batch === undefined ? null : baseBefore(base, batch.end)
  return after === null ? null : truthOf(after).logs
}

function differenceFrom({ logs, isDamaged }: LogReading, expected: Logs): string | null {
  for (const [name, log] of expected) {
    const found = logs.get(name)
    if (found === undefined) return `the reader finds no log of "${name}"`
    const wrong = differenceOf(found, log)
    if (wrong !== null) return `the reader finds of "${name}" ${wrong}`
    const isAll = found.damaged.size === 0 && found.lostTo === null
    if (!isAll && !isDamaged) return `the reader calls "${name}" damaged, and not the log`
  }
  return logs.size === expected.size ? null : 'the reader finds more groups'
}

/** @returns where the newest segment ends by the reader, if not where it did: 0 if it is none. */
function cutIn(base: Base, found: Uint8Array, { newest, torn }: LogReading): number | null {
  const { file } = truthOf(base).newest
  if (newest !== file) return 0
  if (torn !== null) return torn.offset
  return found.length < base.files.get(file)!.length ? found.length : null
}

/** @returns the directory when the newest segment ended there; null if that can't be told any more. */
function baseBefore(base: Base, end: number): Base | null {
  const { newest, before } = truthOf(base)
  let found = before.get(end)
  if (found === undefined) {
    const files = new Map(base.files)
    if (end === 0) files.delete(newest.file)
    else files.set(newest.file, base.files.get(newest.file)!.subarray(0, end))
    const earlier = { ...base, files }
    found = soundTruth(earlier) === null ? null : earlier
    before.set(end, found)
  }
  return found
}

/** @returns where a batch stands that shows that what is cut off was durable; null if there is none any more. */
function shownDurable(base: Base, found: Uint8Array, cutAt: number): number | null {
  const { newest } = truthOf(base)
  const sound = base.files.get(newest.file)!
  const isKept = (from: number, to: number): boolean =>
    Buffer.compare(sound.subarray(from, to), found.subarray(from, to)) === 0
  for (const { offset, recordsAt, end, durable } of newest.batches) {
    const shows =
      offset === SEGMENT_HEAD_BYTES ? cutAt === 0 && isKept(recordsAt, end) : durable.offset > cutAt
    if (shows && isKept(offset, recordsAt)) return offset
  }
  return null
}

/**
 * Of the log itself little may not be lost: what is in the newest segment and is no entry, and the head of that segment.
 * @returns whether a flip may make the log unusable.
 */
export function isDecisive(base: Base, { file, byte }: NonNullable<Damage['flip']>): boolean {
  const { facts, newest } = truthOf(base)
  if (!file.startsWith('log/')) return true
  if (file !== newest.file) return false
  return byte < SEGMENT_HEAD_BYTES || facts.some(({ offset, end }) => byte >= offset && byte < end)
}

/** @returns what of a log is not as it was, and is not said to be so. */
function differenceOf(found: ReadLog, truth: ReadLog): string | null {
  const { entries, damaged, last, lostTo, ...facts } = found
  const { entries: all, damaged: _, last: end, lostTo: __, ...others } = truth
  if (!isDeepStrictEqual(facts, others)) return 'other facts'
  if ((lostTo ?? last) !== end) return `a log up to ${lostTo ?? last} instead of ${end}`
  for (let index = facts.base.index + 1; index <= last; index++) {
    const [entry, term] = [entries.get(index), damaged.get(index)]
    const isRight =
      entry === undefined ? term === all.get(index)!.term : isDeepStrictEqual(entry, all.get(index))
    if (!isRight) return `another entry ${index}`
  }
  return null
}
