/** Opens what a crash has left, and compares what is there with what was acknowledged and asked for before. */
import type { LogStore } from '@rafted/contracts'
import { openFileStorage, type Storage } from '@rafted/storage'
import { LogWitness, loseAll, SeededRandom, type SimulatedFileSystem } from '@rafted/testing'
import { historyGroups } from '../histories/storage-history.ts'
import { HurriedClock } from '../hurried-clock.ts'
import type { ImageFault } from '../images.ts'
import { onOneBoot, owner } from '../places.ts'
import { lacksIn, wrongLack } from './damage.ts'
import type { Crash } from './recorded-run.ts'

/** Of so many images one is written on and crashes again. */
const WRITTEN_ON = 16
/** Of so many images one is opened after a boot, when the former owner of the directory has to be watched. */
const BOOTED = 64

interface Found {
  readonly kind: ImageFault
  readonly text: string
}

/** @param number decides what else is done. @returns what is wrong, or null. */
export async function recovered(crash: Crash, number: number): Promise<Found | null> {
  const { where, image, logs, snapshots, lacks } = crash
  const clock = new HurriedClock()
  const found = (kind: ImageFault, text: string): Found => ({ kind, text: `${where}: ${text}` })
  try {
    const storage = await open(image, clock, number)
    const lost =
      (await logs.compare(storage.logs, lacks !== null)) ??
      (await snapshots.compare(storage.snapshots)) ??
      (await moreLacking(storage.logs, crash))
    if (lost !== null) return found('lost', lost)
    if (number % WRITTEN_ON !== 0) return null
    const wrong = await writtenOn(image, clock, storage)
    return wrong === null ? null : found('wrong', wrong)
  } catch (error) {
    return found('refused', error instanceof Error ? error.message : String(error))
  } finally {
    clock.stop()
  }
}

function open(image: SimulatedFileSystem, clock: HurriedClock, number: number, time = 0): Promise<Storage> {
  const { files: fileSystem, machine } = image.mount()
  // What one life has drawn no other one draws.
  const random = new SeededRandom(4 * number + time)
  return openFileStorage({
    ...owner,
    clock,
    random,
    fileSystem,
    machine: number % BOOTED === 1 ? machine : onOneBoot(machine),
    segmentBytes: 1500,
  })
}

/** @returns what can't be read, or is lost, though it should not be; null if nothing is. */
async function moreLacking(logs: LogStore, { lacks, isAllLacking }: Crash): Promise<string | null> {
  return lacks === null ? null : wrongLack(await lacksIn(logs), lacks, isAllLacking)
}

/** What was found counts: it stays through another power cut, and so does what is written next. */
async function writtenOn(
  image: SimulatedFileSystem,
  clock: HurriedClock,
  storage: Storage,
): Promise<string | null> {
  // Of what can't be read nothing is known here.
  const found = await lacksIn(storage.logs)
  if ([...found.values()].some(({ unreadable }) => unreadable.length > 0)) return null
  const witness = new LogWitness()
  await witness.reopened(storage.logs)
  const metas = await metasIn(storage)
  image.crash(loseAll)
  const kept = await open(image, clock, 0, 1)
  const lost = await witness.reopened(kept.logs)
  if (lost !== null) return `opened once more: ${lost}`
  if ((await metasIn(kept)) !== metas) return 'opened once more: other snapshots'
  await writeOn(witness.watch(kept.logs))
  image.crash(loseAll)
  const wrong = await witness.reopened((await open(image, clock, 0, 2)).logs)
  return wrong === null ? null : `after more was written: ${wrong}`
}

async function metasIn({ snapshots }: Storage): Promise<string> {
  return JSON.stringify(await Promise.all(historyGroups.map((group) => snapshots.list(group))))
}

async function writeOn(logs: LogStore): Promise<void> {
  for (const group of await logs.groups()) {
    const { last, term, vote, removedAt } = (await logs.open(group))!
    if (removedAt !== null) continue
    const entry = { index: last + 1, term: term + 1, kind: 3, time: 0, payload: new Uint8Array(100) } as const
    const write = { term: term + 1, vote, reset: null, truncateFrom: null, entries: [entry] }
    await logs.write([{ group, write }])
  }
}
