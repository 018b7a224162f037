/**
 * The file system of one simulated machine. Processes mount it; they can be killed, which leaves what they wrote, or the machine can
 * crash, which leaves what was synced and a part, by choice, of what was not. A seed decides all that is left to chance.
 */
import { type Clock, type FileSystem, RaftedError } from '@rafted/contracts'
import type { Machine } from '@rafted/storage'
import { SeededRandom } from '../simulation/seeded-random.ts'
import { asker, type CrashChoices, choicesBy } from './crash-choices.ts'
import { CrashImage } from './crash-image.ts'
import { type FileFault, type FileFaultCounts, FileFaults } from './file-faults.ts'
import {
  FileError,
  type FileErrorCode,
  type FileOperation,
  type FileOperationName,
} from './file-operation.ts'
import { FileTree, type NamedFile } from './file-tree.ts'
import { type Act, type Kernel, MountedFiles } from './mounted-files.ts'
import { type Rot, type RotOptions, rotIn } from './rot.ts'
import { type Listening, SimulatedMachine } from './simulated-machine.ts'

/** Uniform between the two, in milliseconds. */
export interface FileDelay {
  /** The shortest. */
  readonly minMs: number
  /** The longest; not less than `minMs`. */
  readonly maxMs: number
}

/** How long operations take; each is drawn for itself, so that those under way at once end in any order. */
export interface FileDelays {
  /** `sync` and `syncDirectory`. */
  readonly sync: FileDelay
  /** Of file contents. */
  readonly write: FileDelay
  /** All others but `close`, which takes no time. */
  readonly other: FileDelay
}

/** What a simulated file system begins with. */
export interface SimulatedFileSystemOptions {
  /** The same seed and the same calls give the same delays, faults and crashes. */
  readonly seed: number
  /** What delays are measured by: a virtual clock or a real one. Without one nothing takes time. */
  readonly clock?: Pick<Clock, 'after'>
  /** None by default. */
  readonly delays?: FileDelays
  /** Directories that are there from the start, durable. The root always is. */
  readonly directories?: readonly string[]
  /** See `quotaBytes` of the file system. */
  readonly quotaBytes?: number
  /** Whether a crash may leave both names of a rename that was not synced, or none. False by default: the old one or the new one. */
  readonly tornRenames?: boolean
  /** Whether of what a sync that fails should have written a part has got to the disk, by chance. False by default: nothing has. */
  readonly partialSyncs?: boolean
  /** Is told of each operation, fault and choice of a crash, in order. */
  readonly print?: (line: string) => void
}

/** A mounted file system, and the machine that the process runs on. */
export interface SimulatedProcess {
  readonly files: FileSystem
  /** Its sockets refuse connections once the process has ended. A crash of the file system ends this boot. */
  readonly machine: Machine
  /**
   * Ends the process, as SIGKILL does: what it has under way never resolves, and what it asks for later reaches nothing. A write under way
   * may be there in part. What was written before stays, synced or not.
   */
  kill(): void
}

type Numbered = { -readonly [Key in keyof FileOperation]: FileOperation[Key] }

interface Process {
  alive: boolean
  /** What is to be done for the operations under way if it is killed. */
  readonly interrupts: Set<() => void>
}

const NO_DELAY: FileDelay = { minMs: 0, maxMs: 0 }

/** The disk of one simulated machine. It fails, lies, stalls, fills up, rots and loses its power when it is told to. */
export class SimulatedFileSystem {
  readonly #options: SimulatedFileSystemOptions
  readonly #random: SeededRandom
  #tree = new FileTree()
  #processes = new Set<Process>()
  #operations = 0
  #boots = 1
  #mounts = 0
  readonly #listening: Listening = new WeakMap()
  #delays: FileDelays = { sync: NO_DELAY, write: NO_DELAY, other: NO_DELAY }
  readonly #faults = new FileFaults()
  #paths: readonly string[] = []
  #pathsOf: readonly NamedFile[] | null = null
  /** Bytes that all files together may take, or null for no bound. Then a write fails with `ENOSPC`, after what still fits. */
  quotaBytes: number | null

  /**
   * Called before each operation. If it kills the process, or crashes the file system, the operation does not happen; what it throws
   * is what the operation rejects with, and it does not happen either.
   */
  onOperation: ((operation: FileOperation) => void) | null = null

  /** Decides of each operation whether it fails, and with which error; see `failNext`. */
  failing: ((operation: FileOperation) => FileErrorCode | null) | null = null

  /**
   * Decides of each `sync` and `syncDirectory` whether it is a lie: it succeeds and makes nothing durable, as a disk does that confirms
   * what is still in its own memory. An honest one that follows makes it durable.
   */
  lying: ((operation: FileOperation) => boolean) | null = null

  /** Decides of each operation how many milliseconds longer than usual it takes. Needs a clock. */
  stalling: ((operation: FileOperation) => number) | null = null

