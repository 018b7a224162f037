/** The disk of one simulated host: the real storage on a file system that crashes, and witnesses of what it acknowledges. */
import type { Clock, LogStore, Observer, Random, SnapshotStore } from '@rafted/contracts'
import { openFileStorage } from '@rafted/storage'
import { choicesBy } from '../files/crash-choices.ts'
import type { FileOperation } from '../files/file-operation.ts'
import {
  type FileDelays,
  SimulatedFileSystem,
  type SimulatedProcess,
} from '../files/simulated-file-system.ts'
import { LogWitness } from '../witnesses/log-witness.ts'
import { SnapshotWitness } from '../witnesses/snapshot-witness.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'

const PATH = '/data'

/** Small, so that files are begun, copied forward and given up within a short run. */
const SEGMENT_BYTES = [4096, 8192, 16_384, 32_768] as const

/** What changes the disk. */
const changing: ReadonlySet<string> = new Set([
  'write',
  'sync',
  'truncate',
  'rename',
  'remove',
  'syncDirectory',
  'makeDirectory',
] satisfies FileOperation['name'][])

export interface HostDiskOptions {
  readonly host: string
  readonly cluster: string
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly trace: Trace
  /** Whether it says of what it should have made durable that it is, and often lies. */
  readonly forgetful: boolean
  /** Is told what the storage gives back that it should not, or doesn't give back. */
  violation(what: string): void
}

export interface DiskUser {
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
}

export class HostDisk {
  readonly #o: HostDiskOptions
  readonly #segmentBytes: number
  /** How long reads and the like take, in some runs. */
  readonly #otherMs: number
  #files: SimulatedFileSystem
  #process: SimulatedProcess | null = null
  /** Of all lives. */
  readonly logs = new LogWitness()
  readonly snapshots = new SnapshotWitness()
  /** An empty one has taken its place. */
  isReplaced = false
  /** Called before each operation that changes the disk; those of its lock come when nothing else happens, too. It may kill the host. */
  onChange: ((isOfLock: boolean) => void) | null = null

  constructor(options: HostDiskOptions) {
    this.#o = options
    const { random } = options
    this.#segmentBytes = random.pick(SEGMENT_BYTES)
    this.#otherMs = random.chance(0.3) ? 0.2 : 0
    this.#files = this.#newDisk()
  }

  #newDisk(): SimulatedFileSystem {
    const { time, random, forgetful, host, trace } = this.#o
    const disk = new SimulatedFileSystem({
      seed: random.below(2 ** 32),
      clock: time,
      delays: this.#delays(2),
    })
    disk.onOperation = ({ name, path, position, bytes }) => {
      if (!changing.has(name)) return
      const detail = `${path} ${position}+${bytes}`
      trace.note(name, host, detail, () => shortened(detail))
      this.onChange?.(path.startsWith(`${PATH}/lock-`))
    }
    // Of the log only: what it lies about is then found to be missing, and not the whole directory.
    if (forgetful) disk.lying = ({ path }) => path.endsWith('.log') && random.chance(0.5)
    return disk
  }

  #delays(syncMs: number): FileDelays {
    return {
      sync: { minMs: 0.05, maxMs: syncMs },
      write: { minMs: 0, maxMs: syncMs / 20 },
      other: { minMs: 0, maxMs: this.#otherMs },
    }
  }

  /** @param ms what a flush takes at most. Usual is 2. */
  slow(ms: number): void {
    this.#files.delays = this.#delays(ms)
  }

  /** Whether a write of the log or a snapshot is under way. */
  get isWriting(): boolean {
    return this.logs.isWriting || this.snapshots.isWriting
  }

  /** The stores in the hands of a new process. Never resolves if that is killed meanwhile. */
  async open(user: DiskUser): Promise<{ readonly logs: LogStore; readonly snapshots: SnapshotStore }> {
    const { host, cluster, violation } = this.#o
    const { name, clock, random, observer } = user
    const process = this.#files.mount()
    this.#process = process
    const storage = await openFileStorage({
      path: PATH,
      cluster,
      host,
      clock,
      random,
      observer,
      segmentBytes: this.#segmentBytes,
      fileSystem: process.files,
      machine: process.machine,
    })
    for (const wrong of [
      await this.logs.reopened(storage.logs),
      await this.snapshots.reopened(storage.snapshots),
    ])
      if (wrong !== null) violation(`the storage of ${name} is not what was written: ${wrong}`)
    return { logs: this.logs.watch(storage.logs), snapshots: this.snapshots.watch(storage.snapshots) }
  }

  /** The process is killed. What it wrote is still seen by the next one, durable or not. */
  kill(): void {
    this.#process?.kill()
    this.#process = null
  }

  /** The machine loses its power: of what was not durable, a part is left. */
  cutPower(): void {
    const { trace, host, random } = this.#o
    const choices = choicesBy(random)
    this.#files.crash({
      choose: (question) => {
        const answer = choices.choose(question)
        const detail = `${question.about} ${question.path} ${question.answers[answer]}`
        trace.note('crash', host, detail, () => shortened(detail))
        return answer
      },
    })
    this.#process = null
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    this.kill()
    this.isReplaced = true
    this.#files = this.#newDisk()
    this.logs.forget()
    this.snapshots.forget()
  }
}

/** Ids, as all of the trace shows them. */
function shortened(text: string): string {
  return text.replaceAll(/[0-9a-f]{32}/g, (id) => id.slice(0, 4))
}
