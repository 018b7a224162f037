/** The program of the example as `npm start` runs it: compiled, in a process of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** What each host runs. */
export const hostProgram = new URL('../dist/host.js', import.meta.url)

/** To be called before any is run. */
export function compile(): void {
  execFileSync(process.execPath, [pathOf('../../../node_modules/typescript/bin/tsc'), '-b', pathOf('..')], {
    stdio: 'inherit',
  })
}

export class Program {
  readonly #process: ChildProcess
  readonly #closed: Promise<unknown>
  #output = ''

  constructor(...args: string[]) {
    this.#process = spawn(process.execPath, [pathOf('../dist/story.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#closed = once(this.#process, 'close')
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#process.emit('said')
      })
  }

  get lines(): string[] {
    return this.#output.trim().split('\n')
  }

  /** The processes of the hosts that it has told of. */
  get hosts(): number[] {
    return [...this.#output.matchAll(/ is process (\d+) /g)].map((match) => Number(match[1]))
  }

  /** Where it said that the files are. */
  get directory(): string {
    return /their files in (.*)/.exec(this.#output)![1]!
  }

  /** Resolves when it has said this, or has ended. */
  async said(text: string): Promise<void> {
    while (!this.#output.includes(text) && this.#process.exitCode === null)
      await Promise.race([once(this.#process, 'said'), this.#closed])
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** Resolves with the exit code when it has ended and all that it and its hosts said has come. */
  async ended(): Promise<number | null> {
    await this.#closed
    return this.#process.exitCode
  }
}

/** Resolves when none of these processes runs any more. */
export async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(runs)) await new Promise((resolve) => setImmediate(resolve))
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
