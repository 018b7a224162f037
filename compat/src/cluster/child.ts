/** A host, or a client, of one build in a process of its own. */
import { fileURLToPath } from 'node:url'
import { ChildHost } from '@rafted/testing'
import type { MemberStatus } from '@rafted/wire'
import type { Build } from '../builds/build.ts'
import type { Failure, Held, Outcome, Question, Setup } from './program.ts'

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url))

/** An error of another process. */
export class Refused extends Error {
  readonly code: string
  readonly outcome: string | null

  constructor({ code, outcome, message }: Failure) {
    super(message)
    this.code = code
    this.outcome = outcome
  }
}

export class Child {
  readonly build: Build
  readonly #process: ChildHost

  constructor(build: Build, setup: Omit<Setup, 'module'>) {
    this.build = build
    const args = [JSON.stringify({ ...setup, module: build.module } satisfies Setup)]
    this.#process = new ChildHost({ program: PROGRAM, args, execArgv: build.execArgv })
  }

  start(): Promise<void> {
    return this.#ask({ ask: 'start' })
  }

  create(): Promise<void> {
    return this.#ask({ ask: 'create' })
  }

  status(): Promise<MemberStatus | null> {
    return this.#ask({ ask: 'status' })
  }

  held(): Promise<Held> {
    return this.#ask({ ask: 'hold' })
  }

  leave(): Promise<void> {
    return this.#ask({ ask: 'leave' })
  }

  add(items: readonly string[]): Promise<readonly Outcome[]> {
    return this.#ask({ ask: 'add', items })
  }

  all(): Promise<readonly string[]> {
    return this.#ask({ ask: 'all' })
  }

  events(): Promise<readonly { readonly kind: string; readonly what?: string; readonly code?: string }[]> {
    return this.#ask({ ask: 'events' })
  }

  /** Ends it as a supervisor does. */
  async close(): Promise<void> {
    await this.#ask({ ask: 'close' })
    await this.#process.kill()
  }

  /** Ends it as a crash does. */
  kill(): Promise<void> {
    return this.#process.kill()
  }

  async #ask<Answer>(question: Question): Promise<Answer> {
    const answer = await this.#process.ask(question)
    const failure = (answer as { failure?: Failure } | null)?.failure
    if (failure !== undefined) throw new Refused(failure)
    return answer as Answer
  }
}
