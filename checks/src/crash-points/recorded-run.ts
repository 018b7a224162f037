/** A run of a host's storage on a simulated disk, and what a crash of the machine would leave at each moment of it. */
import { openFileStorage, type Storage } from '@rafted/storage'
import {
  type FileOperation,
  type LogMoment,
  LogWitness,
  SeededRandom,
  SimulatedFileSystem,
  type SnapshotMoment,
  SnapshotWitness,
} from '@rafted/testing'
import { storageHistory } from '../histories/storage-history.ts'
import { HurriedClock } from '../hurried-clock.ts'
import { onOneBoot, owner } from '../places.ts'
import { crashesOf } from './crashes.ts'
import { flipOne, type Lacks, lookAt, putBack } from './damage.ts'

/** A crash at one moment. */
export interface Crash {
  readonly where: string
  readonly image: SimulatedFileSystem
  readonly logs: LogMoment
  readonly snapshots: SnapshotMoment
  /** What logs may lack then; null if the disk is sound. */
  readonly lacks: Lacks | null
  /** They lack all of it, as nothing was done about it yet. */
  readonly isAllLacking: boolean
}

export interface RunOptions {
  /** Which flushes do nothing; none unless given. */
  readonly lying?: SimulatedFileSystem['lying']
  /** When so many crashes have been recorded the rest of the run has none. */
  readonly most?: number
}

/** Something else can happen before a write or a flush is done. */
const delays = {
  sync: { minMs: 1, maxMs: 2 },
  write: { minMs: 0.1, maxMs: 0.2 },
  other: { minMs: 0, maxMs: 0 },
}

/** Lives of the storage one after the other, and what each does. */
const LIVES = 2
const STEPS = 12

const unchanging: readonly FileOperation['name'][] = ['read', 'size', 'list', 'exists', 'free', 'probe']

/** @returns all crashes of the run that a seed decides, in their order. */
export async function recordedRun(
  seed: number,
  { lying = null, most = Number.POSITIVE_INFINITY }: RunOptions = {},
): Promise<Crash[]> {
  const random = new SeededRandom(seed)
  const recorder = new Recorder(seed, random.fork(), most)
  recorder.disk.lying = lying
  // So small that a few writes fill one.
  const segmentBytes = 800 + random.below(2500)
  try {
    for (let life = 0; life < LIVES; life++) await live(recorder, random, segmentBytes)
    // What lies has lost something by itself.
    if (lying === null && !recorder.isFull) await livesDamaged(recorder, random, segmentBytes)
    return recorder.end()
  } finally {
    recorder.clock.stop()
  }
}

/** A bit of the log turns. It is opened all the same, what can't be read of some groups is put back, of others in the next life, and both go on. */
async function livesDamaged(recorder: Recorder, random: SeededRandom, segmentBytes: number): Promise<void> {
  await recorder.unseen(async (disk) => {
    recorder.lacks = await flipOne(disk, random)
  })
  if (recorder.lacks === null) return
  await live(recorder, random, segmentBytes, () => random.chance(0.5))
  await recorder.unseen(async (disk) => {
    recorder.lacks = (await lookAt(disk))!.lacks
  })
  await live(recorder, random, segmentBytes, () => true)
}

/** @param isPutBack of which groups what is lacking is put back in the middle. */
async function live(
  recorder: Recorder,
  random: SeededRandom,
  segmentBytes: number,
  isPutBack: (group: string) => boolean = () => false,
): Promise<void> {
  const { clock, disk, witnesses } = recorder
  recorder.isAllLacking = true
  const { files: fileSystem, machine } = disk.mount()
  const storage = await openFileStorage({
    ...owner,
    clock,
    random,
    fileSystem,
    machine: onOneBoot(machine),
    segmentBytes,
  })
  const wrong =
    (await witnesses.logs.reopened(storage.logs, recorder.lacks !== null)) ??
    (await witnesses.snapshots.reopened(storage.snapshots))
  if (wrong !== null) throw new Error(`seed ${recorder.seed}, opened after it was closed: ${wrong}`)
  const logs = witnesses.logs.watch(storage.logs)
  const snapshots = witnesses.snapshots.watch(storage.snapshots)
  const known = (group: string) => witnesses.logs.seen(group)
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
  recorder.isAllLacking = false
  const history = (steps: number): Promise<void> =>
    storageHistory({ logs, snapshots, random, known, pause }, steps)
  await history(STEPS / 2)
  if (recorder.lacks !== null)
    recorder.lacks = await putBack(
      logs,
      recorder.lacks,
      isPutBack,
      (group, index) => known(group)!.at(index)!,
    )
  await history(STEPS / 2)
  await closed({ logs, snapshots })
}

async function closed({ logs, snapshots }: Storage): Promise<void> {
  await Promise.all([logs.close(), snapshots.close()])
}

class Recorder {
  readonly seed: number
  readonly clock = new HurriedClock()
  readonly disk: SimulatedFileSystem
  readonly witnesses = { logs: new LogWitness(), snapshots: new SnapshotWitness() }
  lacks: Lacks | null = null
  isAllLacking = true
  readonly #most: number
  readonly #random: SeededRandom
  readonly #crashes: Crash[] = []
  #hasChanged = true
  #lookedAt = 0

  constructor(seed: number, random: SeededRandom, most: number) {
    this.seed = seed
    this.#most = most
    this.#random = random
    this.disk = new SimulatedFileSystem({ seed, clock: this.clock, delays })
    this.disk.onOperation = (operation) => this.#look(operation)
  }

  get isFull(): boolean {
    return this.#crashes.length >= this.#most
  }

  /** What is done meanwhile is no part of the run: a crash in it leaves nothing of its own. */
  async unseen(run: (disk: SimulatedFileSystem) => Promise<void>): Promise<void> {
    const { disk } = this
    const { onOperation } = disk
    disk.onOperation = null
    await run(disk)
    disk.onOperation = onOperation
  }

  /** After the last operation, too. */
  end(): Crash[] {
    this.disk.onOperation = null
    this.#record('after all')
    return this.#crashes
  }

  #look({ number, name, path }: FileOperation): void {
    // What is under way is done in time, so nothing is as it was when time has passed.
    if (this.#hasChanged || this.clock.now() !== this.#lookedAt)
      this.#record(`before operation ${number}, ${name} ${path}`)
    this.#lookedAt = this.clock.now()
    this.#hasChanged = !unchanging.includes(name)
  }

  #record(moment: string): void {
    if (this.isFull) return
    const { lacks, isAllLacking, seed } = this
    const state = lacks === null ? '' : ', damaged'
    const [logs, snapshots] = [this.witnesses.logs.moment(), this.witnesses.snapshots.moment()]
    for (const { what, image } of crashesOf(this.disk, this.#random))
      this.#crashes.push({
        where: `seed ${seed}${state}, ${moment}: ${what}`,
        image,
        logs,
        snapshots,
        lacks,
        isAllLacking,
      })
  }
}
