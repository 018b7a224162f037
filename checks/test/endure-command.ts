/** `npm run endure` and `npm run cuts` as processes of a test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { root } from './compiled.ts'

class RunCommand {
  readonly #child: ChildProcess
  /** What it has printed so far. */
  readonly lines: string[] = []
  /** The code it has ended with, or the name of the signal, once all it prints is there. */
  readonly ended: Promise<number | string>
  readonly #waiting: (() => void)[] = []
  #over = false

  constructor(program: string, args: readonly string[]) {
    const command = [`checks/dist/${program}.js`, '--verbose', ...args]
    this.#child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface(this.#child.stdout!).on('line', (line) => {
      this.lines.push(line)
      this.#look()
    })
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      this.#over = true
      this.#look()
      return code ?? signal
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** All it has printed. */
  get text(): string {
    return this.lines.join('\n')
  }

  /** The processes it has started, the last of each kind, by what they are. */
  get processes(): ReadonlyMap<string, number> {
    const found = this.lines.map((line) => / start (.+), process (\d+)$/.exec(line))
    return new Map(found.flatMap((match) => (match === null ? [] : [[match[1]!, Number(match[2])] as const])))
  }

  /** Where the files of its hosts are. */
  get directory(): string {
    return / directories in (.+)$/m.exec(this.text)![1]!
  }

  /** Resolves when it has printed such a line. */
  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      if (this.#over) throw new Error(`it has ended, and never printed ${pattern}:\n${this.text}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(name)
  }

  #look(): void {
    for (const look of this.#waiting.splice(0)) look()
  }
}

export class EndureCommand extends RunCommand {
  constructor(...args: string[]) {
    super('endure', args)
  }
}

export class CutsCommand extends RunCommand {
  constructor(...args: string[]) {
    super('cuts', args)
  }
}
