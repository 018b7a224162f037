/** The disk of one simulated host: the real storage on a file system that fails and crashes, and witnesses of what it acknowledges. */
import type { Clock, LogStore, Observer, Random, SnapshotStore } from '@rafted/contracts'
import { defaultSettings } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { type CrashChoices, type CrashQuestion, choicesBy, tearing } from '../files/crash-choices.ts'
import type { FileOperation } from '../files/file-operation.ts'
import {
  type FileDelays,
  SimulatedFileSystem,
  type SimulatedProcess,
} from '../files/simulated-file-system.ts'
import { LogWitness } from '../witnesses/log-witness.ts'
import { SnapshotWitness } from '../witnesses/snapshot-witness.ts'
import type { FaultKind } from './coverage.ts'
import { DamagedCopies, damagedIn, type FoundLog } from './damaged-copies.ts'
import type { HostClock } from './host-clock.ts'
import type { LogPromises } from './promises/log-promises.ts'
import { shortened } from './reading.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'

export const STORAGE_PATH = '/data'

/** Small, so that files are begun, copied forward and given up within a short run. */
const SEGMENT_BYTES = [4096, 8192, 16_384, 32_768] as const
/** A flush that takes longer is a slow one. */
const SLOW_MS = defaultSettings.heartbeatMs
const USUAL_SYNC_MS = 2
/** What was slow until now may be told a little later, by a process that was paused for instance. */
const GRACE_MS = 20_000
const STALLS_MS = [1500, 5000, 15_000, 60_000, 120_000] as const

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
  readonly promises: LogPromises
  /** Is told what the storage gives back that it should not, or doesn't give back. */
  violation(what: string): void
  hit(kind: FaultKind): void
}

export interface DiskUser {
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
}

/** Bits of a file: bit `bit % 8` of byte `bit >> 3`. */
export interface Place {
  readonly path: string
  readonly bits: readonly number[]
}

const SECTOR_BYTES = 512
/** How the name of a file ends that is given its name once more. */
const ASIDE = '.aside'

/** A fault that was planted and shows when the disk is used. */
type Planted = 'failed flush' | 'failed write' | 'full disk'

export class HostDisk {
  readonly #o: HostDiskOptions
  readonly #segmentBytes: number
  /** How long reads and the like take, in some runs. */
  readonly #otherMs: number
  /** How long a write to a snapshot takes at most, as if it were a large one: many things can happen meanwhile. */
  readonly #snapshotMs: number
  #syncMs = USUAL_SYNC_MS
  #files: SimulatedFileSystem
  #process: SimulatedProcess | null = null
  #clock: HostClock | null = null
  #planted: Planted | null = null
  /** By the time of the run. */
  #stalledUntil = 0
  /** The stall has held something up. */
  #hasStalled = false
  /** Until when it may be told to be slow, by the time of the run. */
  #troubledUntil = 0
  /** Writes that had found no room, when the disk was filled. */
  #fullBefore = 0
  /** It was full while this process has used it: what failed then may be told once there is room again. */
  #wasFull = false
  /** By file of the log: where its last writes began, the last one first. */
  readonly #lastWrites = new Map<string, readonly number[]>()
  #rotten: Place | null = null
  /** Counted in these paths. */
  #segments = 0
  #segmentsOf: readonly string[] | null = null
  /** A bit has turned since its logs were all there when they were opened. */
  #mayLack = false
  /** Of all lives. */
  readonly logs = new LogWitness()
  readonly snapshots = new SnapshotWitness()
  readonly copies = new DamagedCopies(this.logs)
  /** An empty one has taken its place. */
  isReplaced = false
  /** A planted fault has hit: the storage must say so and stop. */
  hasFailed = false
  /** Called before each operation that changes the disk; those of its lock come when nothing else happens, too. It may kill the host. */
  onChange: ((isOfLock: boolean) => void) | null = null

  constructor(options: HostDiskOptions) {
    this.#o = options
    const { random } = options
    this.#segmentBytes = random.pick(SEGMENT_BYTES)
    this.#otherMs = random.chance(0.3) ? 0.2 : 0
    this.#snapshotMs = random.pick([0, 100, 700])
    this.#files = this.#newDisk()
  }

