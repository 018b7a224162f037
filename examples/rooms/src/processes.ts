/** The hosts of the story, each a process of its own with its files in a fresh directory. However the story ends, nothing stays behind. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'

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

export class Processes {
  readonly #ids: readonly string[]
  readonly #execArgv: readonly string[]
  readonly #directory = mkdtempSync(join(tmpdir(), 'rafted-rooms-'))
  readonly #running = new Map<string, ChildHost>()
  readonly #onExit = (): void => {
    for (const host of this.#running.values()) host.signal('SIGKILL')
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  /** @param execArgv options of Node.js for them. Default: those of this process. */
  constructor(ids: readonly string[], execArgv: readonly string[] = process.execArgv) {
    this.#ids = ids
    this.#execArgv = execArgv
    process.once('exit', this.#onExit)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  }

  async startAll(): Promise<void> {
    await Promise.all(this.#ids.map((id) => this.start(id)))
  }

  /** Resolves when it runs. */
  async start(id: string): Promise<void> {
    // Beside this module: the source of the program, or what that was compiled to.
    const program = new URL(`./host${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
    const host = new ChildHost({
      program,
      env: { ID: id, DIR: join(this.#directory, id) },
      execArgv: this.#execArgv,
    })
    this.#running.set(id, host)
    const ended = host.exited.then((code) => {
      throw new Error(`host ${id} did not start; its exit code was ${code}`)
    })
    await Promise.race([host.ask('running'), ended])
    ended.catch(() => {})
  }

  /** SIGKILL: no time to write anything more, or to say goodbye. */
  async kill(id: string): Promise<void> {
    await this.#running.get(id)?.kill()
    this.#running.delete(id)
  }

  /** Ends all of them, and removes their files. */
  async close(): Promise<void> {
    process.off('exit', this.#onExit)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
    await Promise.all([...this.#running.keys()].map((id) => this.kill(id)))
    this.#onExit()
  }
}

const stop = (): never => process.exit(1)