  constructor(options: SimulatedFileSystemOptions) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    this.quotaBytes = options.quotaBytes ?? null
    if (options.delays !== undefined) this.delays = options.delays
    for (const path of options.directories ?? []) this.#tree.makeDirectory(operationOf('makeDirectory', path))
    this.#tree = new FileTree(
      new CrashImage(({ answers }) => answers.at(-1)!, false).directory('', this.#tree.root),
    )
  }

  /** How many operations were asked for so far, by all processes. */
  get operations(): number {
    return this.#operations
  }

  get delays(): FileDelays {
    return this.#delays
  }

  /** Holds for operations that begin from now on. */
  set delays(delays: FileDelays) {
    for (const { minMs, maxMs } of [delays.sync, delays.write, delays.other]) {
      if (!(minMs >= 0 && maxMs >= minMs && maxMs < Number.POSITIVE_INFINITY))
        throw invalid(`A delay of ${minMs} to ${maxMs} ms is none: give 0 ≤ minMs ≤ maxMs.`)
      if (maxMs > 0 && this.#options.clock === undefined)
        throw invalid('Delays need a clock: give one as `clock`.')
    }
    this.#delays = delays
  }

  /** The file system in the hands of a new process. Several may be alive at once. */
  mount(): SimulatedProcess {
    const process: Process = { alive: true, interrupts: new Set() }
    this.#processes.add(process)
    const kernel: Kernel = {
      perform: (name, path, to, position, bytes, act) =>
        this.#perform(process, { number: 0, name, path, to, position, bytes }, act),
      brokenOff: (length) => this.#random.below(length + 1),
      room: () => this.#room(),
      full: () => {
        this.#faults.counts.full++
      },
      arrives: () => this.#options.partialSyncs === true && this.#random.chance(0.5),
    }
    const boot = `${this.#options.seed}-${this.#boots}`
    return {
      files: new MountedFiles(kernel),
      machine: new SimulatedMachine(kernel, { processId: ++this.#mounts, boot }, process, this.#listening),
      kill: () => {
        if (process.alive) this.#note('kill')
        this.#kill(process)
      },
    }
  }

  /** The machine loses its power: all processes are killed, and of what was not synced a part is left. @param choices by chance if absent. */
  crash(choices: CrashChoices = choicesBy(this.#random)): void {
    this.#note('crash')
    for (const process of this.#processes) this.#kill(process)
    this.#tree = this.#crashed(choices)
    this.#boots++
  }

  /**
   * What a crash at this moment would leave, as a file system of its own, without faults, delays and processes. Nothing changes here, so
   * that many crashes of one moment can be tried.
   */
  image(choices: CrashChoices): SimulatedFileSystem {
    const { seed, tornRenames } = this.#options
    const image = new SimulatedFileSystem({ seed, ...(tornRenames === undefined ? {} : { tornRenames }) })
    image.#tree = this.#crashed(choices)
    image.#boots = this.#boots + 1
    image.quotaBytes = this.quotaBytes
    return image
  }

  #crashed(choices: CrashChoices): FileTree {
    const ask = asker(choices, (line) => this.#note(line))
    return new FileTree(
      new CrashImage(ask, this.#options.tornRenames ?? false).directory('', this.#tree.root),
    )
  }

  /**
   * Makes the next operation of this kind fail. Once for each call. A write that fails has written a part, by chance. After a sync that fails,
   * what it should have made durable counts as clean, as on Linux: it is still read, later syncs succeed, and a crash takes it (with
   * `partialSyncs`, what had not got to the disk before it failed).
   */
  failNext(fault: FileFault): void {
    this.#faults.add(fault)
  }

  /** How often faults have hit so far. */
  get hits(): FileFaultCounts {
    return { ...this.#faults.counts }
  }

  /**
   * Spoils what is durable of one file: turns a bit, or makes a sector zeros or garbage. What is read shows it, too, where nothing newer waits to
   * be written. @returns what was hit, or null if no file with something durable has such a path, or nothing changed by it.
   */
  rot(options: RotOptions): Rot | null {
    const rot = rotIn(this.#tree.named, options)
    if (rot === null) return null
    this.#note(`rot ${rot.path} ${rot.position}+${rot.bytes}: ${rot.kind}`)
    this.#faults.counts.rotted++
    return rot
  }

  /** Turns one bit of a file, on the disk and in what is read: bit `bit % 8` of byte `bit >> 3`. */
  flipBit(path: string, bit: number): void {
    const file = this.#tree.file(operationOf('open', path))
    if (!Number.isSafeInteger(bit) || bit < 0 || bit >= file.length * 8)
      throw invalid(`${path} has ${file.length * 8} bits, and no bit ${bit}.`)
    this.#note(`flip ${path} bit ${bit}`)
    this.#faults.counts.rotted++
    file.flip(bit)
  }

  /** Bytes that all files take. */
  get used(): number {
    return this.#tree.used
  }

  /** How many writes a crash can undo, of all files that have a name, and how many of them it can tear. */
  get unsynced(): { readonly writes: number; readonly tearable: number } {
    const writes = this.#tree.named.flatMap(([, file]) => file.unsynced)
    return { writes: writes.length, tearable: writes.filter((sectors) => sectors > 1).length }
  }

  /** All files there are, as processes see them: paths and lengths, in the order of their names. */
  get files(): readonly { readonly path: string; readonly bytes: number }[] {
    return this.#tree.named
      .map(([path, { length }]) => ({ path, bytes: length }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** Their paths alone, in any order: the same array until a file gets or loses a name. */
  get paths(): readonly string[] {
    const { named } = this.#tree
    if (this.#pathsOf !== named) {
      this.#pathsOf = named
      this.#paths = named.map(([path]) => path)
    }
    return this.#paths
  }

  /** Bytes that can still be written, or null if there is no quota. */
  free(): number | null {
    return this.quotaBytes === null ? null : this.#room()
  }

  #room(): number {
    if (this.quotaBytes === null) return Number.POSITIVE_INFINITY
    return Math.max(0, this.quotaBytes - this.#tree.used)
  }

  #kill(process: Process): void {
    if (!process.alive) return
    process.alive = false
    this.#processes.delete(process)
    for (const interrupt of process.interrupts) interrupt()
    process.interrupts.clear()
  }

  /** Not `async`: most operations take no time, and then are done when this returns. */
  #perform<T>(process: Process, asked: Numbered, act: Act<T>): Promise<T> {
    if (!process.alive) return never()
    asked.number = ++this.#operations
    const operation: FileOperation = asked
    let ms: number
    try {
      if (this.#options.print !== undefined) this.#note(textOf(operation))
      this.onOperation?.(operation)
      if (!process.alive) return never()
      // What can't be is refused before anything has begun.
      ms = this.#timeOf(operation)
      act.start?.(operation, this.#tree)
    } catch (error) {
      return Promise.reject(error)
    }
    if (ms > 0) return this.#later(process, operation, act, ms)
    try {
      return Promise.resolve(this.#carryOut(operation, act))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #later<T>(process: Process, operation: FileOperation, act: Act<T>, ms: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const { interrupt } = act
      const stop = interrupt === undefined ? undefined : (): void => interrupt.call(act)
      if (stop !== undefined) process.interrupts.add(stop)
      this.#options.clock!.after(ms, () => {
        if (!process.alive) return
        if (stop !== undefined) process.interrupts.delete(stop)
        try {
          resolve(this.#carryOut(operation, act))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** Its time has passed. */
  #carryOut<T>(operation: FileOperation, act: Act<T>): T {
    try {
      const code = this.#faultOf(operation)
      if (code === null) return this.#finish(operation, act)
      this.#note(`${operation.number} fails: ${code}`)
      this.#faults.counts.failed++
      act.fail?.(operation, this.#tree)
      throw new FileError(code, operation)
    } finally {
      act.end?.()
    }
  }

  #finish<T>(operation: FileOperation, act: Act<T>): T {
    const { name, number } = operation
    if (this.lying === null || kindOf(name) !== 'sync' || !this.lying(operation))
      return act.finish(operation, this.#tree)
    this.#note(`${number} lies`)
    if (act.isIdle?.(operation, this.#tree) === false) this.#faults.counts.lied++
    // A sync answers nothing.
    return undefined as T
  }

  /** How many milliseconds it takes. */
  #timeOf(operation: FileOperation): number {
    const { name } = operation
    // A file that nobody holds any more may be closed by the garbage collector: that must use up no chance.
    if (name === 'close') return 0
    const { minMs, maxMs } = this.#delays[kindOf(name)]
    const usual = maxMs === 0 ? 0 : this.#random.between(minMs, maxMs)
    return this.stalling === null ? usual : usual + this.#stallOf(operation)
  }

  #stallOf(operation: FileOperation): number {
    const ms = this.stalling!(operation)
    if (ms === 0) return 0
    if (!(ms > 0 && ms < Number.POSITIVE_INFINITY)) throw invalid(`A stall of ${ms} ms is none.`)
    if (this.#options.clock === undefined) throw invalid('Stalls need a clock: give one as `clock`.')
    this.#note(`${operation.number} stalls: ${ms} ms`)
    this.#faults.counts.stalled++
    return ms
  }

  #faultOf(operation: FileOperation): FileErrorCode | null {
    return this.#faults.take(operation) ?? this.failing?.(operation) ?? null
  }

  #note(line: string): void {
    this.#options.print?.(line)
  }
}

function kindOf(name: FileOperationName): keyof FileDelays {
  if (name === 'sync' || name === 'syncDirectory') return 'sync'
  return name === 'write' ? 'write' : 'other'
}

function operationOf(name: FileOperationName, path: string): FileOperation {
  return { number: 0, name, path, to: null, position: 0, bytes: 0 }
}

function textOf({ number, name, path, to, position, bytes }: FileOperation): string {
  let text = `${number} ${name} ${path}`
  if (to !== null) text += ` → ${to}`
  if (name === 'write' || name === 'read') text += ` ${position}+${bytes}`
  if (name === 'truncate') text += ` ${position}`
  return text
}

function invalid(message: string): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}

function never(): Promise<never> {
  return new Promise(() => {})
}
