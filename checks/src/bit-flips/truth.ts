/** What a directory held before it was damaged. */
import { isDeepStrictEqual } from 'node:util'
import type { ReadLog } from '../independent-reader/group-log.ts'
import type { LogReading } from '../independent-reader/log.ts'
import { readDirectory } from '../independent-reader/read-directory.ts'
import { owner } from '../places.ts'
import type { Base } from './bases.ts'
import type { Damage } from './damage.ts'

export type Logs = ReadonlyMap<string, ReadLog>

interface Truth {
  readonly logs: Logs
  /** The same without the last batch, which nothing confirms. */
  readonly withoutLast: Logs
  readonly lastBatch: { readonly file: string; readonly offset: number }
  readonly facts: LogReading['facts']
}

const SEGMENT_HEAD_BYTES = 64

const truths = new WeakMap<Base, Truth>()

export function truthOf(base: Base): Truth {
  let truth = truths.get(base)
  if (truth === undefined) {
    const { logs, lastBatch, facts } = soundLog(base.files)
    const { file, offset } = lastBatch!
    const cut = new Map(base.files).set(file, base.files.get(file)!.subarray(0, offset))
    // A segment that ends behind its head was never used, and is no newest one.
    const withoutLast = offset > SEGMENT_HEAD_BYTES ? soundLog(cut).logs : logs
    truth = { logs, withoutLast, lastBatch: { file, offset }, facts }
    truths.set(base, truth)
  }
  return truth
}

function soundLog(files: ReadonlyMap<string, Uint8Array>): LogReading {
  const reading = readDirectory(files, owner)
  if ('code' in reading || 'code' in reading.log || reading.log.isDamaged)
    throw new Error('a base is damaged')
  return reading.log
}

/** One flipped bit must not lose anything silently, by the document itself. @returns what it has lost. */
export function forgotten(
  base: Base,
  { file, byte }: NonNullable<Damage['flip']>,
  { logs, isDamaged }: LogReading,
): string | null {
  const { logs: all, withoutLast, lastBatch } = truthOf(base)
  const isOfLast = file === lastBatch.file && byte >= lastBatch.offset
  if (isOfLast && isDeepStrictEqual(logs, withoutLast)) return null
  for (const [name, log] of all) {
    const found = logs.get(name)
    if (found === undefined) return `the reader finds no log of "${name}"`
    const wrong = differenceOf(found, log)
    if (wrong !== null) return `the reader finds of "${name}" ${wrong}`
    const isAll = found.damaged.size === 0 && found.lostTo === null
    if (!isAll && !isDamaged) return `the reader calls "${name}" damaged, and not the log`
  }
  return logs.size === all.size ? null : 'the reader finds more groups'
}

/**
 * Of the log itself little may not be lost: what is in the newest segment and is no entry, and the head of that segment.
 * @returns whether a flip may make the log unusable.
 */
export function isDecisive(base: Base, { file, byte }: NonNullable<Damage['flip']>): boolean {
  const { facts, lastBatch } = truthOf(base)
  if (!file.startsWith('log/')) return true
  if (file !== lastBatch.file) return false
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
