/** Each host a process of its own, with its files in a fresh directory; whoever makes the cluster says how they reach each other. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'
import type { Client } from 'rafted'
import type { Cluster } from './cluster.ts'
import { addressInUse } from './exit-codes.ts'
import type { QueueHost } from './queue-host.ts'
import type { Way } from './ways.ts'

/** An address was free when it was chosen; if somebody has taken it since, others are chosen, so many times. */
const choicesOfAddresses = 5
/** A host that died comes back to its own address: that long it is tried, milliseconds. */
const patienceForAddress = 20_000

export interface ProcessClusterOptions {
  /** How they reach each other. */
  readonly way: Way
  /** Options of Node.js for the processes. Default: those of this one. */
  readonly execArgv?: readonly string[]
  /** Is told that somebody else has the address of a host, which is about to be tried again. */
  readonly onTaken?: (id: string) => void
}

export class ProcessCluster implements Cluster {
  readonly ids: readonly string[]
  readonly durable = true
  readonly death = 'SIGKILL'
  readonly #options: ProcessClusterOptions
  readonly #directory = mkdtempSync(join(tmpdir(), 'rafted-queue-'))
  #addresses: string[] = []
  readonly #up = new Map<string, ChildHost>()
  // However this process ends, short of a SIGKILL, nothing stays behind. After that one the hosts end by themselves.
  readonly #onExit = (): void => {
    for (const child of this.#up.values()) child.signal('SIGKILL')
    removeDirectory(this.#directory)
  }

  constructor(ids: readonly string[], options: ProcessClusterOptions) {
    this.ids = ids
    this.#options = options
    process.once('exit', this.#onExit)
  }

  describe(): string[] {
    const running = this.ids.map(
      (id, i) => `  ${id} is process ${this.#running(id).pid} at ${this.#addresses[i]}`,
    )
    return [
      `${this.ids.length} processes on ${this.#options.way.name}, their files in ${this.#directory}`,
      ...running,
    ]
  }

  async startAll(): Promise<void> {
    const { way } = this.#options
    for (let choice = 1; ; choice++) {
      this.#addresses = await way.addresses(this.ids)
      const begun = await Promise.all(this.ids.map((id) => this.#begin(id)))
      if (begun.every((one) => one)) return
      if (choice === choicesOfAddresses)
        throw new Error('no addresses were free for as long as it takes to begin')
      await this.#killAll()
    }
  }

  async start(id: string): Promise<void> {
    const end = performance.now() + patienceForAddress
    while (!(await this.#begin(id)))
      if (performance.now() > end) throw new Error(`somebody has taken the address of ${id}`)
  }

  async kill(id: string): Promise<void> {
    const child = this.#running(id)
    this.#up.delete(id)
    await child.kill()
  }

  at(id: string): QueueHost {
    const child = this.#running(id)
    const asked =
      (name: keyof QueueHost) =>
      (...args: unknown[]) =>
        child.ask([name, ...args])
    return {
      createGroup: asked('createGroup'),
      status: asked('status'),
      enqueue: asked('enqueue'),
      dequeue: asked('dequeue'),
      length: asked('length'),
    } as QueueHost
  }

  isUp(id: string): boolean {
    return this.#up.has(id)
  }

  client(): Promise<Client> {
    return this.#options.way.client(this.#addresses)
  }

  async close(): Promise<void> {
    await this.#killAll()
    await this.#options.way.close()
    process.off('exit', this.#onExit)
    removeDirectory(this.#directory)
  }

  /** @returns whether the host runs; false if its address is taken. */
  async #begin(id: string): Promise<boolean> {
    const { way, execArgv = process.execArgv, onTaken } = this.#options
    const child = new ChildHost({
      execArgv,
      program: way.program,
      env: {
        ...way.env,
        ID: id,
        LISTEN: this.#addresses[this.ids.indexOf(id)]!,
        DIR: join(this.#directory, id),
        JOIN: this.#addresses.join(','),
      },
    })
    this.#up.set(id, child)
    try {
      await child.ask(['status'])
      return true
    } catch (error) {
      this.#up.delete(id)
      child.signal('SIGKILL')
      const code = await child.exited
      if (code === addressInUse) {
        onTaken?.(id)
        return false
      }
      throw new Error(`${id} did not start; its exit code was ${code}`, { cause: error })
    }
  }

  async #killAll(): Promise<void> {
    await Promise.all([...this.#up.keys()].map((id) => this.kill(id)))
  }

  #running(id: string): ChildHost {
    const child = this.#up.get(id)
    if (child === undefined) throw new Error(`${id} is down`)
    return child
  }
}

/** Tried again for a moment: a process that was killed may be in the midst of making a file. */
function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}
