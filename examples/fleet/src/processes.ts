/** The hosts of the story, each a process of its own with its files in a fresh directory. However the story ends, nothing stays behind. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'
import type { ShopHost } from './shop-host.ts'

/** @returns ports that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.once('listening', () => resolve((server.address() as { port: number }).port))
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

interface Running {
  readonly child: ChildHost
  readonly host: ShopHost
}

export class Processes {
  /** Where each is, of all that ever run. */
  readonly #addresses: ReadonlyMap<string, string>
  readonly #started = new Set<string>()
  readonly #directory = mkdtempSync(join(tmpdir(), 'rafted-fleet-'))
  readonly #running = new Map<string, Running>()
  readonly #onExit = (): void => {
    for (const { child } of this.#running.values()) child.signal('SIGKILL')
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  constructor(addresses: ReadonlyMap<string, string>) {
    this.#addresses = addresses
    process.once('exit', this.#onExit)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  }

  /** Those that run. */
  get ids(): string[] {
    return [...this.#running.keys()]
  }

  /** Where the host keeps its files. */
  directoryOf(id: string): string {
    return join(this.#directory, id)
  }

  at(id: string): ShopHost {
    return this.#running.get(id)!.host
  }

  /** One of those that run. */
  any(): ShopHost {
    return this.at(this.ids[0]!)
  }

  /** A host is told of those that were started before it, and with it. */
  start(...ids: readonly string[]): void {
    for (const id of ids) this.#started.add(id)
    const hosts = [...this.#started].map((id) => `${id}=${this.#addresses.get(id)}`).join(',')
    // Beside this module: the source of the program, or what that was compiled to.
    const program = new URL(`./host${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
    for (const id of ids) {
      const child = new ChildHost({ program, env: { HOSTS: hosts, ID: id, DIR: this.directoryOf(id) } })
      this.#running.set(id, { child, host: asked(child) })
    }
  }

  /** SIGKILL: no time to write anything more, or to say goodbye. */
  async kill(...ids: readonly string[]): Promise<void> {
    await this.#end(ids, 'SIGKILL')
  }

  /** SIGTERM: what it leads is led elsewhere before it is gone. */
  async stop(...ids: readonly string[]): Promise<void> {
    await this.#end(ids, 'SIGTERM')
  }

  async #end(ids: readonly string[], signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const children = ids.map((id) => this.#running.get(id)!.child)
    for (const id of ids) this.#running.delete(id)
    for (const child of children) child.signal(signal)
    await Promise.all(children.map(({ exited }) => exited))
  }

  /** Ends all of them, and removes their files. */
  async close(): Promise<void> {
    process.off('exit', this.#onExit)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
    await this.kill(...this.ids)
    this.#onExit()
  }
}

/** A method of a host is a question to its process. */
function asked(child: ChildHost): ShopHost {
  const of = {
    get:
      (_: object, name: string) =>
      (...args: unknown[]) =>
        child.ask([name, ...args]),
  }
  return new Proxy({}, of) as ShopHost
}

const stop = (): never => process.exit(1)
