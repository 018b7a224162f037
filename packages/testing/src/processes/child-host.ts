/**
 * Hosts in processes of their own, to be killed and stopped. The program that runs there answers questions (`answerQuestions`);
 * what they are is its own affair.
 */
import { type ChildProcess, fork } from 'node:child_process'

/** What is started. */
export interface ChildHostOptions {
  /** The module to run. */
  readonly program: string | URL
  /** Its arguments. Default: none. */
  readonly args?: readonly string[]
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Options of Node.js for it. Default: those of this process. */
  readonly execArgv?: readonly string[]
  /**
   * A command that Node.js is run by, which has to become it, as `ip netns exec NAME` and `nice` do: the process and its channel are those of
   * the program. Default: none.
   */
  readonly through?: readonly string[]
}

interface Question {
  readonly id: number
  readonly question: unknown
}

interface Reply {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

interface Asked {
  resolve(answer: unknown): void
  reject(error: Error): void
}

/** A process that runs a program, and answers questions while it does. */
export class ChildHost {
  readonly #process: ChildProcess
  readonly #asked = new Map<number, Asked>()
  #questions = 0
  #gone = false
  /** Resolves when the process has ended, with its exit code, or null if a signal ended it. */
  readonly exited: Promise<number | null>

  /** Starts the process. */
  constructor({ program, args = [], env = {}, execArgv, through = [] }: ChildHostOptions) {
    const own = execArgv ?? process.execArgv
    const [execPath = process.execPath, ...before] = through
    this.#process = fork(program, [...args], {
      env: { ...process.env, ...env },
      serialization: 'advanced',
      execPath,
      execArgv: through.length === 0 ? [...own] : [...before, process.execPath, ...own],
    })
    this.#process.on('message', (reply: Reply) => this.#onReply(reply))
    this.exited = new Promise((resolve) => {
      this.#process.once('exit', (code) => {
        this.#gone = true
        for (const { reject } of this.#asked.values()) reject(new Error('the process has ended'))
        this.#asked.clear()
        resolve(code)
      })
    })
    // A failed start or a closed channel shows in `exited` and in the questions.
    this.#process.on('error', () => {})
  }

  /** Its process id, as the system has it. */
  get pid(): number {
    return this.#process.pid!
  }

  /** @returns what the program answers. Rejects with its error, or when the process ends first. Waits while it is stopped. */
  ask(question: unknown): Promise<unknown> {
    if (this.#gone) return Promise.reject(new Error('the process has ended'))
    const id = ++this.#questions
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      this.#process.send({ id, question } satisfies Question)
    })
  }

  /** Sends a signal. After SIGKILL nothing of the process runs any more when `exited` has resolved. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#process.kill(name)
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.exited
  }

  #onReply({ id, answer, error }: Reply): void {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    if (error === undefined) asked?.resolve(answer)
    else asked?.reject(new Error(error))
  }
}

/** In the program of a `ChildHost`: answers the questions it is asked. It ends when the process that started it does. */
export function answerQuestions(answer: (question: unknown) => unknown): void {
  process.on('message', ({ id, question }: Question) => {
    new Promise((resolve) => resolve(answer(question))).then(
      (given) => process.send?.({ id, answer: given } satisfies Reply),
      (error: unknown) =>
        process.send?.({ id, error: error instanceof Error ? error.message : String(error) } satisfies Reply),
    )
  })
  // Whoever started it may have gone before this was called: then nobody tells.
  if (process.send !== undefined && !process.connected) process.exit(0)
  process.on('disconnect', () => process.exit(0))
}
