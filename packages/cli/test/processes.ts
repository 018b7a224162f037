/** `rafted` as processes of their own, as it is published. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const program = fileURLToPath(new URL('../dist/rafted.js', import.meta.url))

/** Compiles what is run, where that is not done yet: processes begin at once then. */
export function compile(): void {
  if (process.env.RAFTED_COMPILED === '1') return
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'packages/cli'], { cwd: root })
}

export interface Place {
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
}

export interface Ran {
  readonly status: number | null
  readonly out: string
  readonly said: string
}

/** One that goes on until it is ended. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ran>
  #out = ''
  #said = ''
  #look = (): void => {}

  constructor({ directory, environment }: Place, args: readonly string[]) {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: directory,
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child = child
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text
      this.#look()
    })
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
    this.ended = once(child, 'close').then(([status]) => ({ status, out: this.#out, said: this.#said }))
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await this.ended
    })
  }

  /** Resolves when it has printed such a thing. Rejects if it ends before. */
  printed(isSo: (out: string) => boolean): Promise<string> {
    return Promise.race([
      new Promise<string>((resolve) => {
        this.#look = () => {
          if (isSo(this.#out)) resolve(this.#out)
        }
        this.#look()
      }),
      this.ended.then(({ status, out, said }) => {
        throw new Error(`it ended with ${status}: ${out}${said}`)
      }),
    ])
  }

  async end(signal: NodeJS.Signals): Promise<Ran> {
    this.child.kill(signal)
    return await this.ended
  }
}

/** Runs one to its end. */
export function ran(place: Place, line: string | readonly string[]): Promise<Ran> {
  return new Running(place, typeof line === 'string' ? line.split(' ').filter(Boolean) : line).ended
}
