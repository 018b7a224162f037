/**
 * Processes that want one directory, over a file system in memory. One call of one process is carried out at a time, chosen by
 * a seed, so that every order of their calls can come up. A process can be frozen or killed between any two of its calls.
 */
import type { Cancel, Clock, FileHandle, FileSystem, Random } from '@rafted/contracts'
import type { LockSetting } from '../../src/files/lock-setting.ts'
import type { Listener, Machine, Probe } from '../../src/files/machine.ts'

export const DIRECTORY = '/d'

/** @returns uniform numbers in [0, 1) that follow from the seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Timer {
  readonly process: LockProcess
  readonly due: number
  readonly run: () => void
}

interface Call {
  readonly process: LockProcess
  readonly run: () => void
}

export class LockWorld {
  readonly draw: () => number
  /** Bytes by name, in the one directory there is. */
  readonly files = new Map<string, Uint8Array>()
  /** Who listens; a name without a listener is a socket that refuses. */
  readonly sockets = new Map<string, LockProcess | null>()
  now = 0
  #calls: Call[] = []
  #timers: Timer[] = []
  #ahead: LockProcess | null = null

  constructor(seed: number) {
    this.draw = seeded(seed)
  }

  process(boot: string | null = 'boot'): LockProcess {
    return new LockProcess(this, boot)
  }

  /** A call of a process, carried out at a moment of the world's choosing. */
  call<T>(process: LockProcess, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const carryOut = (): void => {
        try {
          resolve(run())
        } catch (error) {
          reject(error)
        }
      }
      this.#calls.push({ process, run: carryOut })
    })
  }

  after(process: LockProcess, ms: number, run: () => void): Cancel {
    const timer = { process, due: this.now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Lets the world go on until `done`, or nothing can happen any more. */
  async run(done: () => boolean): Promise<void> {
    for (;;) {
      await new Promise(setImmediate)
      this.#calls = this.#calls.filter(({ process }) => process.alive)
      this.#timers = this.#timers.filter(({ process }) => process.alive)
      if (done()) return
      if (!this.#step()) return
    }
  }

  /** One call, or else the next timer. @returns whether there was anything. */
  #step(): boolean {
    const calls = this.#calls.filter(({ process }) => process.frozenUntil <= this.now)
    if (calls.length > 0) {
      // Most calls are of the process that is ahead: the others stand still for long, and wake in another world.
      if (this.draw() < 0.06) this.#ahead = calls[Math.floor(this.draw() * calls.length)]!.process
      const call =
        calls.find(({ process }) => process === this.#ahead) ?? calls[Math.floor(this.draw() * calls.length)]!
      this.#calls.splice(this.#calls.indexOf(call), 1)
      this.now += 0.1
      call.run()
      return true
    }
    const due = ({ due, process }: Timer): number => Math.max(due, process.frozenUntil)
    const thaws = this.#calls.map(({ process }) => process.frozenUntil)
    const next = Math.min(...this.#timers.map(due), ...thaws)
    if (next === Number.POSITIVE_INFINITY) return false
    this.now = Math.max(this.now, next)
    const timer = this.#timers.find((each) => due(each) <= this.now)
    if (timer === undefined) return true
    this.#timers.splice(this.#timers.indexOf(timer), 1)
    timer.run()
    return true
  }
}

export class LockProcess implements Machine {
  readonly world: LockWorld
  readonly processId = 1
  readonly hostName = 'container'
  alive = true
  frozenUntil = 0
  readonly #boot: string | null

  constructor(world: LockWorld, boot: string | null) {
    this.world = world
    this.#boot = boot
  }

  get setting(): LockSetting {
    const { world } = this
    const clock: Clock = {
      now: () => world.now,
      wall: () => world.now,
      after: (ms, run) => world.after(this, ms, run),
      soon: (run) => void world.after(this, 0, run),
    }
    const random: Random = {
      number: world.draw,
      bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(world.draw() * 256)),
    }
    return { directory: DIRECTORY, fileSystem: this.#files(), clock, random, machine: this, interval: 1000 }
  }

  /** As SIGKILL does: nothing of it runs any more, and its sockets refuse. */
  kill(): void {
    this.alive = false
    for (const [name, listener] of this.world.sockets)
      if (listener === this) this.world.sockets.set(name, null)
  }

  async bootId(): Promise<string | null> {
    return this.#boot
  }

  /** In two steps, as the system does: between them the socket is there and refuses. */
  async listen(_: string, name: string): Promise<Listener> {
    const { sockets } = this.world
    await this.world.call(this, () => {
      if (sockets.has(name)) throw failure('EADDRINUSE')
      sockets.set(name, null)
    })
    await this.world.call(this, () => {
      if (sockets.has(name)) sockets.set(name, this)
    })
    return { close: () => this.world.call(this, () => void sockets.delete(name)) }
  }

  probe(_: string, name: string): Promise<Probe> {
    const { sockets } = this.world
    return this.world.call(this, () => {
      if (!sockets.has(name)) return 'missing'
      return sockets.get(name)?.alive === true ? 'accepted' : 'refused'
    })
  }

  #files(): FileSystem {
    const { world } = this
    const { files, sockets } = world
    const nameOf = (path: string): string => path.slice(DIRECTORY.length + 1)
    const call = <T>(run: () => T): Promise<T> => world.call(this, run)
    return {
      open: (path, mode) =>
        call(() => {
          const name = nameOf(path)
          if (mode === 'create' && files.has(name)) throw failure('EEXIST')
          if (mode !== 'create' && !files.has(name)) throw failure('ENOENT')
          if (mode === 'create') files.set(name, new Uint8Array(4096).subarray(0, 0))
          return this.#handle(name)
        }),
      list: () => call(() => [...files.keys(), ...sockets.keys()]),
      remove: (path) => call(() => void (files.delete(nameOf(path)) || sockets.delete(nameOf(path)))),
      makeDirectory: async () => {},
      syncDirectory: async () => {},
      exists: (path) => call(() => files.has(nameOf(path))),
      free: async () => null,
      rename: () => Promise.reject(new Error('locks rename nothing')),
    }
  }

  /** Of the file that has the name now: one that is removed later stays open. */
  #handle(name: string): FileHandle {
    const { world } = this
    const file = { bytes: world.files.get(name)! }
    const opened = file.bytes.buffer
    const put = (part: Uint8Array, at: number): void => {
      const bytes = new Uint8Array(opened, 0, Math.max(at + part.length, file.bytes.length))
      bytes.set(part, at)
      file.bytes = bytes
      // The same file under its name, if it still has it.
      if (world.files.get(name)?.buffer === opened) world.files.set(name, bytes)
    }
    return {
      // In two steps: a reader may come between.
      write: async ([part], position) => {
        await world.call(this, () => put(part!.subarray(0, 60), position))
        await world.call(this, () => put(part!.subarray(60), position + 60))
      },
      read: () =>
        world.call(this, () =>
          (world.files.get(name)?.buffer === opened ? world.files.get(name)! : file.bytes).slice(),
        ),
      sync: async () => {},
      truncate: async () => {},
      size: async () => file.bytes.length,
      close: async () => {},
    }
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}
