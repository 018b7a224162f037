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

/** A crash at one moment. */
export interface Crash {
  readonly where: string
  readonly image: SimulatedFileSystem
  readonly logs: LogMoment
  readonly snapshots: SnapshotMoment
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

/** @param lying which flushes do nothing; none unless given. @returns all crashes of the run that a seed decides, in their order. */
export async function recordedRun(
  seed: number,
  lying: SimulatedFileSystem['lying'] = null,
): Promise<Crash[]> {
  const random = new SeededRandom(seed)
  const recorder = new Recorder(seed, random.fork())
  recorder.disk.lying = lying
  // So small that a few writes fill one.
  const segmentBytes = 800 + random.below(2500)
  try {
    for (let life = 0; life < LIVES; life++) await live(recorder, random, segmentBytes)
    return recorder.end()
  } finally {
    recorder.clock.stop()
  }
}

async function live(recorder: Recorder, random: SeededRandom, segmentBytes: number): Promise<void> {
  const { clock, disk, witnesses } = recorder
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
    (await witnesses.logs.reopened(storage.logs)) ?? (await witnesses.snapshots.reopened(storage.snapshots))
  if (wrong !== null) throw new Error(`seed ${recorder.seed}, opened after it was closed: ${wrong}`)
  const logs = witnesses.logs.watch(storage.logs)
  const snapshots = witnesses.snapshots.watch(storage.snapshots)
  const known = (group: string) => witnesses.logs.seen(group)
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
  await storageHistory({ logs, snapshots, random, known, pause }, STEPS)
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
  readonly #random: SeededRandom
  readonly #crashes: Crash[] = []
  #hasChanged = true
  #lookedAt = 0

  constructor(seed: number, random: SeededRandom) {
    this.seed = seed
    this.#random = random
    this.disk = new SimulatedFileSystem({ seed, clock: this.clock, delays })
    this.disk.onOperation = (operation) => this.#look(operation)
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
    const [logs, snapshots] = [this.witnesses.logs.moment(), this.witnesses.snapshots.moment()]
    for (const { what, image } of crashesOf(this.disk, this.#random))
      this.#crashes.push({ where: `seed ${this.seed}, ${moment}: ${what}`, image, logs, snapshots })
  }
}
