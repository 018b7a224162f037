/** One host over its lives: each is a process, and all of them have the same directory and address. */
import type { ChildHost } from '@rafted/testing'
import type { HostQuestion, HostSetup, HostStatus } from './host-program.ts'
import { type Place, startProgram } from './programs.ts'

/** `starting`: it does not answer yet. `stopped`: by a signal, until it is told to go on. */
type HostState = 'down' | 'starting' | 'up' | 'stopped'

export interface HostEvents {
  /** A process began or ended. */
  began(pid: number): Promise<void>
  ended(pid: number): void
  /** A state changed. */
  changed(): void
  /** Something that must not happen. */
  problem(what: string): void
}

export class HostProcess {
  readonly setup: HostSetup
  readonly #events: HostEvents
  readonly #place: Place
  #child: ChildHost | null = null
  #state: HostState = 'down'
  /** Whether the process is to be ended by a signal, so that its end is no news. */
  #struck = false
  lives = 0
  /** How long the last start took that was not interrupted, milliseconds. */
  startMs = 0

  constructor(setup: HostSetup, events: HostEvents, place: Place = {}) {
    this.setup = setup
    this.#place = place
    this.#events = events
  }

  get id(): string {
    return this.setup.id
  }

  get state(): HostState {
    return this.#state
  }

  /** Whether a signal that ends it is on its way. */
  get dying(): boolean {
    return this.#struck
  }

  get pid(): number {
    return this.#child!.pid
  }

  /** Starts a process. Resolves when it answers, or has ended before. */
  async start(): Promise<void> {
    const begun = performance.now()
    const child = startProgram('host-program', this.setup, this.#place)
    this.#child = child
    this.#struck = false
    this.lives++
    this.#enter('starting')
    void child.exited.then((code) => this.#onExit(child, code))
    await this.#events.began(child.pid)
    try {
      await child.ask('ready' satisfies HostQuestion)
    } catch (error) {
      if (this.#child === child && !this.#struck)
        this.#events.problem(`${this.id} refuses to start: ${textOf(error)}`)
      return
    }
    if (this.#child !== child || this.#state !== 'starting') return
    this.startMs = performance.now() - begun
    this.#enter('up')
  }

  /** To be called before a signal is sent that ends it. Resolves when the process is gone. */
  async dies(): Promise<void> {
    this.#struck = true
    await this.#child!.exited
  }

  /** A signal has stopped it. */
  stopped(): void {
    this.#enter('stopped')
  }

  /** Lets it go on, if it is this life of it that was stopped. */
  goOn(life: number): void {
    if (this.lives !== life || this.#state !== 'stopped') return
    this.#child!.signal('SIGCONT')
    this.#enter('up')
  }

  /** Null if it does not run, or ends before it has answered. */
  async status(): Promise<(HostStatus & { readonly life: number }) | null> {
    const { lives: life } = this
    const answer = await this.#ask('status')
    return answer === null || this.lives !== life ? null : { ...(answer as HostStatus), life }
  }

  create(): Promise<unknown> {
    return this.#child!.ask('create' satisfies HostQuestion)
  }

  /** The value as the member here has it, as text; null if it does not run. */
  value(): Promise<string | null> {
    return this.#ask('value') as Promise<string | null>
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    if (this.#child === null) return
    this.#struck = true
    await this.#child.kill()
  }

  async #ask(question: HostQuestion): Promise<unknown> {
    const child = this.#child
    if (child === null || this.#state !== 'up') return null
    try {
      return await child.ask(question)
    } catch (error) {
      if (!this.#struck && this.#child === child)
        this.#events.problem(`${this.id} does not answer "${question}": ${textOf(error)}`)
      return null
    }
  }

  #onExit(child: ChildHost, code: number | null): void {
    this.#events.ended(child.pid)
    if (!this.#struck) this.#events.problem(`${this.id} has ended by itself, with ${code ?? 'a signal'}`)
    if (this.#child !== child) return
    this.#child = null
    this.#enter('down')
  }

  #enter(state: HostState): void {
    this.#state = state
    this.#events.changed()
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
