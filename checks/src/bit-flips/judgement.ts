/** What a damaged directory is by the independent reader, and what the storage makes of it. */
import { isDeepStrictEqual } from 'node:util'
import type { RaftedEvent } from '@rafted/contracts'
import { openFileStorage } from '@rafted/storage'
import { SeededRandom } from '@rafted/testing'
import { historyGroups } from '../histories/storage-history.ts'
import { HurriedClock } from '../hurried-clock.ts'
import type { ImageFault } from '../images.ts'
import { differenceFrom, type Refused, refusedBy } from '../independent-reader/comparison.ts'
import type { ReadLog } from '../independent-reader/group-log.ts'
import type { LogReading } from '../independent-reader/log.ts'
import { type DirectoryReading, readDirectory } from '../independent-reader/read-directory.ts'
import type { Refusal } from '../independent-reader/refusal.ts'
import { owner } from '../places.ts'
import type { Base } from './bases.ts'
import type { Damage } from './damage.ts'
import { PlainFiles } from './plain-files.ts'

export interface Fault {
  readonly kind: ImageFault
  readonly text: string
}

/** What a sound directory holds. */
interface Truth {
  readonly logs: ReadonlyMap<string, ReadLog>
  /** The same without the last batch, which nothing confirms. */
  readonly withoutLast: ReadonlyMap<string, ReadLog>
  readonly lastBatch: { readonly file: string; readonly offset: number }
}

const truths = new WeakMap<Base, Truth>()

/**
 * @param number decides what the storage draws.
 * @param seen what the storage finds in its place: the damaged directory.
 * @returns what is wrong, or null.
 */
export async function judged(damage: Damage, number: number, seen = damage.files): Promise<Fault | null> {
  const reading = readDirectory(damage.files, owner)
  const expected = 'code' in reading ? reading : reading.log
  if (damage.flip !== null && 'logs' in expected) {
    const lost = forgotten(damage.base, damage.flip, expected)
    if (lost !== null) return { kind: 'lost', text: `${damage.what}: ${lost}` }
  }
  const fault = await opened(seen, number, reading, expected)
  return fault === null ? null : { ...fault, text: `${damage.what}: ${fault.text}` }
}

/** One flipped bit must not lose anything silently, by the document itself. @returns what it has lost. */
function forgotten(
  base: Base,
  { file, byte }: { file: string; byte: number },
  { logs }: LogReading,
): string | null {
  const { logs: all, withoutLast, lastBatch } = truthOf(base)
  if (isDeepStrictEqual(logs, all)) return null
  const isOfLast = file === lastBatch.file && byte >= lastBatch.offset
  return isOfLast && isDeepStrictEqual(logs, withoutLast) ? null : 'the reader finds something else'
}

function truthOf(base: Base): Truth {
  let truth = truths.get(base)
  if (truth === undefined) {
    const { logs, lastBatch } = soundLog(base.files)
    const { file, offset } = lastBatch!
    const cut = new Map(base.files).set(file, base.files.get(file)!.subarray(0, offset))
    // A segment that ends behind its head was never used, and is no newest one.
    const withoutLast = offset > 64 ? soundLog(cut).logs : logs
    truth = { logs, withoutLast, lastBatch: { file, offset } }
    truths.set(base, truth)
  }
  return truth
}

function soundLog(files: ReadonlyMap<string, Uint8Array>): LogReading {
  const reading = readDirectory(files, owner)
  if ('code' in reading || 'code' in reading.log) throw new Error('a base is damaged')
  return reading.log
}

async function opened(
  files: Damage['files'],
  number: number,
  reading: DirectoryReading | Refusal,
  expected: LogReading | Refusal,
): Promise<Fault | null> {
  const clock = new HurriedClock()
  const fileSystem = new PlainFiles(
    new Map([...files].map(([file, bytes]) => [`${owner.path}/${file}`, bytes])),
  )
  const { machine } = fileSystem
  const repairs: RaftedEvent[] = []
  const observer = { event: (event: RaftedEvent) => void repairs.push(event) }
  try {
    // None of what was drawn for the directory.
    const random = new SeededRandom(2 ** 31 + number)
    const storage = await openFileStorage({ ...owner, clock, random, fileSystem, machine, observer })
    if ('code' in expected || 'code' in reading)
      return { kind: 'lost', text: `opened, and is ${textOf(expected)}` }
    const { logs, torn } = expected
    const difference = await differenceFrom({
      storage,
      path: owner.path,
      reading,
      logs,
      groups: historyGroups,
    })
    if (difference !== null) return { kind: 'wrong', text: difference }
    return isRepair(repairs, torn)
      ? null
      : { kind: 'wrong', text: `repaired ${JSON.stringify(repairs)}, not ${JSON.stringify(torn)}` }
  } catch (error) {
    return faultOfRefusal(refusedBy(error), expected, error)
  } finally {
    clock.stop()
  }
}

function isRepair(events: readonly RaftedEvent[], torn: LogReading['torn']): boolean {
  const repairs = events.flatMap((event) =>
    event.kind === 'log-repaired' ? [{ file: event.file, offset: event.offset }] : [],
  )
  return isDeepStrictEqual(
    repairs,
    torn === null ? [] : [{ file: `${owner.path}/${torn.file}`, offset: torn.offset }],
  )
}

function faultOfRefusal(refused: Refused, expected: LogReading | Refusal, error: unknown): Fault | null {
  if (!('code' in expected)) return { kind: 'refused', text: String(error) }
  const { code, file, offset } = expected
  // Only damage has a place; the others are of the whole directory.
  const isSame =
    refused.code === code &&
    (code !== 'damaged-storage' || (refused.file === `${owner.path}/${file}` && refused.offset === offset))
  return isSame ? null : { kind: 'wrong', text: `${String(error)} Expected ${textOf(expected)}` }
}

function textOf(expected: LogReading | Refusal): string {
  return 'code' in expected ? `${expected.code} in ${expected.file} at ${expected.offset}` : 'sound'
}