  #newDisk(): SimulatedFileSystem {
    const { time, random, forgetful } = this.#o
    const disk = new SimulatedFileSystem({
      seed: random.below(2 ** 32),
      clock: { after: (ms, run) => this.#clock?.afterOnDisk(ms, run) ?? time.after(ms, run) },
      delays: this.#delays(),
    })
    disk.onOperation = (operation) => this.#onOperation(operation)
    disk.stalling = ({ name, path }) => {
      if (name !== 'write' && name !== 'sync') return 0
      if (path.includes('/snapshots/'))
        return this.#snapshotMs > 0 ? random.between(0.1, this.#snapshotMs) : 0
      return path.endsWith('.log') ? this.#stallOf() : 0
    }
    // Of the log only: what it lies about is then found to be missing, and not the whole directory.
    if (forgetful) disk.lying = ({ path }) => path.endsWith('.log') && random.chance(0.5)
    return disk
  }

  #onOperation({ name, path, position, bytes }: FileOperation): void {
    if (!changing.has(name)) return
    const { trace, host, hit } = this.#o
    const isOfLock = path.startsWith(`${STORAGE_PATH}/lock-`)
    trace.note(name, host, position + bytes, () => shortened(`${path} ${position}+${bytes}`))
    if (name === 'write' && path.endsWith('.log')) {
      // On a full disk the same write is tried again and again.
      const last = (this.#lastWrites.get(path) ?? []).filter((one) => one !== position)
      this.#lastWrites.set(path, [position, ...last].slice(0, 3))
    }
    if (this.#syncMs > SLOW_MS && (name === 'sync' || name === 'write')) hit('slow flush')
    this.onChange?.(isOfLock)
  }

  #delays(): FileDelays {
    const syncMs = this.#syncMs
    return {
      sync: { minMs: syncMs / 40, maxMs: syncMs },
      write: { minMs: 0, maxMs: syncMs / 20 },
      other: { minMs: 0, maxMs: this.#otherMs },
    }
  }

  /** @param ms what a flush takes at most; as usual if absent. */
  slow(ms = USUAL_SYNC_MS): void {
    this.#trouble(0)
    this.#syncMs = ms
    this.#files.delays = this.#delays()
  }

  /** What the log is asked to write is not done for so long. What is under way by then is waited for whatever happens. */
  stall(ms: number = this.#o.random.pick(STALLS_MS)): void {
    const { time, trace, host } = this.#o
    // What a longer one holds up already stays so.
    this.#stalledUntil = Math.max(this.#stalledUntil, time.now + ms)
    this.#hasStalled = false
    this.#trouble(ms)
    trace.note('stall-disk', host, ms)
  }

  /** The disk is as quick as usual, and nobody waits for a moment to kill its host. */
  calm(): void {
    this.onChange = null
    this.slow()
    this.endStall()
  }

  /** The next writes are done as usual; what has been stalled before stays so. */
  endStall(): void {
    this.#stalledUntil = 0
  }

  /** Whether what it has under way may take minutes. */
  get isStalled(): boolean {
    return this.#stalledUntil > this.#o.time.now
  }

  #stallOf(): number {
    if (!this.isStalled) return 0
    if (!this.#hasStalled) this.#o.hit('stalled disk')
    this.#hasStalled = true
    return this.#stalledUntil - this.#o.time.now
  }

  /** Makes one of the next operations fail, or leaves room for a few bytes only. What fails is the storage's, not the lock's; nor the flush of the directory above, of which a host can ask for nothing. */
  plant(fault: Planted): void {
    const { random, trace, host } = this.#o
    if (this.#planted !== null) return
    trace.note('plant', host, fault)
    this.#planted = fault
    if (fault === 'full disk') {
      this.#files.quotaBytes = this.#files.used + random.below(600)
      this.#fullBefore = this.#files.hits.full
      return
    }
    let left = 1 + random.below(4)
    this.#files.failing = ({ name, path }) => {
      const isMeant =
        fault === 'failed flush'
          ? name === 'sync' || name === 'syncDirectory' || name === 'write'
          : name === 'write' || name === 'rename'
      if (!isMeant || path === '/' || path.startsWith(`${STORAGE_PATH}/lock-`) || --left > 0) return null
      this.#files.failing = null
      this.#hasHit(fault)
      if (name === 'syncDirectory' && path.includes('/snapshots')) this.snapshots.directoryFlushFailed()
      this.hasPhantoms ||= name === 'sync' || name === 'syncDirectory'
      return 'EIO'
    }
  }

  /**
   * The storage has said that it failed. @returns whether it had a reason to.
   * @param isOpening a storage that is open has none to fail on a full disk: it waits for room.
   */
  saysItFailed(isOpening: boolean): boolean {
    if (isOpening && (this.#hasFilled || this.#wasFull)) this.#hasHit('full disk')
    return this.hasFailed
  }

  /** The storage has said that it waits for room. @returns whether it had a reason to. */
  saysItIsFull(): boolean {
    if (!this.#hasFilled) return false
    this.#o.hit('full disk')
    return true
  }

  /** The host has said that it is slow. @returns whether it had a reason to. */
  saysItIsSlow(): boolean {
    const { time } = this.#o
    return this.#syncMs > SLOW_MS || this.#planted === 'full disk' || time.now <= this.#troubledUntil
  }

  #trouble(ms: number): void {
    this.#troubledUntil = Math.max(this.#troubledUntil, this.#o.time.now + ms + GRACE_MS)
  }

  get #hasFilled(): boolean {
    return this.#planted === 'full disk' && this.#files.hits.full > this.#fullBefore
  }

  /** Something is read that no later flush makes durable, since one has failed: until a power cut takes it. */
  hasPhantoms = false

  #hasHit(fault: Planted): void {
    if (!this.hasFailed) this.#o.hit(fault)
    this.hasFailed = true
  }

  /** The disk works again, and has room. */
  repair(): void {
    this.#trouble(0)
    this.#wasFull ||= this.#hasFilled
    this.#planted = null
    this.hasFailed = false
    this.#files.failing = null
    this.#files.quotaBytes = null
  }

  /** What a power cut can undo. */
  get unsynced(): { readonly writes: number; readonly tearable: number } {
    return this.#files.unsynced
  }

  /** Files of the log. What the first one loses stands nowhere else, so that nothing is lost that a log can do without. */
  get segments(): number {
    const { paths } = this.#files
    if (this.#segmentsOf !== paths) {
      this.#segmentsOf = paths
      this.#segments = paths.filter((path) => path.endsWith('.log')).length
    }
    return this.#segments
  }

  /** Whether a write of the log or a snapshot is under way. */
  get isWriting(): boolean {
    return this.logs.isWriting || this.snapshots.isWriting
  }

  /** The stores in the hands of a new process. Never resolves if that is killed meanwhile. */
  async open(
    user: DiskUser & { readonly clock: HostClock },
  ): Promise<{ readonly logs: LogStore; readonly snapshots: SnapshotStore }> {
    const { host, cluster, promises } = this.#o
    const { clock, random, observer } = user
    this.#clock = clock
    this.#wasFull = false
    const process = this.#files.mount()
    this.#process = process
    const storage = await openFileStorage({
      path: STORAGE_PATH,
      cluster,
      host,
      clock,
      random,
      observer,
      segmentBytes: this.#segmentBytes,
      fileSystem: process.files,
      machine: process.machine,
    })
    const found = (await this.#compare(user.name, storage)) ? await damagedIn(storage.logs) : null
    // It may have been killed meanwhile, and bits may have turned that it has not read.
    if (this.#process !== process) return forever
    if (found !== null) {
      this.copies.opened(found)
      this.#mayLack = this.isRotten
    }
    const { logs, snapshots } = storage
    return {
      logs: this.copies.watch(promises.watch(host, this.logs.watch(logs), this.logs)),
      snapshots: this.snapshots.watch(snapshots),
    }
  }

  /** @returns false if the storage failed meanwhile, and answers nothing. */
  async #compare(
    name: string,
    { logs, snapshots }: { logs: LogStore; snapshots: SnapshotStore },
  ): Promise<boolean> {
    // That a snapshot is damaged shows when it is read.
    for (const wrong of [
      await this.logs.reopened(logs, this.#mayLack),
      await this.snapshots.reopened(snapshots),
    ])
      if (wrong?.includes('Nothing is acknowledged here any more') && this.saysItFailed(true)) return false
      else if (wrong !== null && !(this.#isOfRot(wrong) && wrong.includes("can't be read")))
        this.#o.violation(`the storage of ${name} is not what was written: ${wrong}`)
    return true
  }

  /** The process is killed. What it wrote is still seen by the next one, durable or not. */
  kill(): void {
    this.#process?.kill()
    this.#process = null
    this.#clock = null
  }

  /** The machine loses its power: of what was not durable, a part is left. @param tears whether writes are torn that can be. */
  cutPower(tears: boolean): void {
    const { random, hit, trace, host } = this.#o
    const choices = tears ? tearing(random) : choicesBy(random)
    let hasLost = false
    const seen = new Set<FaultKind>()
    this.#files.crash({
      choose: (question) => {
        const answer = choices.choose(question)
        const text = question.answers[answer]!
        const kept = text === 'kept' || text === 'new'
        if (question.about === 'write') {
          if (text === 'torn') seen.add('torn write')
          else if (hasLost && kept) seen.add('reordered writes')
          else if (!kept) seen.add('unsynced data lost')
          hasLost ||= !kept
        } else if (question.about === 'entry' && !kept) seen.add('directory entry lost')
        trace.note('crash', host, answer, () => crashText(question, text))
        return answer
      },
    })
    for (const kind of seen) hit(kind)
    this.hasPhantoms = false
    this.#process = null
    this.#clock = null
  }

  /**
   * A bit of what is durable, where it can't be taken for the end of the log, mostly of a large file; or many of one file, or of a few
   * sectors of the log. Null if there is none.
   */
  somePlace(random: SeededRandom, extent: 'bit' | 'file' | 'sectors'): Place | null {
    const isOfLog = extent === 'sectors'
    const files = this.#files.files.flatMap(({ path, bytes }) => {
      // The last batch, which no other one confirms, may be a torn end, and is cut off. Of the last writes one may be lost or torn itself.
      const last = this.#lastWrites.get(path)
      const end = path.endsWith('.log') ? Math.min(bytes, ...(last?.length === 3 ? last : [0])) : bytes
      return end <= 0 ||
        path.includes('/lock-') ||
        path.endsWith(ASIDE) ||
        (isOfLog && !path.endsWith('.log'))
        ? []
        : [{ path, end }]
    })
    if (files.length === 0) return null
    let byte = random.below(files.reduce((sum, { end }) => sum + end, 0))
    const chosen = files.find(({ end }) => {
      if (byte < end) return true
      byte -= end
      return false
    })!
    const { path, end } = random.chance(0.1) ? random.pick(files) : chosen
    const bytes = isOfLog ? Math.min(end, SECTOR_BYTES * (1 + random.below(4))) : end
    const from = isOfLog ? random.below(end - bytes + 1) : 0
    const count = extent === 'bit' ? 1 : 1 + (bytes >> 6)
    const bits = Array.from({ length: count }, () => from * 8 + random.below(bytes * 8))
    return { path, bits: [...new Set(bits)] }
  }

  /** What the next process finds, as a disk of its own that takes no time: all of it, or what a power cut leaves. */
  image(choices: CrashChoices): SimulatedFileSystem {
    return this.#files.image(choices)
  }

  /** The bits turn. @param found what will be read of the logs then. */
  turn(place: Place, found: ReadonlyMap<string, FoundLog>): void {
    const { trace, host } = this.#o
    const { path, bits } = place
    for (const bit of bits) this.#files.flipBit(path, bit)
    this.#rotten = place
    this.#mayLack = true
    this.copies.damaged(found)
    const text = `${path} bits ${bits.join(' ')}`
    trace.note('rot', host, text, () => shortened(text))
  }

  /** They read as they should again. */
  unrot(): void {
    const { path, bits } = this.#rotten ?? { path: '', bits: [] }
    // It may be getting its name once more.
    const now = this.#files.paths.includes(path) ? path : `${path}${ASIDE}`
    if (this.isRotten) for (const bit of bits) this.#files.flipBit(now, bit)
    this.#rotten = null
  }

  /** Whether this error is a precise answer to the bit that has turned: it says that the storage is damaged, and where. */
  namesRot(error: unknown): boolean {
    if ((error as { code?: unknown }).code !== 'damaged-storage') return false
    // A log that can be opened and is damaged is named by its group, and the place by an event.
    return this.#isOfRot(textOf(error)) || (this.isRotten && textOf(error).includes('The log of'))
  }

  /** Whether this names the file in which a bit has turned. */
  #isOfRot(text: string): boolean {
    return this.#rotten !== null && text.includes(this.#rotten.path.split('/').at(-1)!)
  }

  /** Until the file is given up, as what could be read of it stands elsewhere. */
  get isRotten(): boolean {
    return (
      this.#rotten !== null &&
      this.#files.paths.some(
        (path) => path === this.#rotten!.path || path === `${this.#rotten!.path}${ASIDE}`,
      )
    )
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    this.kill()
    this.repair()
    this.endStall()
    this.#rotten = null
    this.#lastWrites.clear()
    this.#mayLack = false
    this.isReplaced = true
    this.hasPhantoms = false
    this.#files = this.#newDisk()
    this.logs.forget()
    this.snapshots.forget()
    this.copies.forget()
  }
}

const forever = new Promise<never>(() => {})

function crashText(question: CrashQuestion, answer: string): string {
  return shortened(`${question.about} ${question.path} ${answer}`)
}

/** An error with all that caused it. */
function textOf(error: unknown): string {
  const parts: string[] = []
  for (let e = error; e !== undefined && e !== null; e = (e as { cause?: unknown }).cause)
    parts.push(String(e))
  return parts.join('; ')
}
