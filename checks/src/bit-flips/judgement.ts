/** What a damaged directory is by the independent reader, and what the storage makes of it. */
import { isDeepStrictEqual } from 'node:util'
import type { RaftedEvent } from '@rafted/contracts'
import { openFileStorage, type Storage } from '@rafted/storage'
import { SeededRandom } from '@rafted/testing'
import { historyGroups } from '../histories/storage-history.ts'
import { HurriedClock } from '../hurried-clock.ts'
import type { ImageFault } from '../images.ts'
import { differenceFrom, type Refused, refusedBy } from '../independent-reader/comparison.ts'
import type { LogReading } from '../independent-reader/log.ts'
import { type DirectoryReading, readDirectory } from '../independent-reader/read-directory.ts'
import type { Refusal } from '../independent-reader/refusal.ts'
import { owner } from '../places.ts'
import type { Damage } from './damage.ts'
import { healed, isHurt } from './healing.ts'
import { PlainFiles } from './plain-files.ts'
import { forgotten, isDecisive, type Logs, truthOf } from './truth.ts'

/** Of so many flipped bits one is healed, and looked at in all parts of the storage. */
const HEALED = 7

export interface Fault {
  readonly kind: ImageFault
  readonly text: string
}

/**
 * @param number decides what the storage draws.
 * @param seen what the storage finds in its place: the damaged directory.
 * @returns what is wrong, or null.
 */
export async function judged(damage: Damage, number: number, seen = damage.files): Promise<Fault | null> {
  const reading = readDirectory(damage.files, owner)
  const expected = 'code' in reading ? reading : reading.log
  if ('logs' in expected) {
    const lost = forgotten(damage, expected)
    if (lost !== null) return { kind: 'lost', text: `${damage.what}: ${lost}` }
  }
  if (damage.flip !== null && 'code' in expected && !isDecisive(damage.base, damage.flip))
    return { kind: 'refused', text: `${damage.what}: the reader refuses it, ${textOf(expected)}` }
  const isThorough = damage.flip === null || number % HEALED === 0
  const heal = isThorough ? truthOf(damage.base).logs : null
  const fileSystem = new PlainFiles(inPlace(seen), inPlace(damage.bad))
  // A bit of another file has nothing to do with them.
  const groups = isThorough || damage.flip?.file.startsWith('snapshots/') ? historyGroups : []
  const fault = await opened(fileSystem, { number, reading, expected, heal, groups })
  return fault === null ? null : { ...fault, text: `${damage.what}: ${fault.text}` }
}

interface Expected {
  readonly number: number
  readonly reading: DirectoryReading | Refusal
  readonly expected: LogReading | Refusal
  /** What its logs are to be healed with; null if they are not. */
  readonly heal: Logs | null
  /** Those whose snapshots are looked at. */
  readonly groups: readonly string[]
}

async function opened(
  fileSystem: PlainFiles,
  { number, reading, expected, heal, groups }: Expected,
): Promise<Fault | null> {
  const clock = new HurriedClock()
  const { machine } = fileSystem
  const repairs: RaftedEvent[] = []
  const observer = { event: (event: RaftedEvent) => void repairs.push(event) }
  // None of what was drawn for the directory.
  const random = new SeededRandom(2 ** 31 + number)
  const open = (): Promise<Storage> =>
    openFileStorage({ ...owner, clock, random, fileSystem, machine, observer })
  try {
    const storage = await open()
    if ('code' in expected || 'code' in reading)
      return { kind: 'lost', text: `opened, and is ${textOf(expected)}` }
    const { logs, torn } = expected
    const compared = { storage, path: owner.path, reading, logs, groups }
    const difference = await differenceFrom(compared)
    if (difference !== null)
      return { kind: (await isUntold(storage, logs)) ? 'lost' : 'wrong', text: difference }
    if (!isRepair(repairs, torn))
      return { kind: 'wrong', text: `repaired ${JSON.stringify(repairs)}, not ${JSON.stringify(torn)}` }
    const unhealed = heal === null ? null : await healed({ storage, open, logs, truth: heal, number })
    return unhealed === null ? null : { kind: 'wrong', text: unhealed }
  } catch (error) {
    return faultOfRefusal(refusedBy(error), expected, error)
  } finally {
    clock.stop()
  }
}

/** By absolute paths. */
function inPlace<T>(files: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...files].map(([file, what]) => [`${owner.path}/${file}`, what]))
}

/** @returns whether there is damage, and the storage says of no log that it has any. */
async function isUntold(storage: Storage, logs: Logs): Promise<boolean> {
  if (![...logs.values()].some(isHurt)) return false
  for (const group of await storage.logs.groups()) {
    const opened = await storage.logs.open(group)
    if (opened !== null && (opened.damaged.length > 0 || opened.lostTo !== null)) return false
  }
  return true
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
