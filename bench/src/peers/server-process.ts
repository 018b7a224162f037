/** A server of a peer, as a process of its own. It ends with the program that started it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { until } from '../until.ts'

/** Where a program is, or null. Debian keeps some servers where only root looks. */
export function programPath(name: string): string | null {
  const directories = (process.env.PATH ?? '').split(delimiter).concat('/usr/sbin', '/usr/local/bin')
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path)) ?? null
}

/** @returns the first version in what the program says of itself. */
export function versionOf(path: string, ...args: readonly string[]): string {
  const said = execFileSync(path, args, { encoding: 'utf8' })
  return /\d+\.\d+\.\d+/.exec(said)?.[0] ?? said.trim()
}

const started = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})

export class ServerProcess {
  readonly #process: ChildProcess
  readonly #name: string
  #said = ''

  constructor(program: string, args: readonly string[]) {
    this.#name = program
    this.#process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    started.add(this.#process)
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said = `${this.#said}${text}`.slice(-2000)
      })
    this.#process.on('error', (error) => {
      this.#said = `${this.#said}${error.message}`
    })
  }

  get pid(): number {
    return this.#process.pid!
  }

  /** Resolves when somebody listens there. @throws {Error} with the server's last words if it has ended. */
  async listens(port: number): Promise<void> {
    await until(async () => {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null)
        throw new Error(`${this.#name} has ended: ${this.#said}`)
      return await isListening(port)
    })
  }

  async kill(): Promise<void> {
    started.delete(this.#process)
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
